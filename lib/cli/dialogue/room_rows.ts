/** Slash commands of rooms. */

import { Refusal } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import { type RoomDeed, rowOfDeed } from "../rooms/room_deed.ts";
import { ROOM_DEEDS } from "../rooms/room_deeds.ts";
import { roomOfPartner } from "./partner.ts";
import type { SlashRow } from "./slash_row.ts";

function rowOf(deed: RoomDeed): SlashRow {
  return {
    ...rowOfDeed(deed),
    aliases: deed.slashAliases,
    exitCodes: [],
    async run(chat, { values }) {
      try {
        const { facts, notes, opened } = await deed.run({
          client: chat.client,
          values,
          present: roomOfPartner(chat.partner),
        });
        await chat.rooms.refresh();
        await chat.printAll(
          [...facts.map(({ line }) => line), ...notes].map((line) => `* ${line}`),
        );
        if (opened !== undefined) {
          chat.talkTo({ peer: opened, name: chat.rooms.labelOf(opened) });
          await chat.print(`* plain text goes to #${roomNumber(opened)} now`);
        }
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "same-members") throw error;
        // Row S3.28, with the way to that room.
        await chat.print(
          `* ${error.message}\n/to #${error.details.room} opens it, --force-new founds another one`,
        );
      }
    },
  };
}

const sayRow: SlashRow = {
  name: "room say",
  aliases: ["srm"],
  group: "Rooms",
  summary: "say something in a room; from then on plain text goes there",
  arguments: [
    { name: "ROOM", summary: "its number or its name, with or without #", required: true },
    { name: "TEXT", summary: "what", required: true, rest: "text" },
  ],
  options: [],
  examples: [{ line: "room say 256 hi", summary: "the same as #256:hi" }],
  exitCodes: [],
  async run(chat, { values }) {
    const room = values.required("ROOM");
    const partner = await chat.findPartner(room.startsWith("#") ? room : `#${room}`);
    await chat.say(partner, values.required("TEXT"));
  },
};

/** `/room new`, `/room list`, … and `/room say`. */
export const ROOM_ROWS: readonly SlashRow[] = [...ROOM_DEEDS.map(rowOf), sayRow];
