/** What those in charge do with a room: say who is in charge, what it is called, and let it go on when it cannot. */

import { Refusal } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { RoomRole } from "../../crypto/room/membership_log.ts";
import type { Messenger } from "../store/messenger.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import { announceAbout, nameRules } from "./naming.ts";
import { notInRoom } from "./removing.ts";
import { type Repair, repairRoom } from "./repairing.ts";
import { proposeRoles } from "./roles.ts";
import type { RoomInfo } from "./room_info.ts";
import type { RoomAbout } from "./room_store.ts";

/** All of it needs the server and throws TransportError `offline` without a connection. */
export class RoomLead {
  readonly #messenger: Messenger;
  readonly #online: () => OnlineLink;

  constructor(messenger: Messenger, online: () => OnlineLink) {
    this.#messenger = messenger;
    this.#online = online;
  }

  /** Makes a member an owner, a moderator or a plain member. Throws Refusal `not-allowed`. */
  async setRole(room: RoomInfo, account: AccountId, role: RoomRole): Promise<void> {
    if (room.role !== "owner") throw notAllowed("change roles in", "an owner");
    const membershipLog = await this.#messenger.groups.membershipLogOf(room.conversation);
    if (membershipLog === undefined) throw notInRoom(room.room);
    if (!membershipLog.members.has(account)) throw new Refusal("not-member", "That is no member");
    await proposeRoles(this.#messenger, membershipLog, new Map(room.members).set(account, role));
    await this.#online().syncEngine.keepRooms();
  }

  /** Says name and topic anew. Throws Refusal `not-allowed`, UsageError `room-name`. */
  async setAbout(room: RoomInfo, about: RoomAbout): Promise<void> {
    if (room.role === "member") throw notAllowed("name");
    nameRules(about);
    await announceAbout(this.#messenger, room.conversation, about);
    await this.#online().syncEngine.keepRooms();
  }

  /**
   * Opens a new group for a room that cannot go on (SR-35); it need not be known here. What waits goes into it. Throws
   * Refusal `not-allowed`, `not-member`.
   */
  async repair(repair: Repair): Promise<void> {
    const { link, syncEngine } = this.#online();
    await repairRoom(this.#messenger, link, repair);
    await syncEngine.keepRooms();
    await syncEngine.send();
  }
}

/** What to throw when somebody is not in charge: `what` they wanted, and `who` may. */
export function notAllowed(what: string, who = "an owner or moderator"): Refusal {
  return new Refusal("not-allowed", `You need to be ${who} to ${what} this room`);
}
