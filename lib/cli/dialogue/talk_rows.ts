/** Slash commands about what is said: msg, to, broadcast, search, receipts. */

import { BROADCAST } from "../../app/commands/broadcast.ts";
import { MESSAGES } from "../../app/commands/messages.ts";
import { UNREAD } from "../../app/commands/unread.ts";
import { SEARCH } from "../../app/commands/reading.ts";
import { showPeer } from "../../app/names.ts";
import { type Around, slashRowsOf } from "./person_rows.ts";
import { readWording } from "./read_rows.ts";
import type { SlashRow } from "./slash_row.ts";

const msgRow: SlashRow = {
  name: "msg",
  choosesPartner: true,
  aliases: ["messageto", "tell"],
  group: "Messages",
  summary: "say something to someone; from then on plain text goes there",
  arguments: [
    { name: "NAME", summary: "whom, or a room as #ops", required: true },
    { name: "TEXT", summary: "what", required: true, rest: "text" },
  ],
  examples: [
    { line: "msg bob hi there", summary: "the same as bob:hi there" },
    { line: 'msg "Anna Maria" hi', summary: "a name with a blank in it" },
  ],
  async run(chat, { values }) {
    await chat.say(await chat.findPartner(values.required("NAME")), values.required("TEXT"));
  },
};

const toRow: SlashRow = {
  name: "to",
  choosesPartner: true,
  aliases: ["talk"],
  group: "Messages",
  summary: "talk to someone, or in a room: plain text goes there",
  arguments: [{ name: "NAME", summary: "to whom, or in which room, as #ops", required: true }],
  examples: [{ line: "to bob", summary: "as bob: before each line" }],
  async run(chat, { values }) {
    const partner = await chat.findPartner(values.required("NAME"));
    chat.talkTo(partner);
    await chat.print(`* plain text goes to ${showPeer(partner.peer, partner.name)} now`);
  },
};

/** The others' texts that came before it stand before it. */
const shownBefore: Around = async (chat, _call, run) => {
  const done = await run();
  await chat.look();
  return done;
};

/** What is done to a message is shown where it happens. */
const unlessShown: Around = async (chat, _call, run) => {
  const done = await run();
  await chat.look();
  chat.send();
  return done.isShown === true ? undefined : done;
};

const receiptsRow: SlashRow = {
  name: "receipts",
  group: "Messages",
  summary: "tell, or tell no more, when what you say is delivered",
  arguments: [{ name: "SWITCH", summary: "which", required: false, choices: ["on", "off"] }],
  examples: [{ line: "receipts on", summary: "a line for each message that arrived" }],
  async run(chat, { values }) {
    const choice = values.argument("SWITCH");
    if (choice !== undefined) chat.settings.receipts = choice === "on";
    await chat.print(`* receipts are ${chat.settings.receipts ? "on" : "off"}`);
  },
};

/** `/msg`, `/to`, `/broadcast`, what can be done with messages, `/search`, `/receipts`. */
export const TALK_ROWS: readonly SlashRow[] = [
  msgRow,
  toRow,
  ...slashRowsOf(BROADCAST, shownBefore),
  ...slashRowsOf(MESSAGES, unlessShown),
  ...slashRowsOf(UNREAD),
  ...slashRowsOf(SEARCH, undefined, readWording),
  receiptsRow,
];
