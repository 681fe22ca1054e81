/** Who of a room is told of what, over the connections that there are. */

import type { AccountId, ConversationId } from "../base/ids.ts";
import type { PushFields } from "../protocol/hop/mod.ts";
import type { Parts } from "./parts.ts";

/** A kick concerns the rooms that the account is in; of more than that their owners learn at their next look. */
const MAX_ROOMS = 200;

/** Tells those accounts that something changed for them in a room. */
export function tell(
  { sessions }: Pick<Parts, "sessions">,
  accounts: readonly AccountId[],
  news: PushFields<"room.news">,
): void {
  for (const account of accounts) {
    for (const session of sessions.of(account)) {
      if (session.state.name === "ready") session.push("room.news", news);
    }
  }
}

/** An account is not in a room any more: it watches, reads and sends nothing there from now on, and is told. */
export async function expel(
  parts: Pick<Parts, "sessions" | "streams" | "spool">,
  account: AccountId,
  { room, conversation }: { readonly room: number; readonly conversation: ConversationId },
): Promise<void> {
  parts.streams.removed(conversation, [account]);
  for (const session of parts.sessions.of(account)) await session.spoolDesk?.reconsider(account);
  await parts.spool.dropUnfinished(account, room);
  tell(parts, [account], { room, conversation, news: "removed" });
}

/** The owners and moderators of a room. */
export async function officersOf(
  { rooms }: Pick<Parts, "rooms">,
  { conversation, version }: { conversation: ConversationId; version: number },
): Promise<readonly AccountId[]> {
  const { members } = await rooms.charter(conversation, version);
  return [...members].filter(([, { role }]) => role !== "member").map(([account]) => account);
}

/** A kick removes nobody from sealed rooms: those in charge of them are told, and may (SR-37). */
export async function tellOfKick(
  parts: Pick<Parts, "sessions" | "rooms" | "store">,
  kicked: AccountId,
): Promise<void> {
  const rooms = await parts.store.listRoomsOf({ account: kicked, limit: MAX_ROOMS });
  for (const place of rooms) {
    const { room, conversation } = place;
    const officers = (await officersOf(parts, place)).filter((account) => account !== kicked);
    tell(parts, officers, { room, conversation, news: "kicked" });
  }
}
