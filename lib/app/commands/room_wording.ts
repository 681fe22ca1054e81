/** What commands about rooms report, and its words. */

import { kindOf } from "../../client/store/conversation_kinds.ts";
import { type AccountId, type RoomHandle, roomHandle, roomNumber } from "../../base/ids.ts";
import { onOneLine, safeText } from "../../base/safe_text.ts";
import type { InvitedRooms } from "../../client/rooms/invited_rooms.ts";
import type { Wording } from "../../commands/wording.ts";
import { showName } from "../names.ts";
import type { RoomFacts } from "../rooms/room_facts.ts";
import { formatTime } from "../when.ts";

/** An invitation that waits. */
export interface WaitingInvitation {
  readonly room: RoomHandle;
  readonly by: AccountId;
  readonly name: string;
  readonly expiresMs: number;
}

interface OfRoom {
  readonly room: number;
  /** Where the room stands in a line. */
  readonly shown: string;
}
interface OfMember extends OfRoom {
  readonly account: AccountId;
  readonly name: string;
}
type Guest = Awaited<ReturnType<InvitedRooms["guestsOf"]>>[number] & { readonly name: string };

/** An open room as programs get it, by the server's word. */
interface OpenRoomFacts {
  readonly room: number;
  readonly name: string;
  readonly topic: string;
  readonly members: number;
  readonly size: number;
  /** Whether this account is in it. */
  readonly member: boolean;
  readonly lobby: boolean;
}

/** Every kind of report of these commands. */
export interface RoomKinds {
  "room-invitations": { readonly way: string; readonly asksFirst: boolean };
  "room-invitation": WaitingInvitation;
  "no-invitations": Record<never, never>;
  "room-joined": {
    readonly room: number;
    readonly shown: string;
    readonly open: boolean;
    readonly notice: string | undefined;
    readonly wasIn: boolean;
  };
  "open-room": OpenRoomFacts;
  "no-open-rooms": Record<never, never>;
  "room-declined": { readonly room: number };
  "room-named": RoomFacts & Pick<OfRoom, "shown">;
  "room-topic": RoomFacts & Pick<OfRoom, "shown"> & { readonly isNew: boolean };
  "room-listed": RoomFacts;
  "no-rooms": Record<never, never>;
  "room-described": RoomFacts & { readonly own: AccountId; readonly invited: readonly Guest[] };
  "room-created": Pick<RoomFacts, "room" | "name" | "topic" | "open"> & Pick<OfRoom, "shown"> & {
    readonly notice: string | undefined;
    readonly users: readonly { readonly account: AccountId; readonly name: string }[];
  };
  "invited-later": { readonly name: string };
  "no-topic": Pick<OfRoom, "shown">;
  "room-left": OfRoom;
  "room-repaired": OfRoom & { readonly without: readonly AccountId[] };
  "room-invited": OfMember & { readonly isLater: boolean };
  "room-removed": OfMember;
  "room-role": OfMember & { readonly role: RoomFacts["role"] };
}

/** `#256 ops: the night shift`. */
function roomTitle(
  { room, name, topic }: Pick<RoomFacts, "room" | "name" | "topic">,
): string {
  const called = name === "" ? "" : ` ${showName(name)}`;
  return `#${room}${called}${topic === "" ? "" : `: ${oneLine(topic)}`}`;
}

/** `#ops · 12 members`. */
export function membersTitle({ room, name, members }: RoomFacts): string {
  return `#${name === "" ? room : oneLine(name)} · ${membersOf(members.length)}`;
}

function oneLine(foreign: string): string {
  return onOneLine(safeText(foreign));
}

function membersOf(count: number): string {
  return count === 1 ? "1 member" : `${count} members`;
}

/** What is said of its kind goes behind what was done. */
function withNotice(words: string, notice: string | undefined): string {
  return notice === undefined ? words : `${words}\nIt is ${notice}`;
}

const ofMember = ({ room, account, name }: OfMember) => ({ room, account, name });

