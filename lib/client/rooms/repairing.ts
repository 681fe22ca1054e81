/**
 * A room that its members cannot go on with gets a new group under its number, with the same people in it (SR-35): somebody
 * uploaded what nobody can follow, or the server showed different things to different members.
 */

import {
  type AccountId,
  type ConversationId,
  parseConversationId,
  type RoomHandle,
  roomHandle,
} from "../../base/ids.ts";
import {
  type MembershipLog,
  type OpenRule,
  replacedBy,
  roleOf,
  type RoomRole,
} from "../../crypto/room/membership_log.ts";
import { joinSections, splitSections } from "../../protocol/sections.ts";
import type { Link } from "../link/link.ts";
import { closeConversation } from "../groups/closing.ts";
import { type Messenger, noticeEntry, record } from "../store/messenger.ts";
import { makeRoomGroup, type RoomGroup } from "./founding.ts";
import {
  addRoomTask,
  findAbout,
  listRoomTasks,
  prepareAbout,
  type RoomTask,
} from "./room_store.ts";
import { CryptoError, Refusal } from "../../base/errors.ts";
import { fetchMembershipLog, readEntry } from "../groups/membership_logs.ts";
import { fetchGuests } from "./guests.ts";
import { notInRoom } from "./removing.ts";
import { listRooms } from "../groups/listed.ts";
import { type VerifiedEntry } from "../../crypto/room/entry.ts";
import { fittingBarred } from "../../crypto/room/entry_layouts.ts";

/** Which room, and who does not come along. */
export interface Repair {
  readonly room: RoomHandle;
  readonly without: readonly AccountId[];
}

/**
 * Opens the new group and writes down whom to invite, and who was in charge; `keepRooms` does both. What had not left goes
 * into the new group. May be called again when the answer was lost. Throws Refusal `not-allowed` for who does not own the
 * room, `not-member` for who is not in it.
 */
export async function repairRoom(
  messenger: Messenger,
  link: Link,
  { room, without }: Repair,
): Promise<void> {
  const { own } = messenger.profile;
  const { replaces, people, open } = await findBroken(messenger, link, room);
  const stay = new Map(
    [...people].filter(([account]) => account !== own.account && !without.includes(account)),
  );
  // Into an open room they come by themselves; an owner's and a moderator's role waits for them.
  const others = open === undefined
    ? stay
    : new Map([...stay].filter(([, role]) => role !== "member"));
  const members = open === undefined ? [...others.keys()] : [];
  const barred = open && fittingBarred([...without, ...[...open.barred].toReversed()]);
  const made = await makeRoomGroup(messenger, link, {
    guests: members,
    replaces,
    open: open && { ...open, barred: [...new Set(barred)] },
  });
  const { conversation } = made;
  const { sizes, payload } = joinSections([made.groupInfo, made.entry]);
  const fields = { conversation, members, forceNew: true, replaces, sizes };
  await link.ask("room.create", fields, payload);
  await write(messenger, room, { made, others });
}

async function write(
  messenger: Messenger,
  room: RoomHandle,
  { made: { conversation, membershipLog, state }, others }: {
    made: RoomGroup;
    others: ReadonlyMap<AccountId, RoomRole>;
  },
): Promise<void> {
  const { profile, groups, conversations } = messenger;
  const old = conversations.openWith(room)?.conversation;
  const prepared = await groups.prepare(state, {
    conversation,
    membershipLog,
  });
  const about = old === undefined ? { name: "", topic: "" } : await findAbout(profile, old);
  const writeAbout = await prepareAbout(profile, conversation, about);
  const text = "You repaired this room: it continues with fresh keys once the others rejoin";
  const line = noticeEntry(messenger, { conversation, peer: room, code: "repaired", text });
  await record(messenger, [line], () => {
    // Those whose identity must be accepted first, and who were not invited yet.
    const invited = listRoomTasks(profile.database).filter((task) =>
      task.conversation === old && task.kind === "invite"
    );
    if (old !== undefined) closeConversation(messenger, old);
    conversations.add({ conversation, peer: room, state: "active", joinedLate: false });
    groups.put(prepared);
    writeAbout();
    const add = (account: AccountId, kind: RoomTask["kind"]) =>
      addRoomTask(profile.database, { conversation, kind, account, sinceMs: 0, epoch: 0 });
    for (const { account } of invited) add(account, "invite");
    for (const [account, role] of others) {
      if (membershipLog.open === undefined) add(account, "invite");
      if (role !== "member") add(account, role);
    }
    return true;
  });
}

