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
  summary: "invite people to a room; owners and moderators may",
  details:
    "They come in by themselves when they are next there, and are told what was said since then. What is not seen through is kept, and sent by the next command that reaches the server.",
  submission: {
    none: "Nobody was invited",
    queued: "The invitation is kept here, and sent",
    sent: "The server has the invitation",
    delivered: "The server has the invitation",
    unknown: "Whether anybody was invited is not known",
  },
  arguments: [ROOM, { name: "NAME", summary: "whom", required: true, rest: "words" }],
  examples: [{ line: "room invite ops @frodo", summary: "frodo comes in when he is there" }],
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
  summary: "remove somebody from a room, or take an invitation back",
  details:
    "From then on they get nothing that is said there: the keys change with it. Owners may, and moderators for plain members.",
  arguments: [ROOM, MEMBER],
  examples: [{ line: "room remove ops gandalf", summary: "the others go on" }],
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
    summary: "what they may do",
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
