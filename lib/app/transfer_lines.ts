/** Transfers in words. Pure. Names are foreign: who shows the lines makes them safe. */

import { TransferError } from "../base/errors.ts";
import { formatBytes } from "../base/byte_words.ts";
import { describeItems } from "../client/transfers/describe.ts";
import type { Progress } from "../client/transfers/meter.ts";
import { contentBytes, planOf, type Transfer } from "../client/transfers/transfer.ts";
import { roomNumber, type TransferId } from "../base/ids.ts";
import { safePath } from "../storage/safe_path.ts";
import { showName } from "./names.ts";

/** For `--json`. */
export function transferFields(
  transfer: Transfer,
  progress?: Progress,
): Readonly<Record<string, unknown>> {
  const { id, number, direction, peer, room, offer, items, state } = transfer;
  return {
    id,
    number,
    direction: direction === "out" ? "send" : "receive",
    peer,
    ...(room === undefined ? {} : { room: roomNumber(room), offer }),
    ...state,
    files: items.map(({ path, sizeBytes, type }) => ({ path, sizeBytes, type })),
    sizeBytes: contentBytes(items),
    movedBytes: movedBytes(transfer, progress),
    ...(progress === undefined ? {} : {
      rateBytesPerSecond: Math.round(progress.rateBytesPerSecond),
      remainingMs: progress.remainingMs === undefined
        ? undefined
        : Math.round(progress.remainingMs),
    }),
    ...(direction === "in" && transfer.finished.length > 0 ? { paths: transfer.finished } : {}),
  };
}

/** `3  to bob  report.pdf (12.3 kB)  uploading 40%, 1.2 MB/s, 3 s left`. */
export function transferLine(
  transfer: Transfer,
  progress?: Progress,
  transport: { readonly awaitsConsent: boolean } = { awaitsConsent: false },
): string {
  return lineOf(transfer.peer, transfer, stateOn(transport, transfer, progress));
}

/** The same where the other one's name is known as they write it. */
export function transferLineWith(name: string, transfer: Transfer, progress?: Progress): string {
  return lineOf(name, transfer, transferStateWords(transfer, progress));
}

function lineOf(name: string, { number, direction, room, items }: Transfer, state: string): string {
  const who = `${direction === "out" ? "to" : "from"} ${showName(name)}`;
  const where = room === undefined ? who : `${who} in ${room}`;
  return `${number}  ${where}  ${describeItems(items)}  ${state}`;
}

/**
 * How a transfer is cut and what was read of it, as the seeds' sender tells it (row S0.34): `5 chunks of 1,048,536 B, the last of 3,623 B;
 * sha-256 5fde…`. The files and their sums are one stream, which is cut.
 */
export function planLines(transfer: Transfer): readonly string[] {
  const { items } = transfer;
  const { chunks, chunkBytes, lastChunkBytes } = planOf(items);
  const bytes = (count: number) => `${count.toLocaleString("en")} B`;
  const cut = chunks === 1
    ? `1 chunk of ${bytes(lastChunkBytes)}`
    : `${chunks} chunks of ${bytes(chunkBytes)}, the last of ${bytes(lastChunkBytes)}`;
  const sums = digestsOf(transfer);
  return [
    `   ${cut}${sums.length === 1 && items.length === 1 ? `; sha-256 ${sums[0]}` : ""}`,
    ...items.length === 1 ? [] : items.map(({ path, sizeBytes }, i) => {
      const sum = sums[i] === undefined ? "" : `; sha-256 ${sums[i]}`;
      return `   ${(safePath(path) ?? ["_"]).join("/")}: ${bytes(sizeBytes)}${sum}`;
    }),
  ];
}

/** The same for `--json`. */
export function planFields(transfer: Transfer): Readonly<Record<string, unknown>> {
  return { plan: { ...planOf(transfer.items), sha256: digestsOf(transfer) } };
}

/** SHA-256 of the files, in hex, as far as they are known. */
function digestsOf(transfer: Transfer): readonly string[] {
  if (transfer.direction === "in") return transfer.digests;
  return transfer.fileDigest === undefined ? [] : [transfer.fileDigest];
}

/** A line for each offer to a room among these: `plan.pdf (12.3 kB) to #256: 1 of 3 have it, 2 to come`. */
export function offerLines(
  transfers: readonly Transfer[],
  countOf: (offer: TransferId) => Parameters<typeof memberWords>[0],
): readonly string[] {
  const out = transfers.filter(({ direction }) => direction === "out");
  const offers = new Map(out.map((transfer) => [transfer.offer, transfer]));
  return [...offers].flatMap(([offer, { room, items }]) =>
    offer === undefined
      ? []
      : [`${describeItems(items)} to ${room}: ${memberWords(countOf(offer))}`]
  );
}

