/** What is judged of a room before the store is asked, which looks whether it still holds. */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Parts } from "../parts.ts";
import { refuse } from "../refusal.ts";
import type { RepairedRoom, RoomChange } from "../room_store.ts";
import type { StateOf } from "../session.ts";

/**
 * The room that is to be repaired, at the version in which this account is an owner: the store looks whether it still is.
 * One that is closed, or that the account is not in, is at none: it may be that this repair was done, and asked for again.
 */
export async function findRepaired(
  parts: Parts,
  { account }: StateOf<"ready">,
  conversation: ConversationId,
): Promise<RepairedRoom> {
  const room = await parts.store.findRoom({ conversation, account });
  if (room?.standing !== "member") return { conversation, version: undefined };
  const { version } = room;
  const { members } = await parts.rooms.charter(conversation, version);
  if (members.get(account)?.role !== "owner") {
    throw refuse("not-allowed", "Only an owner can repair a room");
  }
  return { conversation, version };
}

/** Of a version that the charter has left: nobody judges it, and the store only tells whether it was committed before. */
export function passedChange(version: number, entry: Bytes): RoomChange {
  const given = entry.length === 0 ? undefined : entry;
  return { version, entry: given, admits: undefined, expels: undefined };
}

/** Leaves go by an order for their account, or are the committer's own (SR-10). */
export function requireRightDevices(
  removed: readonly { account: AccountId }[],
  own: AccountId,
  expelled: AccountId | undefined,
): void {
  if (!removed.every(({ account }) => account === (expelled ?? own))) {
    throw refuse("not-allowed", "The room's rules do not allow this");
  }
}
