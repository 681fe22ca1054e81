/** Commands about who is in a room, and who is in charge: invite, remove, grant. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import { result, type RowArgument } from "../../commands/command_row.ts";
import type { PersonRow } from "../person_row.ts";
import { findGuest, findGuests } from "../rooms/guests.ts";
import { moduleOf, ROOM, ROOM_COMMON, roomShown } from "../rooms/room_facts.ts";
import type { RoomKinds } from "./room_wording.ts";

type RoomRow = PersonRow<RoomKinds>;

const MEMBER: RowArgument = { name: "NAME", summary: "whom", required: true };
const ROLES = ["owner", "moderator", "member"] as const;

/** Asks people in. */
export const ROOM_INVITE: RoomRow = {
  ...ROOM_COMMON,
  name: "room invite",
  summary: "invite people to a room, as its owner or moderator",
  details:
    "They join automatically when they are next online, and see the messages since the invitation. If the connection breaks, the next command that reaches the server sends it.",
  submission: {
    none: "Nobody was invited",
    queued: "The invitation is stored here and will be sent",
    sent: "The server has the invitation",
    delivered: "The server has the invitation",
    unknown: "Cannot tell whether the invitation was sent",
  },
  arguments: [ROOM, { name: "NAME", summary: "whom", required: true, rest: "words" }],
  examples: [{ line: "room invite ops @frodo", summary: "frodo joins when he is next online" }],
  async run(context, values) {
    const { client, submission } = context;
    const room = await moduleOf(context, values);
    const guests = await findGuests(client, values.words("NAME"));
    submission?.follow(() => {
      const states = guests.map(({ account }) => client.rooms.invited.stateOf(room, account));
      // Who is in already was invited by somebody.
      if (states.includes("queued")) return "queued";
      return states.includes("sent") ? "sent" : "none";
    });
    const { history } = client.messenger;
    const before = history.lastPlace;
    await client.rooms.invite(room, ...guests);
    const refused = (await history.after(before)).filter(({ kind, id, peer }) =>
      kind === "notice" && id === "not-invited" && peer === room.room
    );
    if (refused.length > 0) {
      throw new Refusal("not-invited", refused.map(({ text }) => text).join("; "));
    }
    const at = { room: roomNumber(room.room), shown: await roomShown(client, room.room) };
    return {
      reports: guests.map(({ account, name, changedTo }) => ({
        kind: "room-invited",
        facts: { ...at, account, name, isLater: changedTo !== undefined },
      })),
    };
  },
};

/** Puts somebody out. */
export const ROOM_REMOVE: RoomRow = {
  ...ROOM_COMMON,
  name: "room remove",
  slash: { aliases: ["room kick"] },
  summary: "remove somebody from a room, or withdraw an invitation",
  details:
    "The room's keys change, so that they get nothing from then on. Owners may remove anybody, moderators plain members.",
  arguments: [ROOM, MEMBER],
  examples: [{ line: "room remove ops gandalf", summary: "the others stay" }],
  async run(context, values) {
    const { client } = context;
    const room = await moduleOf(context, values);
    const { account, name } = await findGuest(client, values.required("NAME"));
    if (account === client.profile.own.account) {
      throw new UsageError("to-yourself", "This is you: leave the room instead");
    }
    await client.rooms.remove(room, account);
    const shown = await roomShown(client, room.room);
    return result("room-removed", { room: roomNumber(room.room), shown, account, name });
  },
};

/** Says who is in charge. */
export const ROOM_GRANT: RoomRow = {
  ...ROOM_COMMON,
  name: "room grant",
  summary: "make a member an owner, a moderator or a plain member",
  arguments: [ROOM, MEMBER, {
    name: "ROLE",
    summary: "the new role",
    required: true,
    choices: ROLES,
  }],
  examples: [
    { line: "room grant ops obiwan moderator", summary: "obiwan may invite and remove" },
  ],
  async run(context, values) {
    const { client } = context;
    const room = await moduleOf(context, values);
    const { account, name } = await findGuest(client, values.required("NAME"));
    const asked = values.required("ROLE").toLowerCase();
    const role = ROLES.find((one) => one === asked);
    if (role === undefined) throw new UsageError("bad-role", `A role is ${ROLES.join(", ")}`);
    await client.rooms.lead.setRole(room, account, role);
    const shown = await roomShown(client, room.room);
    return result("room-role", { room: roomNumber(room.room), shown, account, name, role });
  },
};
