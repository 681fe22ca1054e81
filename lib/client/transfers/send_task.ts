/** What the sender's side does in each state of a transfer. */

import { Refusal, StorageError, TransferError } from "../../base/errors.ts";
import { pausedText } from "./describe.ts";
import { endOutside } from "./outside.ts";
import type { TransferId } from "../../base/ids.ts";
import {
  contentBytes,
  outgoingOf,
  type OutgoingTransfer,
  placeOf,
  streamBytesOf,
  uploadBytes,
  wholeBlockBytes,
} from "./transfer.ts";
import { say } from "./control_messages.ts";
import type { BlockTransport, Opened } from "./block_transport.ts";
import type { TaskTools } from "./task_tools.ts";
import type { SenderEvent } from "./transfer_state.ts";
import { Upload } from "./upload.ts";

/** Somebody who is there may go without an answer: how often to ask. */
const ASK_AGAIN_MS = 30_000;

/** Refusals that pass by themselves. */
const LATER: ReadonlySet<string> = new Set(["rate-limited", "too-many"]);

/** Waits for the answer, until the receiver is away. */
export async function awaitAnswer(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  transport: BlockTransport,
  signal: AbortSignal,
): Promise<void> {
  const { shared, messenger: { profile: { clock } } } = tools;
  const { upload } = transfer;
  const ask = async () => (await open(transport, transfer, { again: false, signal })).present;
  try {
    for (;;) {
      const waits = await shared.alone(upload, signal, async () => {
        if (transfer.room === undefined) return await ask();
        // What is there for others may as well be taken by this one whenever they come.
        if (shared.isStored(upload, offerOf(transfer))) return false;
        const nowMs = clock.monotonicMs();
        return await shared.presence(upload, { nowMs, forMs: ASK_AGAIN_MS, ask });
      });
      if (!waits) {
        tools.store.stepSender(transfer.id, { event: "away" });
        return;
      }
      await clock.sleep(ASK_AGAIN_MS, { signal });
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!await isSettled(tools, transfer, error)) throw error;
  }
}

/** Uploads what is not at the end of the transport. */
export async function upload(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  transport: BlockTransport,
  signal: AbortSignal,
): Promise<void> {
  await tools.shared.alone(
    transfer.upload,
    signal,
    () => uploadAlone(tools, transfer, transport, signal),
  );
}

async function uploadAlone(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  transport: BlockTransport,
  signal: AbortSignal,
): Promise<void> {
  const { messenger: { profile }, store, shared } = tools;
  const { id, items, state, room } = transfer;
  try {
    const isAsked = state.state === "uploading" && state.again === true;
    const again = isAsked && shared.renew(transfer.upload, profile.clock.monotonicMs());
    const offer = offerOf(transfer);
    if (room !== undefined && shared.isStored(transfer.upload, offer)) {
      tools.settled(id, contentBytes(items));
      store.stepSender(id, { event: "stored" });
      return;
    }
    const opened = await open(transport, transfer, { again, signal });
    store.stepSender(id, { event: "begun" });
    const total = contentBytes(items);
    const onStored = (bytes: number) =>
      tools.moved(id, Math.min(streamBytesOf(bytes), total), total);
    onStored(opened.storedBytes);
    await new Upload({
      profile,
      transport,
      transfer,
      opened,
      onStored,
      // Whoever verified it is held to this, whichever transfer moved it.
      onDigest: async (digest, fileDigest) => {
        for (const one of await allOf(tools, transfer)) {
          store.replace(
            one,
            await store.seal(one, {
              ...outgoingOf(transfer),
              digest,
              ...(fileDigest && { fileDigest }),
            }),
          );
        }
      },
    }).run(signal);
    shared.stored(transfer.upload, offer);
    tools.settled(id, total);
    store.stepSender(id, { event: "stored" });
  } catch (error) {
    signal.throwIfAborted();
    if (!await isSettled(tools, transfer, error)) throw error;
  }
}

/**
 * The server need not keep what nobody will read. In a room it may be that one member only will not any more; what somebody has
 * read it may keep, for a resend.
 */
export async function release(
  { spool, store }: TaskTools,
  { id, upload, peer, offer }: OutgoingTransfer,
): Promise<void> {
  const { open, done } = offer === undefined ? { open: 0, done: 0 } : store.countOffer(offer);
  try {
    await spool.release(upload, open + done > 0 ? peer : undefined);
  } catch (error) {
    // It was never opened, or the server has forgotten it: as well. What else it says may be mended at the next connection.
    if (!(error instanceof Refusal) || error.code !== "unknown-upload") throw error;
  }
  store.setReleased(id);
}

