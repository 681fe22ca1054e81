/** Who of a room is told of what, over the connections that there are. */

import { describeError } from "../../base/errors.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { PushFields } from "../../protocol/hop/mod.ts";
import type { Bus } from "../bus/bus.ts";
import type { Rooms } from "./rooms.ts";
import type { RoomStore } from "../store/room_store.ts";

/** Whoever tells needs some of them. */
interface RoomNewsServices {
  readonly bus: Bus;
  readonly rooms: Rooms;
  readonly store: RoomStore;
}

const log = logger("server", "rooms");

/** A kick concerns the rooms that the account is in; of more than that their owners learn at their next look. */
const MAX_ROOMS = 200;

/** Tells those accounts that something changed for them in a room. */
export async function tell(
  { bus }: Pick<RoomNewsServices, "bus">,
  accounts: readonly AccountId[],
  news: PushFields<"room.news">,
): Promise<void> {
  await bus.toAccounts(accounts, "room.news", news);
}

/** The owners and moderators of a room. */
export async function roomAdminsOf(
  { rooms }: Pick<RoomNewsServices, "rooms">,
  { conversation, version }: { conversation: ConversationId; version: number },
): Promise<readonly AccountId[]> {
  const { members } = await rooms.membershipLog(conversation, version);
  return [...members].filter(([, { role }]) => role !== "member").map(([account]) => account);
}

/**
 * A kick removes nobody from sealed rooms: those in charge of them are told, and may (SR-37). Never rejects for one room: its
 * owners learn at their next look, and the other rooms' and later kicks do not wait for that.
 */
export async function tellOfKick(
  parts: Pick<RoomNewsServices, "bus" | "rooms" | "store">,
  kicked: AccountId,
): Promise<void> {
  const rooms = await parts.store.listRoomsOf({ account: kicked, limit: MAX_ROOMS });
  for (const place of rooms) {
    const { room, conversation } = place;
    try {
      const roomAdmins = (await roomAdminsOf(parts, place)).filter((account) => account !== kicked);
      await tell(parts, roomAdmins, { room, conversation, news: "kicked" });
    } catch (error) {
      log.error("owners not told of a kick", { room, reason: describeError(error) });
    }
  }
}
