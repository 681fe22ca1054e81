/** Slash commands that read what was said: inbox, read, rdm. */

import type { AccountId } from "../../base/ids.ts";
import { seedLine } from "../entry_lines.ts";
import { knownPeer } from "../nobody.ts";
import { overviewOf } from "../overview.ts";
import { broadcastsSince, NOTHING_NEW, type Numbered, textsSince } from "../said_since.ts";
import { readWhen } from "../when.ts";
import { shortTime } from "./chat_lines.ts";
import { MAX_ENTRIES, printEntries } from "./entries.ts";
import { showName } from "./names.ts";
import type { Person } from "./people.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

/** Lines that are laid on each other before they are printed. */
const LINES_AT_ONCE = 100;

const inboxRow: SlashRow = {
  name: "inbox",
  aliases: [],
  group: "Messages",
  summary: "show a conversation, or with whom there are any",
  details: "Shows what is stored on this machine. Own messages say how far they have come.",
  arguments: [{ name: "NAME", summary: "with whom", required: false }],
  options: [],
  examples: [{ line: "inbox bob", summary: "what you and bob said last" }],
  exitCodes: [],
  async run(chat, { values, to }) {
    await printLast(chat, await accountOf(chat, values.argument("NAME"), to));
  },
};

const readRow: SlashRow = {
  name: "read",
  aliases: [],
  group: "Messages",
  summary: "show what was said since a time, a line each",
  details:
    "Each line is number; time; who; text. Without --since it shows what was said last, as /inbox does. Broadcasts are read from the server.",
  arguments: [{ name: "NAME", summary: "with whom", required: false }],
  options: [
    {
      flag: "--since",
      valueName: "WHEN",
      summary: "2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00",
    },
    { flag: "--broadcasts", summary: "what was said to everyone" },
  ],
  examples: [
    { line: "read bob --since 2h", summary: "what you and bob said in the last two hours" },
    { line: 'read --broadcasts --since "1 Jun 2022 16:00:00"', summary: "as /rdm b" },
  ],
  exitCodes: [],
  async run(chat, { values, to }) {
    const account = await accountOf(chat, values.argument("NAME"), to);
    const since = values.option("--since");
    if (values.has("--broadcasts")) {
      const sinceMs = since === undefined ? 0 : readWhen(since, chat.client.clock);
      return await printLines(chat, broadcastsSince(chat.client, { sinceMs, from: account }));
    }
    if (since === undefined) return await printLast(chat, account);
    const sinceMs = readWhen(since, chat.client.clock);
    await printLines(chat, textsSince(chat.client, { sinceMs, peer: account }));
  },
};

const rdmRow: SlashRow = {
  name: "rdm",
  aliases: [],
  group: "Messages",
  summary: "read messages since a time: b for broadcasts",
  arguments: [
    { name: "KIND", summary: "b: what was said to everyone", required: true, choices: ["b"] },
    { name: "WHEN", summary: "since when", required: true, rest: "text" },
  ],
  options: [],
  examples: [{ line: "rdm b 1 Jun 2022 16:00:00", summary: "number; time; who; text" }],
  exitCodes: [],
  async run(chat, { values }) {
    const sinceMs = readWhen(values.required("WHEN"), chat.client.clock);
    await printLines(chat, broadcastsSince(chat.client, { sinceMs, from: undefined }));
  },
};

async function printLines(chat: ChatHands, numbered: AsyncIterable<Numbered>): Promise<void> {
  let lines: string[] = [];
  let count = 0;
  for await (const { number, entry } of numbered) {
    lines.push(seedLine(number, entry));
    count++;
    if (lines.length < LINES_AT_ONCE) continue;
    await chat.printAll(lines);
    lines = [];
  }
  if (count === 0) lines.push(`* ${NOTHING_NEW}`);
  await chat.printAll(lines);
}

async function printLast(chat: ChatHands, account: AccountId | undefined): Promise<void> {
  if (account === undefined) return await printOverview(chat);
  const entries = await chat.client.messenger.history.latest(
    MAX_ENTRIES,
    (entry) => entry.peer === account && entry.kind !== "broadcast",
  );
  if (entries.length === 0) await chat.print(`* nothing was said with ${showName(account)} yet`);
  await printEntries(chat, entries);
}

async function printOverview(chat: ChatHands): Promise<void> {
  const { conversations, broadcasts } = await overviewOf(chat.client);
  const { nowMs, nameOf } = chat.style;
  const lines = [...conversations].map(([peer, heap]) => ({ name: showName(nameOf(peer)), heap }));
  if (broadcasts !== undefined) lines.push({ name: "* broadcasts", heap: broadcasts });
  if (lines.length === 0) await chat.print("* no messages yet");
  await chat.printAll(lines.map(({ name, heap: { atMs, unread } }) => {
    const news = unread === 0 ? "" : `, ${unread} new`;
    return `${name}, last ${shortTime(atMs, nowMs)}${news}`;
  }));
}

/** From `user:/command` when no name is given. */
async function accountOf(
  { client }: ChatHands,
  name: string | undefined,
  to: Person | undefined,
): Promise<AccountId | undefined> {
  return name === undefined ? to?.account : await knownPeer(client.messenger, name);
}

/** `/inbox`, `/read`, `/rdm`. */
export const READ_ROWS: readonly SlashRow[] = [inboxRow, readRow, rdmRow];
