/** Begins transfers: the row and the offer in one transaction. What was sent before to the same person is not uploaded again. */

import { type Bytes, decodeBase64, encodeBase64, utf8 } from "../../base/bytes.ts";
import {
  type AccountId,
  fingerprint,
  isRoom,
  newTransferId,
  newUploadId,
  parseTransferId,
  type Peer,
  type RoomHandle,
  type TransferId,
} from "../../base/ids.ts";
import {
  FILE_KEY_BYTES,
  FILE_POSTER_MAX_BYTES,
  MAX_OFFER_CONTENT_BYTES,
  MAX_OFFER_POSTERS,
} from "../../protocol/peer/file.ts";
import type { HistoryEntry } from "../store/history.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { describeItems } from "./describe.ts";
import { befriend } from "../contacts/people.ts";
import { safePath } from "../../storage/safe_path.ts";
import { gather, type LeftOut, requireSome, split, unnamedIn } from "./gather.ts";
import { seal } from "./control_messages.ts";
import { SourceStream } from "./source_stream.ts";
import {
  type ItemPoster,
  type Outgoing,
  type OutgoingTransfer,
  placeOf,
  type SourceItem,
  targetPaths,
  type Transfer,
} from "./transfer.ts";
import { TransferStore } from "./transfer_store.ts";
import { join, resolve } from "node:path";
import { Bug, Refusal, UsageError } from "../../base/errors.ts";

/** Earlier transfers to the same person that are looked through. */
const MAX_EARLIER = 100;

/** A file that is called otherwise at the other end, since some systems take its name for another one's. */
interface Renamed {
  readonly path: string;
  readonly there: string;
}

/** What a person should know before anything is offered. */
export interface OfferNews {
  readonly leftOut: readonly LeftOut[];
  readonly renamed: readonly Renamed[];
}

/** How an offer is made. */
export interface OfferOptions {
  readonly signal: AbortSignal;
  /** Called before anything is offered, if there is something to know. */
  readonly tell?: ((news: OfferNews) => Promise<void>) | undefined;
  /** Makes a JPEG of at most so many bytes of a video that is offered; undefined where there can be none. */
  readonly posterOf?: ((path: string, maxBytes: number) => Promise<Bytes | undefined>) | undefined;
  /** Called as soon as these are written down: whatever fails behind that, they go out. */
  readonly began?: ((ids: readonly TransferId[]) => void) | undefined;
}

/** An offer that is not written down yet. */
interface Planned {
  /** The id of the only transfer, or of the offer to a room. */
  readonly subject: TransferId;
  readonly items: readonly SourceItem[];
  readonly ids: readonly TransferId[];
  /** Inside a transaction. */
  readonly writeDown: () => void;
}

/**
 * Offers what is at these paths to an account, or to everybody else in a room: then each of them has a transfer. However many
 * offers that takes, all of them are written down or none: the same command would take the first for all. Throws
 * StorageError, UsageError, Refusal `blocked`, `not-member`, `no-such-file`.
 */
export async function offer(
  messenger: Messenger,
  peer: Peer,
  paths: readonly string[],
  { signal, tell, began, posterOf }: OfferOptions,
): Promise<readonly TransferId[]> {
  const { items, leftOut } = await gather(paths);
  const offers = split(items);
  const renamed = offers.flatMap(renamedIn);
  if (leftOut.length + renamed.length > 0) await tell?.({ leftOut, renamed });
  requireSome({ items, leftOut });
  // Their answer is to be heard.
  await befriend(messenger, peer);
  const planned: Planned[] = [];
  for (const items of offers) {
    const content = { items, ...await postersIn(items, posterOf) };
    planned.push(
      isRoom(peer)
        ? await planInRoom(messenger, peer, content, signal)
        : await plan(messenger, peer, content, signal),
    );
  }
  const ids = planned.flatMap(({ ids }) => ids);
  await record(messenger, planned.map((one) => offeredEntry(messenger, peer, one)), () => {
    for (const { writeDown } of planned) writeDown();
    return true;
  });
  began?.(ids);
  return ids;
}

