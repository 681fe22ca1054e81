/** The card of files: one transfer, or what is offered to the members of a room. Pure. Names are foreign: who shows them makes them safe. */

import { unreachable } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import { formatBytes, formatBytesOf } from "../../base/byte_words.ts";
import { nameItems } from "../../client/transfers/describe.ts";
import type { Progress } from "../../client/transfers/meter.ts";
import { contentBytes, type Transfer } from "../../client/transfers/transfer.ts";
import { showName } from "../names.ts";
import { cancelledWords, durationWords, movedBytes } from "../transfer_lines.ts";
import type { CardAction, CardNames, CardView, FileCard, MovingTransfer } from "./cards.ts";

/** Whether nothing more becomes of it. */
export function isEnd(state: Transfer["state"]["state"]): boolean {
  return state === "done" || state === "declined" || state === "cancelled";
}

/** Files on their way, or that were. */
export function fileView({ transfers }: FileCard, names: CardNames): CardView {
  const [first] = transfers;
  return first.transfer.room !== undefined && first.transfer.direction === "out"
    ? offerView(transfers, (peer) => showName(names.nameOf(peer)))
    : transferView(first, names);
}

type Parts = Pick<CardView, "sign" | "name">;

/** One transfer. */
export function transferView(moving: MovingTransfer, names: CardNames): CardView {
  const { transfer, progress, awaitsConsent = false } = moving;
  const { direction, peer, items, state } = transfer;
  const isOut = direction === "out";
  const who = showName(names.nameOf(peer));
  const parts: Parts = { sign: isOut ? "⇡" : "⇣", name: nameItems(items) };
  const size = formatBytes(contentBytes(items));
  const still = (facts: readonly string[], actions: readonly CardAction[]): CardView => ({
    ...parts,
    facts: [size, ...facts],
    tone: "waits",
    actions,
  });
  switch (state.state) {
    case "offered":
      return isOut
        ? still([`waits for the answer of ${who}`], ["cancel"])
        : { ...still(["accept or decline"], ["accept", "decline"]), tone: "asks" };
    case "uploading":
    case "receiving":
      if (awaitsConsent) {
        return still([`waits until you let it go straight: /direct allow ${who}`], ["cancel"]);
      }
      return {
        ...moved(parts, transfer, progress),
        tone: "moves",
        actions: ["pause", "cancel"],
      };
    case "uploaded":
      return still([`on the server until ${who} has it`], ["cancel"]);
    case "paused":
      return {
        ...pausedView({ ...parts, sign: "‖" }, transfer, who),
        actions: state.by === "here" ? ["resume", "cancel"] : ["cancel"],
      };
    case "done": {
      const words = isOut ? `verified by ${who}` : "verified";
      const actions = isOut ? [] : ["open"] as const;
      return { ...still([words], actions), sign: "✓", tone: "done" };
    }
    case "declined":
      return { ...still([isOut ? `declined by ${who}` : "declined"], []), sign: "✗" };
    case "cancelled": {
      const by = state.by === "there" && state.reason === "cancelled" ? ` by ${who}` : "";
      const isFailed = state.reason === "damaged" || state.reason === "source-changed" ||
        state.reason === "refused";
      const words = isFailed
        ? cancelledWords(state.reason).replace(/^cancelled/, "failed")
        : `${cancelledWords(state.reason)}${by}`;
      return { ...still([words], []), sign: "✗", tone: isFailed ? "failed" : "waits" };
    }
    default:
      return unreachable(state);
  }
}

function pausedView(
  parts: Parts,
  transfer: Transfer,
  who: string,
): Omit<CardView, "actions"> {
  const { state } = transfer;
  if (state.state !== "paused") return { ...parts, facts: [], tone: "waits" };
  const by = state.by === "here" ? "paused" : `paused by ${who}`;
  const why = state.why === undefined ? "" : `: ${state.why}`;
  const next = state.until === "room" ? ", goes on when there is room" : "";
  const seen = moved(parts, transfer, undefined);
  const isProblem = state.why !== undefined;
  // A reason matters more than how far it had come.
  const [percent = "", ...rest] = seen.facts;
  const words = `${by}${why}${next}`;
  const facts = isProblem ? [words, percent, ...rest] : [percent, words, ...rest];
  return { ...seen, facts, tone: isProblem ? "failed" : "waits" };
}

/** With a bar, and how fast it is. */
function moved(
  parts: Parts,
  transfer: Transfer,
  progress: Progress | undefined,
): Omit<CardView, "tone" | "actions"> {
  const totalBytes = contentBytes(transfer.items);
  const bytes = movedBytes(transfer, progress);
  return { ...parts, ...movedFacts(bytes, totalBytes, progress) };
}

function movedFacts(
  bytes: number,
  totalBytes: number,
  progress: Progress | undefined,
): Pick<CardView, "share" | "facts"> {
  const share = totalBytes === 0 ? 1 : bytes / totalBytes;
  const facts = [`${Math.floor(share * 100)} %`, formatBytesOf(bytes, totalBytes)];
  if (progress !== undefined && progress.rateBytesPerSecond > 0) {
    facts.push(`${formatBytes(Math.round(progress.rateBytesPerSecond))}/s`);
    const { remainingMs = 0 } = progress;
    if (remainingMs > 0) facts.push(durationWords(remainingMs));
  }
  return { share, facts };
}

/** What the person offers to a room: one upload, and an answer of each member. */
function offerView(
  transfers: readonly MovingTransfer[],
  nameOf: (peer: Peer) => string,
): CardView {
  const { items } = transfers[0].transfer;
  const states = transfers.map(({ transfer: { state } }) => state);
  const count = (...of: readonly Transfer["state"]["state"][]) =>
    states.filter(({ state }) => of.includes(state)).length;
  const [all, done, open] = [
    transfers.length,
    count("done"),
    states.filter(({ state }) => !isEnd(state)).length,
  ];
  const parts: Parts = { sign: "⇡", name: nameItems(items) };
  const size = formatBytes(contentBytes(items));
  const have = `${done} of ${all} ${done === 1 ? "has" : "have"} it`;
  const paused = transfers.find(({ transfer: { state } }) => state.state === "paused");
  const moving = transfers.filter(({ transfer: { state } }) => state.state === "uploading")
    .toSorted((a, b) => bytesOf(b) - bytesOf(a))[0];
  if (paused?.transfer.state.state === "paused" && paused.transfer.state.by === "here") {
    const view = pausedView({ ...parts, sign: "‖" }, paused.transfer, nameOf(paused.transfer.peer));
    return { ...view, facts: [...view.facts, have], actions: ["resume", "cancel"] };
  }
  if (moving !== undefined) {
    const view = moved(parts, moving.transfer, moving.progress);
    return { ...view, facts: [...view.facts, have], tone: "moves", actions: ["pause", "cancel"] };
  }
  if (open > 0) {
    return { ...parts, facts: [size, have], tone: "waits", actions: ["cancel"] };
  }
  const declined = count("declined");
  const left = all - done - declined;
  const rest = [
    ...declined > 0 ? [`${declined} declined`] : [],
    ...left > 0 ? [`${left} cancelled`] : [],
  ];
  const isDone = done > 0;
  return {
    ...parts,
    sign: isDone ? "✓" : "✗",
    facts: [
      size,
      isDone ? `verified by ${done} of ${all}` : rest.join(", "),
      ...isDone ? rest : [],
    ],
    tone: isDone ? "done" : "waits",
    actions: [],
  };
}

function bytesOf({ transfer, progress }: MovingTransfer): number {
  return movedBytes(transfer, progress);
}
