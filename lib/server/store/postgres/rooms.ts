/** Rooms: founding, inviting, removing, closing. */

import { Refusal } from "../../../base/errors.ts";
import type { AccountId, ConversationId } from "../../../base/ids.ts";
import { rowNumber, type Sender } from "../columns.ts";
import { readPeopleOfRoom, readRoom } from "../room_rows.ts";
import { AWAITED_MS } from "../room_rules.ts";
import type { RepairedRoom, RoomStore } from "../room_store.ts";
import type { Answer } from "../store.ts";
import { integerArray, textArray } from "./arrays.ts";
import { forgetGroupInfos, saveGroupInfo } from "./commits.ts";
import { query, type Transaction } from "./database.ts";
import { joinList, leaveList } from "./envelope_log.ts";
import { lockAccounts, lockConversations, lockNamed } from "./locks.ts";
import { findSender } from "./submissions.ts";

type NewRoom = Parameters<RoomStore["createRoom"]>[0];

type Room = ReturnType<typeof readRoom>;

/** See `RoomStore.createRoom`. */
export async function createRoom(
  transaction: Transaction,
  room: NewRoom,
): Promise<Answer<"createRoom">> {
  const { account, conversation, replaces } = room;
  const [, , , creator] = await Promise.all([
    lockNamed(transaction, "rooms"),
    lockAccounts(transaction, { judged: [account, ...room.members] }),
    lockConversations(transaction, replaces === undefined ? [] : [replaces.conversation]),
    findSender(transaction, room),
  ]);
  const first = await transaction.integer(FIND_CREATED, conversation, creator.id);
  if (first !== undefined) return { result: "known", room: first, conversation };
  const old = replaces && await findRepaired(transaction, replaces, creator.owner);
  if (replaces !== undefined && old === undefined) return { result: "stale" };
  const members = await findAccounts(transaction, room.members);
  const accounts = [...new Set([creator.owner, ...members])];
  const mayBeSame = !room.forceNew && replaces === undefined;
  const same = mayBeSame ? await findSameRoom(transaction, accounts) : undefined;
  if (same !== undefined) return { result: "same-members", ...same };
  // Once known is known for ever, as for direct conversations (SR-18).
  if (await transaction.has(FIND_CONVERSATION, conversation)) {
    throw new Refusal("bad-message", "This conversation id was used before");
  }
  const number = old?.number ?? await findFreeNumber(transaction, room.numbers);
  if (number === undefined) return { result: "no-number" };
  // But for the one that is replaced.
  const { open } = room;
  if (open !== undefined && await transaction.has(FIND_NAME, open.name, old?.id ?? 0)) {
    return { result: "name-taken" };
  }
  if (old !== undefined) await close(transaction, old.id);
  await insert(transaction, room, { number, creator, accounts, replaced: old?.id });
  return { result: "created", room: number, conversation };
}

/** See `RoomStore.inviteToRoom`. */
export async function inviteToRoom(
  transaction: Transaction,
  { conversation, by, account, entry, version, expiresMs }: Parameters<
    RoomStore["inviteToRoom"]
  >[0],
): Promise<"invited" | "stale"> {
  await lockRoom(transaction, conversation, [by, account]);
  const room = await requireRoom(transaction, conversation);
  if (!await isJudgedSo(transaction, room, { version, by })) return "stale";
  const guest = await findAccount(transaction, account);
  await transaction.run(INVITE, room.id, guest, expiresMs, entry);
  return "invited";
}

/** See `RoomStore.declineRoomInvitation`. */
export async function declineRoomInvitation(
  transaction: Transaction,
  { conversation, account }: { conversation: ConversationId; account: AccountId },
): Promise<void> {
  await lockRoom(transaction, conversation, [account]);
  const { id } = await requireRoom(transaction, conversation);
  await transaction.run(DECLINE, id, await findAccount(transaction, account));
}

/** See `RoomStore.wantRemoval`. */
export async function wantRemoval(
  transaction: Transaction,
  { conversation, by, account, entry, version }: Parameters<RoomStore["wantRemoval"]>[0],
): Promise<"wanted" | "stale"> {
  await lockRoom(transaction, conversation, [by, account]);
  const room = await requireRoom(transaction, conversation);
  if (!await isJudgedSo(transaction, room, { version, by })) return "stale";
  const target = await findAccount(transaction, account);
  const [, , devices] = await Promise.all([
    transaction.run(DROP_INVITATION, room.id, target),
    transaction.run(WANT, room.id, target, entry),
    transaction.all(LIST_DEVICES, room.id, target),
  ]);
  await leaveList(transaction, room.id, devices);
  return "wanted";
}

