/** The rooms of a client, as its faces use them. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { type AccountId, isRoom, parseRoomHandle, type RoomHandle } from "../../base/ids.ts";
import type { MembershipLog, RoomRole } from "../../crypto/room/membership_log.ts";
import type { Contact } from "../store/contacts.ts";
import type { Messenger } from "../store/messenger.ts";
import type { OnlineLink } from "../sending/online_link.ts";
import { type Founded, foundRoom, type NewRoom } from "./founding.ts";
import { InvitedRooms } from "./invited_rooms.ts";
import { OpenRooms } from "./open_rooms.ts";
import { askRemoval, notInRoom, unknownRoom } from "./removing.ts";
import { addRoomTask, findAbout, type RoomAbout, type RoomInfo } from "./room_store.ts";
import { announceAbout, nameRules } from "./naming.ts";
import { type Repair, repairRoom } from "./repairing.ts";
import { proposeRoles } from "./roles.ts";

/** Founding, inviting, removing. What needs the server throws TransportError `offline` without a connection. */
export class ClientRooms {
  readonly #messenger: Messenger;
  readonly #online: () => OnlineLink;
  /** Rooms that wait for this account, and who waits for its own. */
  readonly invited: InvitedRooms;
  /** Rooms that everybody may come into. */
  readonly open: OpenRooms;
  /** What owners and moderators do. */
  readonly lead: RoomLead;

  constructor(messenger: Messenger, online: () => OnlineLink) {
    this.#messenger = messenger;
    this.#online = online;
    this.invited = new InvitedRooms(messenger, online);
    this.open = new OpenRooms(messenger, online);
    this.lead = new RoomLead(messenger, online);
  }

  /** Founds a room and invites the guests. Throws Refusal `unknown-account`, UsageError `room-name`. */
  async found(room: NewRoom): Promise<Founded> {
    const founded = await foundRoom(this.#messenger, this.#online().link, room);
    if (founded.result === "created") await this.#online().syncEngine.keepRooms();
    return founded;
  }

  /** The rooms that this profile is in, by number. */
  async list(): Promise<readonly RoomInfo[]> {
    const open = this.#messenger.conversations.list().flatMap(({ peer }) =>
      isRoom(peer) ? [peer] : []
    );
    const rooms = await Promise.all(open.map((room) => this.find(room)));
    return rooms.filter((room) => room !== undefined)
      .sort((left, right) =>
        left.room.length - right.room.length || (left.room < right.room ? -1 : 1)
      );
  }

  /** A room that this profile is in. */
  async find(room: RoomHandle): Promise<RoomInfo | undefined> {
    const { conversations, groups, profile } = this.#messenger;
    const open = conversations.openWith(room);
    const membershipLog = open && await groups.membershipLogOf(open.conversation);
    const own = membershipLog?.members.get(profile.own.account);
    if (open === undefined || membershipLog === undefined || own === undefined) return undefined;
    const { conversation } = open;
    const members = new Map(
      [...membershipLog.members].map(([account, { role }]) => [account, role]),
    );
    const { open: rule } = membershipLog;
    const about = rule === undefined
      ? await findAbout(profile, conversation)
      : { name: rule.name, topic: rule.topic };
    return { room, conversation, members, role: own.role, openTo: rule?.size, ...about };
  }

  /**
   * The room that a person means by `256`, `#256`, `#ops` or `ops`. Throws Refusal `unknown-room` or `not-member` (row S3.33),
   * UsageError when several have that name.
   */
  async named(text: string): Promise<RoomInfo> {
    const name = text.startsWith("#") ? text.slice(1) : text;
    const handle = parseRoomHandle(`#${name}`);
    const known = handle && await this.find(handle);
    if (known !== undefined) return known;
    const rooms = (await this.list()).filter((room) => room.name !== "" && room.name === name);
    if (rooms.length > 1) {
      const handles = rooms.map(({ room }) => room).join(", ");
      throw new UsageError("ambiguous-room", `Several rooms are named ${name}: ${handles}`);
    }
    if (rooms.length === 1) return rooms[0];
    if (handle === undefined) throw unknownRoom(name);
    const { fields } = await this.#online().link.ask("room.find", { room: Number(name) });
    throw fields.exists
      ? new Refusal("not-member", `You are not a member of room ${name}.`)
      : unknownRoom(name);
  }

