/** A room as faces show it. */

import type { AccountId, ConversationId, RoomHandle } from "../../base/ids.ts";
import type { RoomRole } from "../../crypto/room/membership_log.ts";
import type { RoomAbout } from "./room_store.ts";

/** A room as its members see it. */
export interface RoomInfo extends RoomAbout {
  readonly room: RoomHandle;
  readonly conversation: ConversationId;
  readonly members: ReadonlyMap<AccountId, RoomRole>;
  /** What this account is in it. */
  readonly role: RoomRole;
}
