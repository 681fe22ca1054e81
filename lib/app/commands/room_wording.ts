/** What commands about rooms report, and its words. */

import { type AccountId, type RoomHandle, roomNumber } from "../../base/ids.ts";
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

/** Every kind of report of these commands. */
export interface RoomKinds {
  "room-invitations": { readonly way: string; readonly asksFirst: boolean };
  "room-invitation": WaitingInvitation;
  "no-invitations": Record<never, never>;
  "room-joined": { readonly room: number; readonly shown: string };
  "room-declined": { readonly room: number };
  "room": RoomFacts;
  "room-listed": RoomFacts;
  "no-rooms": Record<never, never>;
  "room-described": RoomFacts & { readonly own: AccountId; readonly invited: readonly Guest[] };
  "room-created": Pick<RoomFacts, "room" | "name" | "topic"> & {
    readonly users: readonly { readonly account: AccountId; readonly name: string }[];
  };
  "invited-later": { readonly name: string };
  "no-topic": Record<never, never>;
  "room-left": OfRoom;
  "room-repaired": OfRoom & { readonly without: readonly AccountId[] };
  "room-invited": OfMember & { readonly isLater: boolean };
  "room-removed": OfMember;
  "room-role": OfMember & { readonly role: RoomFacts["role"] };
}

/** `#256 ops: the night shift`. */
function roomTitle({ room, name, topic }: RoomFacts): string {
  const called = name === "" ? "" : ` ${showName(name)}`;
  return `#${room}${called}${topic === "" ? "" : `: ${onOneLine(safeText(topic))}`}`;
}

const ofMember = ({ room, account, name }: OfMember) => ({ room, account, name });

/** Its words. */
export const ROOM_WORDING: Wording<RoomKinds> = {
  "room-invitations": {
    fields: ({ way }) => ({ way }),
    line: ({ asksFirst }) =>
      asksFirst
        ? "You are asked before you come into a room"
        : "You come into rooms as soon as somebody invites you",
  },
  "room-invitation": {
    fields: ({ room, by, expiresMs }) => ({ room: roomNumber(room), by, expiresMs }),
    line: ({ room, name, expiresMs }) =>
      `${room}: ${showName(name)} invites you, until ${formatTime(expiresMs)}`,
  },
  "no-invitations": { isNote: true, line: () => "no invitation waits" },
  "room-joined": {
    fields: ({ room }) => ({ room }),
    line: ({ shown }) => `You are in ${shown} now`,
  },
  "room-declined": { line: ({ room }) => `You declined #${room}` },
  "room": { line: roomTitle },
  "room-listed": {
    type: "room",
    line: (room) => {
      const count = room.members.length;
      const many = count === 1 ? "1 member" : `${count} members`;
      return `${roomTitle(room)} (${many}, you are ${room.role})`;
    },
  },
  "no-rooms": { isNote: true, line: () => "you are in no room" },
  "room-described": {
    type: "room",
    fields: ({ own: _, ...fields }) => fields,
    line: (room) => {
      const lines = room.members.map(({ account, name, role }) =>
        `${showName(name)}, ${role}${account === room.own ? " (you)" : ""}`
      );
      const guests = room.invited.map(({ name, declined, expiresMs }) => {
        const how = declined ? "declined the invitation" : `invited until ${formatTime(expiresMs)}`;
        return `${showName(name)}, ${how}`;
      });
      return [roomTitle(room), ...lines, ...guests].join("\n");
    },
  },
  "room-created": {
    fields: ({ users, ...fields }) => ({ ...fields, users: users.map(({ account }) => account) }),
    line: ({ room, users }) => {
      const names = users.map(({ name }) => showName(name)).join(",");
      return `Separate chat room has been created, room ID: ${room}, users in this room:${names}`;
    },
  },
  "invited-later": {
    isNote: true,
    line: ({ name }) => `${showName(name)} is invited once you accept their new identity`,
  },
  "no-topic": { isNote: true, line: () => "it has no topic" },
  "room-left": { fields: ({ room }) => ({ room }), line: ({ shown }) => `You left ${shown}` },
  "room-repaired": {
    fields: ({ room, without }) => ({ room, without }),
    line: ({ shown }) => `${shown} goes on with fresh keys: everybody is invited anew`,
  },
  "room-invited": {
    fields: ofMember,
    line: ({ name, shown, isLater }) =>
      `${showName(name)} is invited to ${shown}${
        isLater ? " once you accept their new identity" : ""
      }`,
  },
  "room-removed": {
    fields: ofMember,
    line: ({ name, shown }) => `${showName(name)} is removed from ${shown}`,
  },
  "room-role": {
    fields: (facts) => ({ ...ofMember(facts), role: facts.role }),
    line: ({ name, role, shown }) => `${showName(name)} is ${role} of ${shown} now`,
  },
};
