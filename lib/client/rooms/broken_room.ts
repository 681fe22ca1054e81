/** A room that is to be repaired: which group stands under its number now, and who belongs to it. */

import { CryptoError, Refusal } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  parseConversationId,
  type RoomHandle,
  roomHandle,
} from "../../base/ids.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";
import type { Link } from "../link/link.ts";
import type { Messenger } from "../store/messenger.ts";
import { fetchMembershipLog } from "../groups/membership_logs.ts";
import { fetchGuests } from "./guests.ts";
import { findRepairer } from "./replacements.ts";
import { notInRoom } from "./removing.ts";
import { listRooms } from "./room_list.ts";

/** What is to be repaired, and who was in it or invited. */
export interface BrokenRoom {
  readonly replaces: ConversationId;
  readonly people: ReadonlyMap<AccountId, RoomRole>;
}

/** Throws Refusal `not-member`, or `not-allowed` for who does not own it; CryptoError when the server shows another room. */
export async function findBroken(
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
  return { replaces, people };
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
