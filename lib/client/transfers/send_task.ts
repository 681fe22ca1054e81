/** What the sender's side does in each state of a transfer. */

import { Refusal, StorageError, TransferError } from "../../base/errors.ts";
import {
  contentBytes,
  type OutgoingTransfer,
  streamBytesOf,
  uploadBytes,
  wholeBlockBytes,
} from "./transfer.ts";
import { say } from "./letters.ts";
import type { Opened, Road } from "./road.ts";
import type { TaskTools } from "./task_tools.ts";
import { Upload } from "./upload.ts";

/** Somebody who is there may go without an answer: how often to ask. */
const ASK_AGAIN_MS = 30_000;

/** Waits for the answer, until the receiver is away. */
export async function awaitAnswer(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  road: Road,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const { present } = await open(road, transfer, { again: false, signal });
    if (!present) {
      tools.store.stepSender(transfer.id, { event: "away" });
      return;
    }
    await tools.messenger.profile.clock.sleep(ASK_AGAIN_MS, { signal });
  }
}

/** Uploads what is not at the end of the road. */
export async function upload(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  road: Road,
  signal: AbortSignal,
): Promise<void> {
  const { messenger: { profile }, store } = tools;
  const { id, items, state } = transfer;
  try {
    const again = state.state === "uploading" && state.again === true;
    const opened = await open(road, transfer, { again, signal });
    store.stepSender(id, { event: "begun" });
    const { upload, key } = transfer;
    const total = contentBytes(items);
    const onStored = (bytes: number) =>
      tools.moved(id, Math.min(streamBytesOf(bytes), total), total);
    onStored(opened.storedBytes);
    await new Upload({
      profile,
      road,
      transfer,
      opened,
      onStored,
      onDigest: async (digest) =>
        store.replace(id, await store.seal(id, { upload, key, items, digest })),
    }).run(signal);
    tools.settled(id, total);
    store.stepSender(id, { event: "stored" });
  } catch (error) {
    signal.throwIfAborted();
    if (!await isSettled(tools, transfer, error)) throw error;
  }
}

/** The server need not keep what nobody will read. */
export async function release(tools: TaskTools, { upload }: OutgoingTransfer): Promise<void> {
  try {
    await tools.spool.release(upload);
  } catch (error) {
    // It was never opened, or the server has forgotten it: as well.
    if (!(error instanceof Refusal)) throw error;
  }
}

async function open(
  road: Road,
  { upload, peer, items, verifiedBytes }: OutgoingTransfer,
  { again, signal }: { readonly again: boolean; readonly signal: AbortSignal },
): Promise<Opened> {
  const verified = wholeBlockBytes(verifiedBytes);
  const sizeBytes = uploadBytes(items);
  return await road.open({ upload, peer, sizeBytes, again, verifiedBytes: verified }, signal);
}

/** What a person must know of pauses the transfer; what can never be mended ends it. False for what may pass by itself. */
async function isSettled(
  tools: TaskTools,
  { id, peer }: OutgoingTransfer,
  error: unknown,
): Promise<boolean> {
  const { messenger, store } = tools;
  if (error instanceof StorageError && error.code === "changed") {
    const word = { kind: "file.cancel", reason: "source-changed" } as const;
    await say(messenger, { peer, transfer: id, word }, () => {
      const event = { event: "cancel", by: "here", reason: word.reason } as const;
      return store.stepSender(id, event) !== undefined;
    });
    await tools.told({ peer, code: "file-source-changed", text: error.message });
    return true;
  }
  const why = error instanceof TransferError && error.code === "storage-full"
    ? "The server's disk is full"
    : error instanceof StorageError || error instanceof Refusal
    ? error.message
    : undefined;
  // The connection, or an upload that is gone: it is begun again.
  if (why === undefined) return false;
  store.stepSender(id, { event: "pause", by: "here", why });
  await tools.told({ peer, code: "file-paused", text: `Sending is paused: ${why}` });
  return true;
}