/** See `RoomStore.closeRoom`. */
export async function closeRoom(
  transaction: Transaction,
  { conversation, account }: { conversation: ConversationId; account: AccountId },
): Promise<boolean> {
  await lockRoom(transaction, conversation, [account]);
  const room = await requireRoom(transaction, conversation);
  if (!await transaction.has(FIND_ONLY_MEMBER, room.id, account)) return false;
  await close(transaction, room.id);
  return true;
}

async function lockRoom(
  transaction: Transaction,
  conversation: ConversationId,
  accounts: readonly AccountId[],
): Promise<void> {
  await Promise.all([
    lockAccounts(transaction, { judged: accounts }),
    lockConversations(transaction, [conversation]),
  ]);
}

async function requireRoom(
  transaction: Transaction,
  conversation: ConversationId,
): Promise<Room> {
  const room = await transaction.first(FIND_ROOM, conversation);
  if (room === undefined) throw new Refusal("unknown-room", "No such room");
  return room;
}

/** Whether the room is as it was when an order of `by` was judged, who is in it. */
async function isJudgedSo(
  transaction: Transaction,
  room: Room,
  { version, by }: { readonly version: number; readonly by: AccountId },
): Promise<boolean> {
  if (room.version !== version) return false;
  return await isIn(transaction, room.id, await findAccount(transaction, by));
}

/** As it was when the owner was judged to be one. */
async function findRepaired(
  transaction: Transaction,
  { conversation, version }: RepairedRoom,
  owner: number,
): Promise<Room | undefined> {
  const room = await transaction.first(FIND_ROOM, conversation);
  if (room === undefined || room.version !== version) return undefined;
  return await isIn(transaction, room.id, owner) ? room : undefined;
}

/** Whether an account is in a room, and nobody wants it out. */
function isIn(transaction: Transaction, id: number, account: number): Promise<boolean> {
  return transaction.has(FIND_MEMBER, id, account);
}

async function findFreeNumber(
  transaction: Transaction,
  numbers: readonly number[],
): Promise<number | undefined> {
  const taken = new Set(await transaction.all(LIST_TAKEN, integerArray(numbers)));
  return numbers.find((number) => !taken.has(number));
}

async function findAccount(transaction: Transaction, account: AccountId): Promise<number> {
  const [id] = await findAccounts(transaction, [account]);
  return id;
}

/** In the order in which they are given. Throws Refusal `unknown-account`. */
async function findAccounts(
  transaction: Transaction,
  accounts: readonly AccountId[],
): Promise<readonly number[]> {
  const rows = await transaction.all(FIND_ACCOUNTS, textArray(accounts));
  const known = new Map(rows.map(({ account, id }) => [account, id]));
  return accounts.map((account) => {
    const id = known.get(account);
    if (id !== undefined) return id;
    throw new Refusal("unknown-account", `No account "${account}" on this server`);
  });
}

async function insert(
  transaction: Transaction,
  room: NewRoom,
  { number, creator, accounts, replaced }: {
    readonly number: number;
    readonly creator: Sender;
    readonly accounts: readonly number[];
    readonly replaced: number | undefined;
  },
): Promise<void> {
  const id = await transaction.first(INSERT_CONVERSATION, room.conversation) ?? 0;
  const guests = accounts.filter((account) => account !== creator.owner);
  const { open } = room;
  // Each sees what those before have written.
  await Promise.all([
    transaction.run(INSERT, id, number, creator.id, replaced ?? null),
    ...open === undefined ? [] : [
      transaction.run(SET_OPEN, open.name, open.topic, open.size, id),
    ],
    transaction.run(INSERT_ENTRY, id, 1, room.entry),
    transaction.run(INSERT_MEMBER, id, creator.owner),
    transaction.run(AWAIT, id, integerArray(guests), room.nowMs + AWAITED_MS),
    joinList(transaction, { conversation: id, device: creator.id, cursor: 0 }),
    saveGroupInfo(transaction, id, { epoch: 0, groupInfo: room.groupInfo }),
  ]);
}

/**
 * A room with exactly these accounts in it or invited, and none of them on the way out (row S3.28). The caller has locked `rooms`,
 * so that no second one is founded meanwhile.
 */
async function findSameRoom(
  transaction: Transaction,
  accounts: readonly number[],
): Promise<{ room: number; conversation: ConversationId } | undefined> {
  const wanted = [...accounts].sort((left, right) => left - right).join();
  const [one] = accounts;
  const rooms = await transaction.all(LIST_PEOPLE_OF_ROOMS, one ?? null);
  const found = rooms.find(({ people }) => people === wanted);
  return found && { room: found.room, conversation: found.conversation };
}

async function close(transaction: Transaction, id: number): Promise<void> {
  await Promise.all([
    transaction.run("UPDATE conversation SET open = 0 WHERE id = $1", id),
    transaction.run("DELETE FROM room_invitation WHERE conversation = $1", id),
    transaction.run("DELETE FROM room_removal WHERE conversation = $1", id),
    forgetGroupInfos(transaction, id),
  ]);
}