/** What ends a command whose transfer is paused here: by the person, unless something is in its way. */
export function pausedError(number: number, why: string | undefined): TransferError {
  const next = why === undefined
    ? `To resume it: heliograph file resume ${number}`
    : "Once that is fixed, the same command resumes it";
  return new TransferError(
    "paused",
    `Transfer ${number} is paused${why ? `: ${why}` : ""}\n${next}`,
  );
}

/** `1 of 3 have it`, and how many may still. */
export function memberWords(
  { all, done, open }: { readonly all: number; readonly done: number; readonly open: number },
): string {
  return open === 0 ? `${done} of ${all} have it` : `${done} of ${all} have it, ${open} pending`;
}

/** `40%, 1.2 MB/s, 3 s left`. */
function progressWords(transfer: Transfer, progress: Progress | undefined): string {
  const parts = [percentOf(transfer, progress)];
  if (progress !== undefined && progress.rateBytesPerSecond > 0) {
    parts.push(`${formatBytes(Math.round(progress.rateBytesPerSecond))}/s`);
    if (progress.remainingMs !== undefined && progress.remainingMs > 0) {
      parts.push(`${durationWords(progress.remainingMs)} left`);
    }
  }
  return parts.join(", ");
}

function percentOf(transfer: Transfer, progress: Progress | undefined): string {
  const total = contentBytes(transfer.items);
  return total === 0 ? "100%" : `${Math.floor(movedBytes(transfer, progress) / total * 100)}%`;
}

/** Of the content, as it is known here. */
export function movedBytes(transfer: Transfer, progress: Progress | undefined): number {
  const total = contentBytes(transfer.items);
  if (transfer.state.state === "done") return total;
  return Math.min(total, Math.max(transfer.movedBytes, progress?.movedBytes ?? 0));
}

function stateOn(
  { awaitsConsent }: { readonly awaitsConsent: boolean },
  transfer: Transfer,
  progress: Progress | undefined,
): string {
  const { state } = transfer.state;
  if (awaitsConsent && (state === "uploading" || state === "receiving")) {
    return `waits for you to allow a direct connection: direct allow ${showName(transfer.peer)}`;
  }
  return transferStateWords(transfer, progress);
}

/** How it stands: `sending 40%, 1.2 MB/s, 3 s left`. */
function transferStateWords(transfer: Transfer, progress: Progress | undefined): string {
  const { state } = transfer;
  switch (state.state) {
    case "offered":
      return transfer.direction === "out" ? "waits for an answer" : "waits for your /y or /n";
    case "uploading":
      return `sending ${progressWords(transfer, progress)}`;
    case "uploaded":
      return "on the server, waiting for the receiver";
    case "receiving":
      return `receiving ${progressWords(transfer, progress)}`;
    case "paused": {
      const by = state.by === "here" ? "paused" : "paused by the other side";
      return state.why === undefined
        ? `${by} at ${percentOf(transfer, progress)}`
        : `${by}${state.until === "room" ? " until there is room" : ""}: ${state.why}`;
    }
    case "done":
      return "done, verified";
    case "declined":
      return "declined";
    case "cancelled":
      return `${cancelledWords(state.reason)}${leftWords(transfer)}`;
  }
}

/** Files that were whole before it was cancelled. */
function leftWords({ direction, items, ...transfer }: Transfer): string {
  const there = direction === "in" && "finished" in transfer ? transfer.finished.length : 0;
  return there === 0 ? "" : `; ${there} of ${items.length} files are complete`;
}

type CancelReason = Extract<Transfer["state"], { readonly state: "cancelled" }>["reason"];

/** `cancelled`, and why if it was not just that. */
export function cancelledWords(reason: CancelReason): string {
  return reason === "cancelled" ? "cancelled" : `cancelled: ${REASONS[reason]}`;
}

const REASONS = {
  "source-changed": "a file changed while it was being sent",
  "damaged": "the file arrived damaged",
  "refused": "it could not be stored",
  "left": "no longer in the room",
  "gone": "the other account was deleted",
  "elsewhere": "on another device of yours",
} as const;

/** `8 s`, `3 min`, `2 h 5 min`. */
export function durationWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
