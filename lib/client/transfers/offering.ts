/** Begins transfers: the row and the offer in one transaction. What was sent before to the same person is not uploaded again. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import { type AccountId, newTransferId, newUploadId, type TransferId } from "../../base/ids.ts";
import { FILE_KEY_BYTES } from "../../protocol/peer/file.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { befriend } from "../messaging/people.ts";
import { gather, split } from "./gather.ts";
import { say } from "./letters.ts";
import { SourceStream } from "./source_stream.ts";
import type { Outgoing, OutgoingTransfer, SourceItem } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";

/** Earlier transfers to the same person that are looked through. */
const MAX_EARLIER = 100;

/** Offers what is at these paths to an account. Throws StorageError, UsageError, Refusal `blocked`, `no-such-file`. */
export async function offer(
  messenger: Messenger,
  peer: AccountId,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly TransferId[]> {
  const offers = split(await gather(paths));
  // Their answer is to be heard.
  await befriend(messenger, peer);
  const ids: TransferId[] = [];
  for (const items of offers) {
    const details = await findEarlier(messenger, peer, items, signal) ?? {
      upload: newUploadId(messenger.profile.random),
      key: encodeBase64(messenger.profile.random.bytes(FILE_KEY_BYTES)),
      items,
    };
    ids.push(await begin(messenger, peer, details));
  }
  return ids;
}

async function begin(
  messenger: Messenger,
  peer: AccountId,
  details: Outgoing,
): Promise<TransferId> {
  const { profile } = messenger;
  const store = new TransferStore(profile);
  const id = newTransferId(profile.random);
  const { upload, key } = details;
  const items = details.items.map(({ path, sizeBytes, type }) => ({ path, sizeBytes, type }));
  const sealed = await store.seal(id, details);
  const word = { kind: "file.offer", upload, key, items } as const;
  await say(messenger, { peer, transfer: id, word }, () => {
    return store.insert({ id, direction: "out", peer }, sealed);
  });
  return id;
}

/**
 * SR-63: by the sender's own table, for the same account only, and only if the files, read anew, have the hash that their
 * receiver verified. The server is told nothing of this; if it has forgotten the upload it gets it again.
 */
async function findEarlier(
  { profile }: Messenger,
  peer: AccountId,
  items: readonly SourceItem[],
  signal: AbortSignal,
): Promise<Outgoing | undefined> {
  const earlier = (await new TransferStore(profile).sentTo(peer, MAX_EARLIER))
    .find((transfer) => isLike(transfer, items));
  if (earlier?.digest === undefined || decodeBase64(earlier.key) === undefined) return undefined;
  if (await digestOf(items, signal) !== earlier.digest) return undefined;
  return { upload: earlier.upload, key: earlier.key, items, digest: earlier.digest };
}

function isLike({ state, items }: OutgoingTransfer, now: readonly SourceItem[]): boolean {
  return state.state === "done" && items.length === now.length &&
    items.every(({ path, sizeBytes, type }, i) =>
      path === now[i].path && sizeBytes === now[i].sizeBytes && type === now[i].type
    );
}

async function digestOf(items: readonly SourceItem[], signal: AbortSignal) {
  using stream = await SourceStream.open(items, 0, signal);
  while (await stream.read() !== undefined) signal.throwIfAborted();
  return stream.digest;
}
