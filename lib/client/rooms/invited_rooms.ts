/** The rooms that an account is invited to, as faces use them. */

import { Refusal } from "../../base/errors.ts";
import {
  type AccountId,
  type ConversationId,
  parseConversationId,
  type RoomHandle,
  roomHandle,
  roomNumber,
} from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import { forgetAhead } from "./pending_room_info.ts";
import { comeIn } from "./entering.ts";
import { fetchGuests, type Guest } from "./guests.ts";
import { asksFirst, readInvitation, setAsksFirst } from "./invitations_in.ts";
import { notInRoom, unknownRoom } from "./removing.ts";
import { invitationState } from "./room_guests.ts";
import type { RoomInfo } from "./room_store.ts";
import { listRooms } from "../groups/listed.ts";

/** A room that waits for this account. */
export interface RoomInvitation {
  readonly room: RoomHandle;
  readonly conversation: ConversationId;
  readonly invitedBy: AccountId;
  readonly expiresMs: number;
}

/** Invitations that were not answered. All but `asksFirst` and `stateOf` needs the server and throws TransportError `offline`. */
export class InvitedRooms {
  constructor(private readonly messenger: Messenger, private readonly online: () => OnlineLink) {}

  /** Whether this profile asks before it comes into a room. */
  get asksFirst(): boolean {
    return asksFirst(this.messenger.profile);
  }

  set asksFirst(isOn: boolean) {
    setAsksFirst(this.messenger.profile, isOn);
  }

  /** By number. */
  async list(): Promise<readonly RoomInvitation[]> {
    const { link } = this.online();
    const invitations: RoomInvitation[] = [];
    for (const { room, conversation: id, standing } of await listRooms(link)) {
      const conversation = parseConversationId(id);
      if (standing !== "invited" || conversation === undefined) continue;
      const read = await readInvitation(this.messenger, link, { conversation });
      const { contactStatuses } = this.messenger.contacts;
      if (contactStatuses.hearing(read.invitedBy) === "unheard") continue;
      invitations.push({ room: roomHandle(room), conversation, ...read });
    }
    return invitations;
  }

  /** Comes in. Throws Refusal `unknown-room` or `not-member`, or TrustError when who invites has another identity than before. */
  async join(room: RoomHandle): Promise<void> {
    const { link, syncEngine } = this.online();
    const { conversation } = await this.#find(room);
    const joined = await comeIn(this.messenger, link, { conversation, room });
    if (joined === "not-ours") {
      throw new Refusal("not-allowed", `Room ${roomNumber(room)} is not what its invitation says`);
    }
    if (joined === "busy") throw new Refusal("stale-epoch", "Others came first: try again");
    await syncEngine.keepRooms();
  }

  /** Who was invited to a room of this account and has not come in. */
  async guestsOf({ conversation, room }: RoomInfo): Promise<readonly Guest[]> {
    const membershipLog = await this.messenger.groups.membershipLogOf(conversation);
    if (membershipLog === undefined) throw notInRoom(room);
    return await fetchGuests(this.messenger, this.online().link, membershipLog);
  }

  /** How far this device's own invitation of an account is; asks nobody. */
  stateOf({ conversation }: RoomInfo, account: AccountId): ReturnType<typeof invitationState> {
    return invitationState(this.messenger.profile.database, conversation, account);
  }

  /** Turns the invitation down: those in charge are told, and the room is not heard of any more. Throws Refusal. */
  async decline(room: RoomHandle): Promise<void> {
    const { conversation } = await this.#find(room);
    await this.online().link.ask("room.decline", { conversation });
    forgetAhead(this.messenger.profile, conversation);
  }

  async #find(room: RoomHandle): Promise<{ conversation: ConversationId }> {
    const listed = (await listRooms(this.online().link))
      .find((one) => roomHandle(one.room) === room);
    const conversation = listed && parseConversationId(listed.conversation);
    if (listed?.standing === "member") {
      throw new Refusal(
        "already-in-room",
        `You are in room ${roomNumber(room)} already: room leave ${roomNumber(room)} leaves it`,
      );
    }
    if (listed?.standing === "invited" && conversation !== undefined) return { conversation };
    const number = roomNumber(room);
    const { fields } = await this.online().link.ask("room.find", { room: number });
    throw fields.exists
      ? new Refusal("not-member", `You are not invited to room ${number}.`)
      : unknownRoom(`${number}`);
  }
}
