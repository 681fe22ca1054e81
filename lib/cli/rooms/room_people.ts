/** Who is in a room, and who is in charge: invite, remove, grant. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import { showName } from "../dialogue/names.ts";
import { findGuest, findGuests } from "./guests.ts";
import { fact, MEMBER, ROOM, type RoomDeed, roomOf, roomShown } from "./room_deed.ts";

const ROLES = ["owner", "moderator", "member"] as const;

/** Asks people in. */
export const INVITE: RoomDeed = {
  verb: "invite",
  slashAliases: [],
  summary: "invite people to a room; owners and moderators may",
  details:
    "They come in by themselves when they are next there, and are told what was said since then.",
  arguments: [ROOM, { name: "NAME", summary: "whom", required: true, rest: "words" }],
  examples: [["ops @frodo", "frodo comes in when he is there"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await roomOf(bench);
    const guests = await findGuests(client, values.words("NAME"));
    const { history } = client.messenger;
    const before = history.lastPlace;
    for (const guest of guests) await client.rooms.invite(room, guest);
    const refused = (await history.after(before)).filter(({ kind, id, peer }) =>
      kind === "notice" && id === "not-invited" && peer === room.room
    );
    if (refused.length > 0) {
      throw new Refusal("not-invited", refused.map(({ text }) => text).join("; "));
    }
    const shown = await roomShown(client, room.room);
    const facts = guests.map(({ account, name, changedTo }) => {
      const later = changedTo === undefined ? "" : " once you accept their new identity";
      const fields = { room: roomNumber(room.room), account, name };
      return {
        type: "room-invited",
        fields,
        line: `${showName(name)} is invited to ${shown}${later}`,
      };
    });
    return { facts, notes: [] };
  },
};

/** Puts somebody out. */
export const REMOVE: RoomDeed = {
  verb: "remove",
  slashAliases: ["room kick"],
  summary: "remove somebody from a room, or take an invitation back",
  details:
    "From then on they get nothing that is said there: the keys change with it. Owners may, and moderators for plain members.",
  arguments: [ROOM, MEMBER],
  examples: [["ops gandalf", "the others go on"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await roomOf(bench);
    const { account, name } = await findGuest(client, values.required("NAME"));
    if (account === client.profile.own.account) {
      throw new UsageError("to-yourself", "This is you: leave the room instead");
    }
    await client.rooms.remove(room, account);
    const shown = await roomShown(client, room.room);
    const fields = { room: roomNumber(room.room), account, name };
    return fact("room-removed", fields, `${showName(name)} is removed from ${shown}`);
  },
};

/** Says who is in charge. */
export const GRANT: RoomDeed = {
  verb: "grant",
  slashAliases: [],
  summary: "make a member an owner, a moderator or a plain member",
  arguments: [ROOM, MEMBER, {
    name: "ROLE",
    summary: "what they may do",
    required: true,
    choices: ROLES,
  }],
  examples: [["ops obiwan moderator", "obiwan may invite and remove"]],
  async run(bench) {
    const { client, values } = bench;
    const room = await roomOf(bench);
    const { account, name } = await findGuest(client, values.required("NAME"));
    const asked = values.required("ROLE").toLowerCase();
    const role = ROLES.find((one) => one === asked);
    if (role === undefined) throw new UsageError("bad-role", `A role is ${ROLES.join(", ")}`);
    await client.rooms.lead.setRole(room, account, role);
    const shown = await roomShown(client, room.room);
    const fields = { room: roomNumber(room.room), account, name, role };
    return fact("room-role", fields, `${showName(name)} is ${role} of ${shown} now`);
  },
};
