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
import { type Messenger, note } from "../store/messenger.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import { forgetAhead, isFirstTold, wasTold } from "./pending_room_info.ts";
import { comeIn, type RoomPlace } from "./entering.ts";
import { fetchGuests, type Guest, invitationState } from "./guests.ts";
import { notInRoom, unknownRoom } from "./removing.ts";
import type { RoomInfo } from "./room_store.ts";
import { listRooms } from "../groups/listed.ts";
import type { Link } from "../link/link.ts";
import { AnswerPolicy } from "../contacts/answer_policy.ts";
import { leaveBehind } from "../groups/closing.ts";
import type { Profile } from "../profile/profile.ts";
import { readEntry } from "../groups/membership_logs.ts";

/** A room that waits for this account. */
export interface RoomInvitation {
  readonly room: RoomHandle;
  readonly conversation: ConversationId;
  readonly invitedBy: AccountId;
  readonly expiresMs: number;
}

/** Invitations that were not answered. All but `asksFirst` and `stateOf` needs the server and throws TransportError `offline`. */
export class InvitedRooms {
  readonly #messenger: Messenger;
  readonly #online: () => OnlineLink;

  constructor(messenger: Messenger, online: () => OnlineLink) {
    this.#messenger = messenger;
    this.#online = online;
  }

  /** Whether this profile asks before it comes into a room. */
  get asksFirst(): boolean {
    return asksFirst(this.#messenger.profile);
  }

  set asksFirst(isOn: boolean) {
    setAsksFirst(this.#messenger.profile, isOn);
  }

  /** By number. */
  async list(): Promise<readonly RoomInvitation[]> {
    const { link } = this.#online();
    const invitations: RoomInvitation[] = [];
    for (const { room, conversation: id, standing } of await listRooms(link)) {
      const conversation = parseConversationId(id);
      if (standing !== "invited" || conversation === undefined) continue;
      const read = await readInvitation(this.#messenger, link, { conversation });
      const { contactStatuses } = this.#messenger.contacts;
      if (contactStatuses.hearing(read.invitedBy) === "unheard") continue;
      invitations.push({ room: roomHandle(room), conversation, ...read });
    }
    return invitations;
  }

  /** Comes in. Throws Refusal `unknown-room` or `not-member`, or TrustError when who invites has another identity than before. */
  async join(room: RoomHandle): Promise<void> {
    const { link, syncEngine } = this.#online();
    const { conversation } = await this.#find(room);
    const joined = await comeIn(this.#messenger, link, { conversation, room });
    if (joined === "not-ours") {
      throw new Refusal("not-allowed", `Room ${roomNumber(room)} does not match its invitation`);
    }
    if (joined === "busy") throw new Refusal("stale-epoch", "Others were faster: try again");
    await syncEngine.keepRooms();
  }

  /** Who was invited to a room of this account and has not come in. */
  async guestsOf({ conversation, room }: RoomInfo): Promise<readonly Guest[]> {
    const membershipLog = await this.#messenger.groups.membershipLogOf(conversation);
    if (membershipLog === undefined) throw notInRoom(room);
    return await fetchGuests(this.#messenger, this.#online().link, membershipLog);
  }

  /** How far this device's own invitation of an account is; asks nobody. */
  stateOf({ conversation }: RoomInfo, account: AccountId): "queued" | "sent" | undefined {
    return invitationState(this.#messenger.profile.database, conversation, account);
  }

  /** Turns the invitation down: those in charge are told, and the room is not heard of any more. Throws Refusal. */
  async decline(room: RoomHandle): Promise<void> {
    const { conversation } = await this.#find(room);
    await this.#online().link.ask("room.decline", { conversation });
    forgetAhead(this.#messenger.profile, conversation);
  }

  async #find(room: RoomHandle): Promise<{ conversation: ConversationId }> {
    const listed = (await listRooms(this.#online().link))
      .find((one) => roomHandle(one.room) === room);
    const conversation = listed && parseConversationId(listed.conversation);
    if (listed?.standing === "member") {
      throw new Refusal(
        "already-in-room",
        `You are already in room ${roomNumber(room)}: room leave ${roomNumber(room)} leaves it`,
      );
    }
    if (listed?.standing === "invited" && conversation !== undefined) return { conversation };
    const number = roomNumber(room);
    const { fields } = await this.#online().link.ask("room.find", { room: number });
    throw fields.exists
      ? new Refusal("not-member", `You are not invited to room ${number}.`)
      : unknownRoom(`${number}`);
  }
}

// Invitations to this account: what there is to say of them, and whether the person is asked first.

/** In table `mark`: 1 while the person is asked before their device comes into a room. */
const ASKS_FIRST = "asks before rooms";

/** Whether the person is asked first; without a word of theirs a device comes in by itself. */
function asksFirst({ database }: Pick<Profile, "database">): boolean {
  const value = database.query("SELECT value FROM mark WHERE name = ?", (row) => {
    return row.integer("value");
  }).first(ASKS_FIRST);
  return value === 1;
}

/** See `asksFirst`. */
function setAsksFirst({ database }: Pick<Profile, "database">, isOn: boolean): void {
  database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)").run(ASKS_FIRST, isOn ? 1 : 0);
}

/** Who signed the invitation of this account, and until when it is of use. Throws Refusal `unknown-room`. */
async function readInvitation(
  messenger: Messenger,
  link: Link,
  { conversation }: Pick<RoomPlace, "conversation">,
): Promise<{ invitedBy: AccountId; expiresMs: number }> {
  const { payload } = await link.ask("room.invitation", { conversation });
  const { facts, signer } = await readEntry(messenger, link, payload.slice());
  const expiresMs = facts.type === "admission" ? facts.expiresMs : 0;
  return { invitedBy: signer.account, expiresMs };
}

/**
 * Of an invitation that is listed: whether this device does not come in by itself. The person is told once, and has to say; an
 * invitation of somebody whom they do not want to hear is passed over.
 */
export async function waitsForWord(
  messenger: Messenger,
  link: Link,
  place: RoomPlace,
): Promise<boolean> {
  const known = messenger.conversations.find(place.conversation);
  // Put out and asked in again, while this device was away.
  if (known !== undefined) await leaveBehind(messenger, known);
  const { invitedBy } = await readInvitation(messenger, link, place);
  const hearing = messenger.contacts.contactStatuses.hearing(invitedBy);
  if (hearing === "unheard") return true;
  const rule = new AnswerPolicy(messenger.profile).of(invitedBy, "rooms");
  // What was asked stays asked, also when whoever invites has become a contact since.
  const asks = rule === undefined
    ? asksFirst(messenger.profile) || wasTold(messenger.profile, place.conversation)
    : rule !== "accept";
  if (hearing === "heard" && !asks) return false;
  await tellInvited(messenger, link, place);
  return true;
}

async function tellInvited(
  messenger: Messenger,
  link: Link,
  { conversation, room: peer }: RoomPlace,
): Promise<void> {
  const { invitedBy, expiresMs } = await readInvitation(messenger, link, { conversation });
  if (!isFirstTold(messenger.profile, { conversation, expiresMs })) return;
  const number = roomNumber(peer);
  const text =
    `${invitedBy} invites you to this room: room join ${number}, or room decline ${number}`;
  await note(messenger, { conversation, peer, code: "invited", text });
}