/** What an upload is sent for: of a room's, its offer. */
function offerOf({ id, offer }: OutgoingTransfer): TransferId {
  return offer ?? id;
}

/** The transfers that share its upload: those of its offer. */
async function allOf(
  { store }: TaskTools,
  { id, offer }: OutgoingTransfer,
): Promise<readonly TransferId[]> {
  return offer === undefined ? [id] : (await store.ofOffer(offer)).map((one) => one.id);
}

async function open(
  transport: BlockTransport,
  { upload, peer, room, items, verifiedBytes }: OutgoingTransfer,
  { again, signal }: { readonly again: boolean; readonly signal: AbortSignal },
): Promise<Opened> {
  // What one member has, the others may need.
  const verified = room === undefined ? wholeBlockBytes(verifiedBytes) : 0;
  const sizeBytes = uploadBytes(items);
  return await transport.open(
    { upload, peer, room, sizeBytes, again, verifiedBytes: verified },
    signal,
  );
}

/** What a person must know of pauses the transfer; what can never be mended ends it. False for what may pass by itself. */
async function isSettled(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  error: unknown,
): Promise<boolean> {
  const { messenger, store } = tools;
  const { id, number, offer } = transfer;
  const peer = placeOf(transfer);
  // What befalls an upload befalls all whom it is for; the person is told once.
  const ids = await allOf(tools, transfer);
  const moveAll = (event: SenderEvent) =>
    ids.filter((one) => store.stepSender(one, event) !== undefined).length > 0;
  if (error instanceof StorageError && error.code === "changed") {
    const word = { kind: "file.cancel", reason: "source-changed" } as const;
    const event = { event: "cancel", by: "here", reason: word.reason } as const;
    const told = { peer, code: "file-source-changed", text: error.message, transfer: offer ?? id };
    await say(messenger, { peer, transfer: offer ?? id, word }, () => moveAll(event), told);
    return true;
  }
  if (await endOutside(tools, transfer)) return true;
  // More than the server takes at once: it is their turn later.
  if (error instanceof Refusal && LATER.has(error.code)) return false;
  const why = error instanceof TransferError && error.code === "storage-full"
    ? "The server has no more room for files"
    : error instanceof StorageError || error instanceof Refusal
    ? error.message
    : undefined;
  // The connection, or an upload that is gone: it is begun again.
  if (why === undefined) return false;
  const controlMessage = { peer, transfer: offer ?? id, word: { kind: "file.pause" } } as const;
  const until = isOfRoom(error) ? { until: "room" } as const : {};
  const event = { event: "pause", by: "here", why, ...until } as const;
  const text = pausedText(number, why, until.until);
  const told = { peer, code: "file-paused", text, transfer: offer ?? id };
  await say(messenger, controlMessage, () => moveAll(event), told);
  return true;
}

/** Whether the server lacks room, for everybody or for this account: others take what is theirs, and there is. */
function isOfRoom(error: unknown): boolean {
  return (error instanceof TransferError || error instanceof Refusal) &&
    (error.code === "storage-full" || error.code === "quota-exceeded");
}

/** Paused until the server has room: asks for it now and then, and goes on. */
export async function awaitRoom(
  tools: TaskTools,
  transfer: OutgoingTransfer,
  transport: BlockTransport,
  signal: AbortSignal,
): Promise<void> {
  const { shared, messenger, store } = tools;
  for (;;) {
    await messenger.profile.clock.sleep(ASK_AGAIN_MS, { signal });
    try {
      await shared.alone(
        transfer.upload,
        signal,
        () => open(transport, transfer, { again: false, signal }),
      );
      break;
    } catch (error) {
      if (!isOfRoom(error)) throw error;
    }
  }
  const { id, number, offer } = transfer;
  const peer = placeOf(transfer);
  const ids = await allOf(tools, transfer);
  const event = { event: "resume", by: "here", again: false } as const;
  const controlMessage = { peer, transfer: offer ?? id, word: { kind: "file.resume" } } as const;
  const text = `Transfer ${number} continues: the server has room again`;
  await say(
    messenger,
    controlMessage,
    () => ids.filter((one) => store.stepSender(one, event) !== undefined).length > 0,
    { peer, code: "file-resumed", text, transfer: offer ?? id },
  );
}