/** Its words. */
export const ROOM_WORDING: Wording<RoomKinds> = {
  "room-invitations": {
    fields: ({ way }) => ({ way }),
    line: ({ asksFirst }) =>
      asksFirst
        ? "You are asked before you join a room"
        : "You join rooms as soon as somebody invites you",
  },
  "room-invitation": {
    fields: ({ room, by, expiresMs }) => ({ room: roomNumber(room), by, expiresMs }),
    line: ({ room, name, expiresMs }) =>
      `${room}: ${showName(name)} invites you, until ${formatTime(expiresMs)}`,
  },
  "no-invitations": { isNote: true, line: () => "no invitations" },
  "room-joined": {
    fields: ({ room, open }) => ({ room, open }),
    // Who came in new reads that in the room itself.
    line: ({ shown, notice, wasIn }, { seesOpened }) =>
      wasIn || seesOpened !== true
        ? withNotice(`You are now in ${shown}`, notice)
        : notice === undefined
        ? []
        : `It is ${notice}`,
  },
  "open-room": {
    line: (room) =>
      `${roomTitle(room)} (${room.members} of ${room.size} members${
        room.member ? ", you are in it" : ""
      }${room.lobby ? ", the lobby" : ""})`,
  },
  "no-open-rooms": { isNote: true, line: () => "this server has no open rooms" },
  "room-declined": { line: ({ room }) => `You declined #${room}` },
  "room-named": {
    type: "room",
    fields: ({ shown: _, ...fields }) => fields,
    line: ({ shown, topic }) =>
      `This room is now called ${shown}${topic === "" ? "" : `. Its topic: ${oneLine(topic)}`}`,
  },
  "room-topic": {
    type: "room",
    fields: ({ shown: _, isNew: __, ...fields }) => fields,
    line: ({ shown, topic, isNew }) => {
      // Of one that has none, that is said.
      if (topic === "") return isNew ? `${shown} has no topic now` : [];
      return `The topic of ${shown} is${isNew ? " now" : ""}: ${oneLine(topic)}`;
    },
  },
  "room-listed": {
    type: "room",
    line: (room) => {
      const open = room.open ? "open, " : "";
      return `${roomTitle(room)} (${open}${membersOf(room.members.length)}, you are ${room.role})`;
    },
  },
  "no-rooms": { isNote: true, line: () => "you are in no rooms" },
  "room-described": {
    type: "room",
    isList: true,
    fields: ({ own: _, ...fields }) => fields,
    line: (room) => {
      const lines = room.members.map(({ account, name, role }) =>
        `${showName(name)}, ${role}${account === room.own ? " (you)" : ""}`
      );
      const guests = room.invited.map(({ name, declined, expiresMs }) => {
        const how = declined ? "declined the invitation" : `invited until ${formatTime(expiresMs)}`;
        return `${showName(name)}, ${how}`;
      });
      const { notice } = kindOf(roomHandle(room.room), room.open);
      const full = room.open ? [`${notice}; up to ${room.size} members`] : [];
      return [roomTitle(room), ...full, ...lines, ...guests];
    },
  },
  "room-created": {
    fields: ({ users, notice: _, shown: __, ...fields }) => ({
      ...fields,
      users: users.map(({ account }) => account),
    }),
    // By its name, which people say; its number is a field.
    line: ({ users, shown, notice }) =>
      notice === undefined
        ? `Created ${shown}, with ${users.map(({ name }) => showName(name)).join(", ")}`
        : withNotice(`Created ${shown}`, notice),
  },
  "invited-later": {
    isNote: true,
    line: ({ name }) => `${showName(name)} is invited once you accept their new identity`,
  },
  "no-topic": { isNote: true, fields: () => ({}), line: ({ shown }) => `${shown} has no topic` },
  "room-left": { fields: ({ room }) => ({ room }), line: ({ shown }) => `You left ${shown}` },
  "room-repaired": {
    fields: ({ room, without }) => ({ room, without }),
    line: ({ shown }) => `${shown} continues with fresh keys: everybody is invited again`,
  },
  "room-invited": {
    fields: ofMember,
    line: ({ name, shown, isLater }) =>
      `Invited ${showName(name)} to ${shown}${
        isLater ? " once you accept their new identity" : ""
      }`,
  },
  "room-removed": {
    fields: ofMember,
    line: ({ name, shown }) => `Removed ${showName(name)} from ${shown}`,
  },
  "room-role": {
    fields: (facts) => ({ ...ofMember(facts), role: facts.role }),
    line: ({ name, role, shown }) => `${showName(name)} is now ${role} of ${shown}`,
  },
};