  /**
   * Invites accounts: now, or as soon as their identity is accepted. All are written down before the server is asked: whatever
   * happens then, they are invited. Throws Refusal `not-allowed`, and nobody is.
   */
  async invite({ conversation, role, members }: RoomInfo, ...guests: Contact[]): Promise<void> {
    if (role === "member") throw notAllowed("invite to");
    const inside = guests.find(({ account }) => members.has(account));
    if (inside !== undefined) {
      throw new Refusal("not-allowed", `${inside.name} is already in this room`);
    }
    const { database } = this.#messenger.profile;
    database.transaction(() => {
      for (const { account } of guests) {
        addRoomTask(database, { conversation, kind: "invite", account, sinceMs: 0, epoch: 0 });
      }
    });
    await this.#online().syncEngine.keepRooms();
  }

  /** Removes an account, or takes its invitation back. Throws Refusal `not-allowed`, `not-member` for who is neither. */
  async remove(room: RoomInfo, account: AccountId): Promise<void> {
    requireRight(room, room.members.get(account));
    // An open room keeps out who was never in it, too.
    if (!room.members.has(account) && room.openTo === undefined) {
      const guests = await this.invited.guestsOf(room);
      if (!guests.some((guest) => guest.account === account)) {
        throw new Refusal("not-member", `${account} is neither in this room nor invited`);
      }
    }
    const membershipLog = await this.#membershipLog(room);
    await askRemoval(this.#messenger, this.#online().link, { membershipLog, account });
    await this.#online().syncEngine.keepRooms();
  }

  /** Leaves. The last owner has to hand the room over first; whoever is alone closes it. Throws Refusal `not-allowed`. */
  async leave(room: RoomInfo): Promise<void> {
    const { conversation } = room;
    const { account } = this.#messenger.profile.own;
    const membershipLog = await this.#membershipLog(room);
    const { link, syncEngine } = this.#online();
    const owners =
      [...membershipLog.members.values()].filter(({ role }) => role === "owner").length;
    if (membershipLog.members.size > 1 && room.role === "owner" && owners === 1) {
      throw new Refusal(
        "not-allowed",
        "You are the only owner: make somebody else an owner first",
      );
    }
    if (membershipLog.members.size === 1) await link.ask("room.close", { conversation });
    else await askRemoval(this.#messenger, link, { membershipLog, account });
    await syncEngine.keepRooms();
  }

  async #membershipLog({ conversation, room }: RoomInfo): Promise<MembershipLog> {
    const membershipLog = await this.#messenger.groups.membershipLogOf(conversation);
    if (membershipLog === undefined) throw notInRoom(room);
    return membershipLog;
  }
}

/** Who may put out a member of that role, or a guest; the server judges it too. Throws Refusal `not-allowed`. */
function requireRight({ role }: RoomInfo, target: RoomRole | undefined): void {
  if (role === "member") throw notAllowed("remove somebody from");
  if (role === "owner" || target === undefined || target === "member") return;
  throw notAllowed("remove an owner or moderator from", "an owner");
}

/** All of it needs the server and throws TransportError `offline` without a connection. */
class RoomLead {
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
    if (!membershipLog.members.has(account)) {
      throw new Refusal("not-member", "They are not a member");
    }
    await proposeRoles(this.#messenger, membershipLog, new Map(room.members).set(account, role));
    await this.#online().syncEngine.keepRooms();
  }

  /** Says name and topic anew. Throws Refusal `not-allowed`, UsageError `room-name`. */
  async setAbout(room: RoomInfo, about: RoomAbout): Promise<void> {
    if (room.openTo !== undefined) {
      throw new Refusal(
        "not-allowed",
        "An open room keeps the name and topic that it was created with",
      );
    }
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
function notAllowed(what: string, who = "an owner or moderator"): Refusal {
  return new Refusal("not-allowed", `You need to be ${who} to ${what} this room`);
}
