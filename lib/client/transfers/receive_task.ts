/** What the receiver's side does: writes the files, and tells the sender how far it is and when it is done. */

import { pictureKind } from "./pictures.ts";
import { CryptoError, Refusal, StorageError, TransferError } from "../../base/errors.ts";
import { formatBytes } from "../../base/byte_words.ts";
import { commonPlace, describeItems, pausedText } from "./describe.ts";
import { Download, type DownloadOptions, type DownloadTarget } from "./download.ts";
import { sumsPathOf } from "./leftovers.ts";
import { say } from "./control_messages.ts";
import { endOutside, endWithoutSender } from "./outside.ts";
import type { BlockTransport } from "./block_transport.ts";
import { type StreamRange, TargetFiles } from "./target_files.ts";
import type { TaskTools } from "./task_tools.ts";
import {
  contentBytes,
  type IncomingTransfer,
  placeOf,
  streamBytes,
  uploadBytes,
} from "./transfer.ts";
import { FILE_BLOCK_BYTES } from "../../protocol/peer/file.ts";
import { SPOOL_BLOCK_BYTES } from "../../protocol/hop/spool.ts";

/** Sealed words about progress are rare: each goes through the conversation. */
const ACK_MS = 5_000;
/** What the server does not have may come: how often to look. */
const LOOK_AGAIN_MS = 3_000;
/** After so many looks its sender is asked for it, and again after twice as many: each time is a message to who may be away. */
const LOOKS = 5;

/** How often a full disk is looked at, and how much must fit before it goes on. */
const ROOM_AGAIN_MS = 30_000;
const ROOM_BYTES = 4 * 1024 * 1024;

/** Receives until every file is there. */
export async function receive(
  tools: TaskTools,
  transfer: IncomingTransfer,
  transport: BlockTransport,
  signal: AbortSignal,
): Promise<void> {
  const { messenger: { profile: { clock } }, store } = tools;
  let asksAt = LOOKS;
  let looks = 0;
  for (;;) {
    const found = await store.find(transfer.id);
    if (found?.direction !== "in" || found.state.state !== "receiving") return;
    const wanted = await attempt(tools, found, transport, signal);
    if (wanted === "done") return;
    if (wanted === "missing" && await endOutside(tools, found)) return;
    // Nobody will ever send it. The account is asked for as rarely as its owner is.
    const isFirst = looks === 0 || looks + 1 >= asksAt;
    if (wanted === "missing" && await endWithoutSender(tools, found, isFirst)) return;
    // What does not open is the same when it is looked at sooner.
    const step = wanted === "again" ? LOOKS : 1;
    looks += step;
    if (looks >= asksAt) {
      await askAgain(tools, found);
      asksAt = 2 * looks;
    }
    await clock.sleep(step * LOOK_AGAIN_MS, { signal });
  }
}

/** `missing`: the server does not have it, yet or any more. `again`: what it has is not what was sealed. */
async function attempt(
  tools: TaskTools,
  transfer: IncomingTransfer,
  transport: BlockTransport,
  signal: AbortSignal,
): Promise<"done" | "missing" | "again"> {
  const { messenger: { profile }, store } = tools;
  const { id, items } = transfer;
  const total = contentBytes(items);
  let toldMs = profile.clock.monotonicMs();
  try {
    using target = await TargetFiles.open(
      transfer,
      async (details) => store.replace(id, await store.seal(id, details)),
      sumsPathOf(profile, id),
    );
    const mendedBytes = await mend(target, { profile, transport, transfer }, signal);
    if (mendedBytes > 0) await tellMended(tools, transfer, mendedBytes);
    const onWritten = (bytes: number) => {
      tools.moved(id, Math.min(bytes, total), total);
      const nowMs = profile.clock.monotonicMs();
      // In a room everybody would be told, and nobody needs it.
      if (transfer.room !== undefined) return;
      if (nowMs - toldMs < ACK_MS || bytes >= streamBytes(items)) return;
      toldMs = nowMs;
      tools.tell(transfer, { kind: "file.ack", verifiedBytes: bytes });
    };
    // A sender that goes on by another transport begins here.
    if (target.position > 0 && transfer.room === undefined) {
      tools.tell(transfer, { kind: "file.ack", verifiedBytes: target.position });
    }
    onWritten(target.position);
    await new Download({ profile, transport, transfer, target, onWritten }).run(signal);
    tools.settled(id, total);
    await finish(tools, transfer, target);
    return "done";
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refusal && error.code === "unknown-upload") return "missing";
    if (error instanceof TransferError && error.code === "gone") return "missing";
    if (error instanceof CryptoError) return "again";
    if (!await isSettled(tools, transfer, error)) throw error;
    return "done";
  }
}