/** Where the transfer stands in its conversation. */
function offeredEntry(messenger: Messenger, peer: Peer, { subject, items }: Planned): HistoryEntry {
  const conversation = messenger.conversations.openWith(peer)?.conversation;
  const text = `You send ${describeItems(items)}`;
  const about = { peer, conversation, own: true, transfer: subject };
  return noticeEntry(messenger, { ...about, code: "file-offered", text });
}

/** Tells what cannot be sent of what is on its way already, which nothing else looks at any more. */
export async function tellUnnamed(
  paths: readonly string[],
  tell: OfferOptions["tell"],
): Promise<void> {
  const leftOut = await unnamedIn(paths);
  if (leftOut.length > 0) await tell?.({ leftOut, renamed: [] });
}

/** As the receiver will do it: only what meets another name, not what is only made safe. */
function renamedIn(items: readonly SourceItem[]): readonly Renamed[] {
  const there = targetPaths(items) ?? [];
  return items.flatMap(({ path }, i) => {
    const safe = safePath(path)?.join("/");
    const placed = there[i]?.join("/");
    return placed === undefined || placed === safe ? [] : [{ path, there: placed }];
  });
}

/** What one offer holds. */
type Content = Pick<Outgoing, "items" | "poster" | "posters">;

/** So many videos that give none, and no more are tried: a folder may hold hundreds. */
const MAX_POSTER_FAILURES = 3;
/** A picture of fewer bytes shows nothing. */
const MIN_POSTER_BYTES = 3 * 1024;

/** Of the first videos among them that give one, as many as a card draws and the offer has room for. */
async function postersIn(
  items: readonly SourceItem[],
  makePoster: OfferOptions["posterOf"],
): Promise<Pick<Outgoing, "poster" | "posters">> {
  const videos = items.flatMap(({ type }, item) => type.startsWith("video/") ? [item] : []);
  const found: ItemPoster[] = [];
  let roomBytes = MAX_OFFER_CONTENT_BYTES - utf8(JSON.stringify(shownItems(items))).length;
  let failures = 0;
  for (const item of videos) {
    const maxBytes = Math.min(FILE_POSTER_MAX_BYTES, Math.floor(roomBytes * 3 / 4));
    const isEnough = found.length === MAX_OFFER_POSTERS || failures === MAX_POSTER_FAILURES;
    // The first has its room beside any items.
    if (isEnough || found.length > 0 && maxBytes < MIN_POSTER_BYTES) break;
    const limitBytes = found.length === 0 ? FILE_POSTER_MAX_BYTES : maxBytes;
    const jpeg = await makePoster?.(items[item].source, limitBytes);
    if (jpeg === undefined) {
      failures++;
      continue;
    }
    const poster = { item, jpeg: encodeBase64(jpeg) };
    found.push(poster);
    roomBytes -= JSON.stringify(poster).length + 1;
  }
  const [poster, ...posters] = found;
  return { ...(poster && { poster }), ...(posters.length > 0 && { posters }) };
}

function newDetails({ profile: { random } }: Messenger, content: Content): Outgoing {
  const key = encodeBase64(random.bytes(FILE_KEY_BYTES));
  return { upload: newUploadId(random), key, ...content };
}

/** Who comes in later has no transfer, and the server lets nobody read who was not in. */
async function planInRoom(
  messenger: Messenger,
  room: RoomHandle,
  content: Content,
  signal: AbortSignal,
): Promise<Planned> {
  const { profile } = messenger;
  const store = new TransferStore(profile);
  const members = await otherMembers(messenger, room);
  const { items } = content;
  const earlier = await findEarlierInRoom(messenger, { room, members }, items, signal);
  const details = { ...earlier ?? newDetails(messenger, content), ...content };
  const offer = newTransferId(profile.random);
  const sender = profile.own.account;
  const rows = await Promise.all(members.map(async (member) => {
    const id = await memberTransferId(offer, { sender, member });
    const row = { id, direction: "out", peer: member, room, offer } as const;
    return { row, sealed: await store.seal(id, details) };
  }));
  const controlMessage = await seal(messenger, {
    peer: room,
    transfer: offer,
    word: offerOf(details),
  });
  const writeDown = () => {
    for (const { row, sealed } of rows) store.insert(row, sealed);
    controlMessage.writeDown();
  };
  return { subject: offer, items, ids: rows.map(({ row }) => row.id), writeDown };
}

