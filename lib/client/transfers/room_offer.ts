/**
 * Files for a room: one offer, sealed once, and one upload, but a transfer of its own for each member. So everybody answers for
 * themselves, and what is said of one is ordinary. See docs/decisions/0031-files.md.
 */

import { utf8 } from "../../base/bytes.ts";
import { Bug, Refusal, UsageError } from "../../base/errors.ts";
import {
  type AccountId,
  fingerprint,
  parseTransferId,
  type RoomHandle,
  type TransferId,
} from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";

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
export async function otherMembers(
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
    `Nobody else is in room ${room} yet: files go to who is in it`,
  );
}
