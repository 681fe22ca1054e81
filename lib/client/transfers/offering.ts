/** Begins transfers: the row and the offer in one transaction. What was sent before to the same person is not uploaded again. */

import { decodeBase64, encodeBase64 } from "../../base/bytes.ts";
import {
  type AccountId,
  isRoom,
  newTransferId,
  newUploadId,
  type Peer,
  type RoomHandle,
  type TransferId,
} from "../../base/ids.ts";
import { FILE_KEY_BYTES } from "../../protocol/peer/file.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { befriend } from "../messaging/people.ts";
import { gather, split } from "./gather.ts";
import { say } from "./letters.ts";
import { memberTransferId, otherMembers } from "./room_offer.ts";
import { SourceStream } from "./source_stream.ts";
import type { Outgoing, OutgoingTransfer, SourceItem } from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";

/** Earlier transfers to the same person that are looked through. */
const MAX_EARLIER = 100;

/**
 * Offers what is at these paths to an account, or to everybody else in a room: then each of them has a transfer. Throws
 * StorageError, UsageError, Refusal `blocked`, `not-member`, `no-such-file`.
 */
export async function offer(
  messenger: Messenger,
  peer: Peer,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly TransferId[]> {
  const offers = split(await gather(paths));
  // Their answer is to be heard.
  await befriend(messenger, peer);
  const ids: TransferId[] = [];
  for (const items of offers) {
    if (isRoom(peer)) ids.push(...await beginInRoom(messenger, peer, items, signal));
    else {
      const earlier = await findEarlier(messenger, peer, items, signal);
      ids.push(await begin(messenger, peer, earlier ?? newDetails(messenger, items)));
    }
  }
  return ids;
}

function newDetails({ profile: { random } }: Messenger, items: readonly SourceItem[]): Outgoing {
  const key = encodeBase64(random.bytes(FILE_KEY_BYTES));
  return { upload: newUploadId(random), key, items };
}

/** Who comes in later has no transfer, and the server lets nobody read who was not in. */
async function beginInRoom(
  messenger: Messenger,
  room: RoomHandle,
  items: readonly SourceItem[],
  signal: AbortSignal,
): Promise<readonly TransferId[]> {
  const { profile } = messenger;
  const store = new TransferStore(profile);
  const members = await otherMembers(messenger, room);
  const earlier = await findEarlierInRoom(messenger, { room, members }, items, signal);
  const details = earlier ?? newDetails(messenger, items);
  const offer = newTransferId(profile.random);
  const sender = profile.own.account;
  const rows = await Promise.all(members.map(async (member) => {
    const id = await memberTransferId(offer, { sender, member });
    const row = { id, direction: "out", peer: member, room, offer } as const;
    return { row, sealed: await store.seal(id, details) };
  }));
  await say(messenger, { peer: room, transfer: offer, word: offerOf(details) }, () => {
    for (const { row, sealed } of rows) store.insert(row, sealed);
    return true;
  });
  return rows.map(({ row }) => row.id);
}

function offerOf({ upload, key, items }: Outgoing) {
  const shown = items.map(({ path, sizeBytes, type }) => ({ path, sizeBytes, type }));
  return { kind: "file.offer", upload, key, items: shown } as const;
}

async function begin(
  messenger: Messenger,
  peer: AccountId,
  details: Outgoing,
): Promise<TransferId> {
  const { profile } = messenger;
  const store = new TransferStore(profile);
  const id = newTransferId(profile.random);
  const sealed = await store.seal(id, details);
  await say(messenger, { peer, transfer: id, word: offerOf(details) }, () => {
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
  return await sameAgain(earlier, items, signal);
}

/** The same for a room, if everybody who is in it now was asked then: nobody else can read that upload. */
async function findEarlierInRoom(
  { profile }: Messenger,
  { room, members }: { readonly room: RoomHandle; readonly members: readonly AccountId[] },
  items: readonly SourceItem[],
  signal: AbortSignal,
): Promise<Outgoing | undefined> {
  const store = new TransferStore(profile);
  const liked = (await store.sentTo(room, MAX_EARLIER + members.length))
    .find((transfer) => isLike(transfer, items));
  if (liked?.offer === undefined) return undefined;
  // Who left may not have been in when it went up, and has come back.
  const asked = (await store.ofOffer(liked.offer))
    .filter(({ state }) => state.state !== "cancelled" || state.reason !== "left")
    .map(({ peer }) => peer);
  if (!members.every((member) => asked.includes(member))) return undefined;
  return await sameAgain(liked, items, signal);
}

async function sameAgain(
  earlier: OutgoingTransfer | undefined,
  items: readonly SourceItem[],
  signal: AbortSignal,
): Promise<Outgoing | undefined> {
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