/** What is to be repaired, and who was in it or invited. */
interface BrokenRoom {
  readonly replaces: ConversationId;
  readonly people: ReadonlyMap<AccountId, RoomRole>;
  /** Its rule, if it is an open room. */
  readonly open: OpenRule | undefined;
}

/** Throws Refusal `not-member`, or `not-allowed` for who does not own it; CryptoError when the server shows another room. */
async function findBroken(
  messenger: Messenger,
  link: Link,
  room: RoomHandle,
): Promise<BrokenRoom> {
  const { conversations, groups, profile: { own } } = messenger;
  const listed = (await listRooms(link)).find((one) => roomHandle(one.room) === room);
  const replaces = listed && parseConversationId(listed.conversation);
  if (listed?.standing !== "member" || replaces === undefined) throw notInRoom(room);
  const open = conversations.openWith(room);
  const known = open && await groups.membershipLogOf(open.conversation);
  const isOurs = known === undefined || known.groupId === replaces ||
    await findRepairer(messenger, link, { conversation: replaces, known }) !== undefined;
  if (!isOurs) {
    throw new CryptoError("refused", "The server shows another room under this number");
  }
  const membershipLog = await presentMembershipLog(messenger, link, {
    conversation: replaces,
    known,
  });
  if (membershipLog.members.get(own.account)?.role !== "owner") {
    throw new Refusal("not-allowed", "You need to be an owner to repair this room");
  }
  const guests = await fetchGuests(messenger, link, membershipLog);
  const people = new Map<AccountId, RoomRole>();
  for (const { account, declined } of guests) if (!declined) people.set(account, "member");
  // Of a repair that came no further: who has not been invited into it again.
  if (known !== undefined && known.groupId !== replaces) addMembers(people, known);
  addMembers(people, membershipLog);
  return { replaces, people, open: membershipLog.open };
}

/** What the server shows, if it goes on from what is known here; else that. */
async function presentMembershipLog(
  messenger: Messenger,
  link: Link,
  { conversation, known }: { conversation: ConversationId; known: MembershipLog | undefined },
): Promise<MembershipLog> {
  const before = known?.groupId === conversation ? known : undefined;
  try {
    return await fetchMembershipLog(messenger, link, conversation, before);
  } catch (error) {
    if (before === undefined || !(error instanceof CryptoError)) throw error;
    return before;
  }
}

function addMembers(people: Map<AccountId, RoomRole>, { members }: MembershipLog): void {
  for (const [account, { role }] of members) people.set(account, role);
}

// Whether a room rightly takes the place of another one under the same number (SR-35): its first entry says so, and an owner
// of the room before signed it. A server could otherwise put any room under a number that people know.

/** As many repairs may have passed while a device was away. */
const MAX_REPAIRS = 16;

/** Who repaired the room that `known` is the membership log of; undefined when nobody did who may. Rejects as `fetchMembershipLog` does. */
export async function findRepairer(
  messenger: Messenger,
  link: Link,
  { conversation, known }: { conversation: ConversationId; known: MembershipLog },
): Promise<AccountId | undefined> {
  let replacement = await fetchFirst(messenger, link, conversation);
  const founder = replacement.signer.account;
  for (let repairs = 1; repairs <= MAX_REPAIRS; repairs++) {
    const before = replacedBy(replacement);
    if (before === undefined) return undefined;
    const membershipLog = before === known.groupId
      ? known
      : await fetchMembershipLog(messenger, link, before);
    if (roleOf(membershipLog, replacement.signer) !== "owner") return undefined;
    // No repair opens a room to which people were invited, nor calls an open one otherwise.
    const { facts } = replacement;
    const name = facts.type === "opening" ? facts.name : undefined;
    if (name !== membershipLog.open?.name) return undefined;
    if (membershipLog === known) return founder;
    replacement = await fetchFirst(messenger, link, before);
  }
  return undefined;
}

async function fetchFirst(
  messenger: Messenger,
  link: Link,
  conversation: ConversationId,
): Promise<VerifiedEntry> {
  const { fields, payload } = await link.ask("room.entries", { conversation, after: 0 });
  const [first] = splitSections(payload, fields.sizes);
  if (first === undefined) throw new CryptoError("refused", "The room has no first entry");
  return await readEntry(messenger, link, first.slice());
}
