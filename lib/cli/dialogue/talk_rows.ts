/** Slash commands about what is said: msg, to, inbox, search, receipts. */

import { parseAccountName } from "../../base/account_name.ts";
import { UsageError } from "../../base/errors.ts";
import type { AccountId } from "../../base/ids.ts";
import type { PlacedEntry } from "../../client/messaging/history.ts";
import { unreadMark } from "../../client/messaging/marks.ts";
import { messageLine, shortTime } from "./chat_lines.ts";
import { showName } from "./names.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

/** Entries of a list: more than a screen, and not a flood. */
const MAX_ENTRIES = 50;

/** How far an own text has come, in words. */
const DELIVERY_WORDS: Readonly<Record<string, string>> = {
  queued: "waiting",
  sealed: "waiting",
  sent: "sent",
  delivered: "delivered",
  failed: "not sent",
};

const msgRow: SlashRow = {
  name: "msg",
  aliases: ["messageto", "tell"],
  group: "Messages",
  summary: "say something to someone; from then on plain text goes there",
  arguments: [
    { name: "NAME", summary: "whom", required: true },
    { name: "TEXT", summary: "what", required: true, rest: "text" },
  ],
  options: [],
  examples: [
    { line: "msg bob hi there", summary: "the same as bob:hi there" },
    { line: 'msg "Anna Maria" hi', summary: "a name with a blank in it" },
  ],
  exitCodes: [],
  async run(chat, { values }) {
    await chat.say(await chat.findContact(values.required("NAME")), values.required("TEXT"));
  },
};

const toRow: SlashRow = {
  name: "to",
  aliases: ["talk"],
  group: "Messages",
  summary: "talk to someone: plain text goes there",
  arguments: [{ name: "NAME", summary: "to whom", required: true }],
  options: [],
  examples: [{ line: "to bob", summary: "as bob: before each line" }],
  exitCodes: [],
  async run(chat, { values }) {
    const contact = await chat.findContact(values.required("NAME"));
    chat.talkTo(contact);
    await chat.print(`* plain text goes to ${showName(contact.name)} now`);
  },
};

const inboxRow: SlashRow = {
  name: "inbox",
  aliases: ["read"],
  group: "Messages",
  summary: "show a conversation, or with whom there are any",
  details: "Shows what is stored on this machine. Own messages say how far they have come.",
  arguments: [{ name: "NAME", summary: "with whom", required: false }],
  options: [],
  examples: [{ line: "inbox bob", summary: "what you and bob said last" }],
  exitCodes: [],
  async run(chat, { values, to }) {
    const name = values.argument("NAME");
    const account = name === undefined ? to?.account : accountOf(name);
    if (account === undefined) return await printConversations(chat);
    const { history } = chat.client.messenger;
    const entries = await history.latest(MAX_ENTRIES, (entry) => entry.peer === account);
    if (entries.length === 0) await chat.print(`* nothing was said with ${showName(account)} yet`);
    await printEntries(chat, entries);
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

async function printEntries(chat: ChatHands, entries: readonly PlacedEntry[]): Promise<void> {
  await chat.printAll(entries.map((entry) => {
    const state = entry.own ? chat.client.deliveryOf(entry.id) : undefined;
    return messageLine(entry, chat.style, state && DELIVERY_WORDS[state]);
  }));
}

async function printConversations(chat: ChatHands): Promise<void> {
  const { history, profile } = chat.client.messenger;
  const mark = unreadMark(profile.database).get();
  const conversations = new Map<AccountId, { atMs: number; unread: number }>();
  for (const entry of await history.after(0)) {
    const unread = (conversations.get(entry.peer)?.unread ?? 0) +
      (!entry.own && entry.place > mark ? 1 : 0);
    conversations.set(entry.peer, { atMs: entry.atMs, unread });
  }
  if (conversations.size === 0) await chat.print("* no messages yet");
  for (const [peer, { atMs, unread }] of conversations) {
    const name = showName(chat.style.nameOf(peer));
    const news = unread === 0 ? "" : `, ${unread} new`;
    await chat.print(`${name}, last ${shortTime(atMs, chat.style.nowMs)}${news}`);
  }
}

function accountOf(name: string): AccountId {
  const parsed = parseAccountName(name);
  if (parsed.ok) return parsed.id;
  throw new UsageError("bad-name", parsed.message);
}

/** `/msg`, `/to`, `/inbox`, `/search`, `/receipts`. */
export const TALK_ROWS: readonly SlashRow[] = [msgRow, toRow, inboxRow, searchRow, receiptsRow];