const FIND_ACCOUNTS = query(
  "SELECT id, account FROM account WHERE account = ANY ($1::text[])",
  (row) => ({ id: row.integer("id"), account: row.text("account") }),
);
const FIND_CONVERSATION = "SELECT id FROM conversation WHERE conversation = $1";
const FIND_CREATED = `SELECT r.number FROM room r JOIN conversation c ON c.id = r.conversation
  WHERE c.conversation = $1 AND r.creator = $2`;
const LIST_TAKEN = query(
  "SELECT number FROM room WHERE number = ANY ($1::bigint[])",
  (row) => row.integer("number"),
);
const FIND_ROOM = query(
  `SELECT c.id, c.last_seq, r.number, r.version
    FROM room r JOIN conversation c ON c.id = r.conversation
    WHERE c.conversation = $1 AND c.open = 1`,
  readRoom,
);
const FIND_MEMBER = `SELECT p.account FROM conversation_account p
  WHERE p.conversation = $1 AND p.account = $2 AND NOT EXISTS (
    SELECT 1 FROM room_removal r WHERE r.conversation = p.conversation AND r.account = p.account)`;
const FIND_ONLY_MEMBER = `SELECT 1 FROM conversation_account p JOIN account a ON a.id = p.account
  WHERE p.conversation = $1 GROUP BY p.conversation
  HAVING count(*) = 1 AND min(a.account) = $2`;
const INSERT_CONVERSATION = query(
  "INSERT INTO conversation (conversation, epoch) VALUES ($1, 0) RETURNING id",
  rowNumber,
);
// What is said goes on with the numbers of the room that is replaced.
const INSERT = `INSERT INTO room (conversation, number, version, creator, replaced, last_place)
  VALUES ($1, $2, 1, $3, $4, coalesce((SELECT last_place FROM room WHERE conversation = $4), 0))`;
const FIND_NAME = `SELECT c.id FROM room r JOIN conversation c ON c.id = r.conversation
  WHERE r.open_name = $1 AND c.open = 1 AND c.id <> $2`;
const SET_OPEN =
  "UPDATE room SET open_name = $1, open_topic = $2, open_size = $3 WHERE conversation = $4";
const INSERT_ENTRY = "INSERT INTO room_entry (conversation, version, entry) VALUES ($1, $2, $3)";
const INSERT_MEMBER = "INSERT INTO conversation_account (conversation, account) VALUES ($1, $2)";
const AWAIT = `INSERT INTO room_invitation (conversation, account, expires_ms)
  SELECT $1::bigint, guest, $3::bigint FROM unnest($2::bigint[]) AS guest`;
const INVITE = `INSERT INTO room_invitation (conversation, account, expires_ms, entry)
  VALUES ($1, $2, $3, $4) ON CONFLICT (conversation, account)
  DO UPDATE SET expires_ms = excluded.expires_ms, entry = excluded.entry, declined = 0`;
const DECLINE = "UPDATE room_invitation SET declined = 1 WHERE conversation = $1 AND account = $2";
const DROP_INVITATION = "DELETE FROM room_invitation WHERE conversation = $1 AND account = $2";
const WANT = `INSERT INTO room_removal (conversation, account, entry) VALUES ($1, $2, $3)
  ON CONFLICT (conversation, account) DO UPDATE SET entry = excluded.entry`;
const LIST_DEVICES = query(
  `SELECT m.device AS id FROM conversation_member m JOIN device d ON d.id = m.device
    WHERE m.conversation = $1 AND d.owner = $2`,
  rowNumber,
);

// The rooms that an account is in or invited to, each with its people: who is in a room or invited, without those who are on the
// way out, as a sorted list.
const LIST_PEOPLE_OF_ROOMS = query(
  `SELECT r.number, c.conversation, (
      SELECT string_agg(account::text, ',' ORDER BY account) FROM (
        SELECT account FROM conversation_account p WHERE p.conversation = c.id
          AND NOT EXISTS (SELECT 1 FROM room_removal x
            WHERE x.conversation = c.id AND x.account = p.account)
        UNION SELECT account FROM room_invitation i
          WHERE i.conversation = c.id AND i.declined = 0) AS people) AS people
    FROM (SELECT conversation FROM conversation_account WHERE account = $1
        UNION SELECT conversation FROM room_invitation WHERE account = $1 AND declined = 0) AS mine
      JOIN conversation c ON c.id = mine.conversation AND c.open = 1
      JOIN room r ON r.conversation = c.id AND r.open_name IS NULL ORDER BY r.number`,
  readPeopleOfRoom,
);
