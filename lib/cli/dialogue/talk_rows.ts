/** Slash commands about what is said: msg, to, broadcast, search, receipts. */

import { broadcastSaid } from "../entry_lines.ts";
import { MAX_ENTRIES, printEntries } from "./entries.ts";
import { MESSAGE_ROWS } from "./message_rows.ts";
import { showPeer } from "./names.ts";
import type { SlashRow } from "./slash_row.ts";

const msgRow: SlashRow = {
  name: "msg",
  aliases: ["messageto", "tell"],
  group: "Messages",
  summary: "say something to someone; from then on plain text goes there",
  arguments: [
    { name: "NAME", summary: "whom, or a room as #ops", required: true },
    { name: "TEXT", summary: "what", required: true, rest: "text" },
  ],
  options: [],
  examples: [
    { line: "msg bob hi there", summary: "the same as bob:hi there" },
    { line: 'msg "Anna Maria" hi', summary: "a name with a blank in it" },
  ],
  exitCodes: [],
  async run(chat, { values }) {
    await chat.say(await chat.findPartner(values.required("NAME")), values.required("TEXT"));
  },
};

const toRow: SlashRow = {
  name: "to",
  aliases: ["talk"],
  group: "Messages",
  summary: "talk to someone, or in a room: plain text goes there",
  arguments: [{ name: "NAME", summary: "to whom, or in which room, as #ops", required: true }],
  options: [],
  examples: [{ line: "to bob", summary: "as bob: before each line" }],
  exitCodes: [],
  async run(chat, { values }) {
    const partner = await chat.findPartner(values.required("NAME"));
    chat.talkTo(partner);
    await chat.print(`* plain text goes to ${showPeer(partner.peer, partner.name)} now`);
  },
};

const broadcastRow: SlashRow = {
  name: "broadcast",
  aliases: ["bcm"],
  group: "Messages",
  summary: "say something to everyone on the server",
  details:
    "Signed by you and sealed for nobody: everyone reads it, the server too. Who is away gets it later.",
  arguments: [{ name: "TEXT", summary: "what", required: true, rest: "text" }],
  options: [],
  examples: [{ line: "broadcast lunch is ready", summary: "the server numbers it" }],
  exitCodes: [],
  async run(chat, { values }) {
    const entry = await chat.client.publicly.broadcast(values.required("TEXT"));
    await chat.look();
    await chat.print(broadcastSaid(entry));
  },
};

const searchRow: SlashRow = {
  name: "search",
  aliases: ["find"],
  group: "Messages",
  summary: "find messages that contain a text",
  arguments: [{
    name: "TEXT",
    summary: "whatever its case or accents",
    required: true,
    rest: "text",
  }],
  options: [],
  examples: [{ line: "search invoice", summary: "in all conversations" }],
  exitCodes: [],
  async run(chat, { values }) {
    const found = await chat.client.messenger.history.search(values.required("TEXT"));
    if (found.length === 0) await chat.print("* no message contains that");
    if (found.length > MAX_ENTRIES) {
      await chat.print(`* ${found.length} messages contain that; these are the last`);
    }
    await printEntries(chat, found.slice(-MAX_ENTRIES));
  },
};

const receiptsRow: SlashRow = {
  name: "receipts",
  aliases: [],
  group: "Messages",
  summary: "tell, or tell no more, when what you say is delivered",
  arguments: [{ name: "SWITCH", summary: "which", required: false, choices: ["on", "off"] }],
  options: [],
  examples: [{ line: "receipts on", summary: "a line for each message that arrived" }],
  exitCodes: [],
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
  broadcastRow,
  ...MESSAGE_ROWS,
  searchRow,
  receiptsRow,
];