function offerOf({ upload, key, items, poster, posters }: Outgoing) {
  return {
    ...{ kind: "file.offer", upload, key, items: shownItems(items) } as const,
    ...(poster && { poster }),
    ...(posters && { posters: [...posters] }),
  };
}

function shownItems(items: readonly SourceItem[]) {
  return items.map(({ path, sizeBytes, type }) => ({ path, sizeBytes, type }));
}

async function plan(
  messenger: Messenger,
  peer: AccountId,
  content: Content,
  signal: AbortSignal,
): Promise<Planned> {
  const { profile } = messenger;
  const { items } = content;
  const earlier = await findEarlier(messenger, peer, items, signal);
  const details = { ...earlier ?? newDetails(messenger, content), ...content };
  const store = new TransferStore(profile);
  const id = newTransferId(profile.random);
  const sealed = await store.seal(id, details);
  const controlMessage = await seal(messenger, { peer, transfer: id, word: offerOf(details) });
  const writeDown = () => {
    store.insert({ id, direction: "out", peer }, sealed);
    controlMessage.writeDown();
  };
  return { subject: id, items, ids: [id], writeDown };
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
  const { upload, key, digest, fileDigest } = earlier;
  return { upload, key, items, digest, ...(fileDigest && { fileDigest }) };
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

/** A transfer goes on for a path when all that it sends is that file, or lies in that folder. */
export function findUnderWay(
  active: readonly Transfer[],
  peer: Peer,
  paths: readonly string[],
): { readonly underWay: readonly OutgoingTransfer[]; readonly left: readonly string[] } {
  const sending = active.filter((transfer) => transfer.direction === "out")
    .filter((transfer) => placeOf(transfer) === peer);
  const roots = paths.map((path) => resolve(path));
  const covers = ({ items }: OutgoingTransfer) => {
    const used = new Set<string>();
    for (const { source } of items) {
      const root = roots.find((one) => source === one || source.startsWith(join(one, "/")));
      if (root === undefined) return undefined;
      used.add(root);
    }
    return used;
  };
  const underWay = sending.filter((transfer) => covers(transfer) !== undefined);
  const used = new Set(underWay.flatMap((transfer) => [...covers(transfer) ?? []]));
  return { underWay, left: paths.filter((path) => !used.has(resolve(path))) };
}

// Files for a room: one offer, sealed once, and one upload, but a transfer of its own for each member. So everybody answers for
// themselves, and what is said of one is ordinary. See docs/decisions/0031-files.md.

/** Hexadecimal digits of a transfer's id. */
const ID_DIGITS = 32;

/** The id of a member's own transfer of an offer: nobody has to be told who is meant, and no member has another's. */
export async function memberTransferId(
  offer: TransferId,
  { sender, member }: { readonly sender: AccountId; readonly member: AccountId },
): Promise<TransferId> {
  const text = `heliograph room transfer\n${offer}\n${sender}\n${member}`;
  const id = parseTransferId((await fingerprint(utf8(text))).slice(0, ID_DIGITS));
  if (id === undefined) throw new Bug("Cannot make a transfer id of a hash");
  return id;
}

/** Everybody else in a room now. Throws Refusal `not-member`, UsageError `empty-room`. */
async function otherMembers(
  { profile, conversations, groups }: Messenger,
  room: RoomHandle,
): Promise<readonly AccountId[]> {
  const open = conversations.openWith(room);
  const membershipLog = open && await groups.membershipLogOf(open.conversation);
  const { account } = profile.own;
  if (membershipLog === undefined || !membershipLog.members.has(account)) {
    throw new Refusal("not-member", `You are not a member of room ${room}`);
  }
  const others = [...membershipLog.members.keys()].filter((member) => member !== account);
  if (others.length > 0) return others;
  throw new UsageError(
    "empty-room",
    `Nobody else is in room ${room} yet: files go to its members`,
  );
}