async function tellMended(
  tools: TaskTools,
  transfer: IncomingTransfer,
  bytes: number,
): Promise<void> {
  const what = `The disk lost ${formatBytes(bytes)} of transfer ${transfer.number}`;
  const text = `${what}: received again, and the transfer continues`;
  await tools.told({ peer: placeOf(transfer), code: "file-mended", text, transfer: transfer.id });
}

async function finish(
  tools: TaskTools,
  { id, peer, items, upload, room }: IncomingTransfer,
  { digest, finished }: TargetFiles,
): Promise<void> {
  const { messenger, store, spool } = tools;
  const word = { kind: "file.done", digest } as const;
  const done = () => store.stepReceiver(id, { event: "verified" }) !== undefined;
  const place = room ?? peer;
  const what = describeItems(items, finished.length === 1 ? await pictureKind(finished[0]) : "");
  const text = `Received ${what} from ${peer}, verified: ${commonPlace(finished)}`;
  const told = { peer: place, code: "file-received", text, transfer: id };
  if (!await say(messenger, { peer: place, transfer: id, word }, done, told)) return;
  try {
    await spool.release(upload);
  } catch (error) {
    // Its sender took it back, or its time is over.
    if (!(error instanceof Refusal)) throw error;
  }
}

async function askAgain(
  { messenger }: TaskTools,
  transfer: IncomingTransfer,
): Promise<void> {
  const word = { kind: "file.resume", again: true } as const;
  await say(messenger, { peer: placeOf(transfer), transfer: transfer.id, word });
}

/** A full disk pauses, and the part stays; what is not what was sent ends it. False for what may pass by itself. */
async function isSettled(
  tools: TaskTools,
  transfer: IncomingTransfer,
  error: unknown,
): Promise<boolean> {
  const { messenger, store } = tools;
  const { id, number } = transfer;
  const peer = placeOf(transfer);
  if (error instanceof TransferError && error.code === "damaged") {
    const word = { kind: "file.cancel", reason: "damaged" } as const;
    const told = { peer, code: "file-damaged", text: error.message, transfer: id };
    await say(messenger, { peer, transfer: id, word }, () => {
      const event = { event: "cancel", by: "here", reason: word.reason } as const;
      return store.stepReceiver(id, event) !== undefined;
    }, told);
    return true;
  }
  if (!(error instanceof StorageError)) return false;
  const isFull = error.code === "disk-full";
  const why = isFull ? "The disk is full" : error.message;
  const until = isFull ? { until: "room" } as const : {};
  const word = { kind: "file.pause" } as const;
  const text = pausedText(number, why, until.until);
  const told = { peer, code: "file-paused", text, transfer: id };
  await say(messenger, { peer, transfer: id, word }, () => {
    return store.stepReceiver(id, { event: "pause", by: "here", why, ...until }) !== undefined;
  }, told);
  return true;
}

/** Paused until the disk has room: looks for it now and then, and goes on. */
export async function awaitDisk(
  tools: TaskTools,
  transfer: IncomingTransfer,
  signal: AbortSignal,
): Promise<void> {
  const { messenger, store } = tools;
  const { id, number } = transfer;
  do {
    await messenger.profile.clock.sleep(ROOM_AGAIN_MS, { signal });
  } while (!await TargetFiles.hasRoom(transfer, ROOM_BYTES));
  const peer = placeOf(transfer);
  const controlMessage = { peer, transfer: id, word: { kind: "file.resume" } } as const;
  const text = `Transfer ${number} continues: the disk has room again`;
  await say(
    messenger,
    controlMessage,
    () => store.stepReceiver(id, { event: "resume", by: "here" }) !== undefined,
    { peer, code: "file-resumed", text, transfer: id },
  );
}

/** Mends the files of `target`; returns how many bytes of the stream that took. Rejects as `Download.run` does. */
async function mend(
  target: TargetFiles,
  { profile, transport, transfer }: Pick<DownloadOptions, "profile" | "transport" | "transfer">,
  signal: AbortSignal,
): Promise<number> {
  const ranges = target.damaged;
  if (ranges.length === 0) return 0;
  for (const range of ranges) {
    const lastBlock = Math.floor((range.to - 1) / FILE_BLOCK_BYTES);
    const endBytes = Math.min((lastBlock + 1) * SPOOL_BLOCK_BYTES, uploadBytes(transfer.items));
    const piece = mendedPiece(target, range);
    const options = { profile, transport, transfer, target: piece, endBytes, onWritten: () => {} };
    await new Download(options).run(signal);
  }
  await target.mended();
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** One damaged range as what a download writes to. */
function mendedPiece(target: TargetFiles, { from, to }: StreamRange): DownloadTarget {
  let position = from;
  return {
    get position() {
      return position;
    },
    get isWhole() {
      return position >= to;
    },
    async write(bytes) {
      const wanted = bytes.subarray(0, to - position);
      await target.mend(position, wanted);
      position += wanted.length;
    },
  };
}
