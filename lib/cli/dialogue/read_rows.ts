/** Slash commands that read what was said: inbox, read, rdm. */

import { UsageError } from "../../base/errors.ts";
import { isRoom, type Peer } from "../../base/ids.ts";
import { badWhen, parseWhen } from "../../commands/when.ts";
import { roomMark, seedLine } from "../entry_lines.ts";
import { knownPeer } from "../nobody.ts";
import { storedRoom } from "../rooms/find_room.ts";
import { overviewOf } from "../overview.ts";
import { broadcastsSince, NOTHING_NEW, type Numbered, textsSince } from "../said_since.ts";
import { hereNow, readWhen } from "../when.ts";
import { shortTime } from "./chat_lines.ts";
import { MAX_ENTRIES, printEntries } from "./entries.ts";
import { showPeer } from "./names.ts";
import type { Partner } from "./partner.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

/** Lines that are laid on each other before they are printed. */
const LINES_AT_ONCE = 100;

const inboxRow: SlashRow = {
  name: "inbox",
  aliases: [],
  group: "Messages",
  summary: "show a conversation, or with whom there are any",
  details: "Shows what is stored on this machine. Own messages say how far they have come.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #ops", required: false }],
  options: [],
  examples: [{ line: "inbox bob", summary: "what you and bob said last" }],
  exitCodes: [],
  async run(chat, { values, to }) {
    await printLast(chat, await peerOf(chat, values.argument("NAME"), to));
  },
};

const readRow: SlashRow = {
  name: "read",
  aliases: [],
  group: "Messages",
  summary: "show what was said since a time, a line each",
  details:
    "Each line is number; time; who; text. Without --since it shows what was said last, as /inbox does. Broadcasts are read from the server.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #ops", required: false }],
  options: [
    {
      flag: "--since",
      valueName: "WHEN",
      summary: "2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00",
    },
    { flag: "--room", valueName: "ROOM", summary: "what was said in this room" },
    { flag: "--broadcasts", summary: "what was said to everyone" },
  ],
  examples: [
    { line: "read bob --since 2h", summary: "what you and bob said in the last two hours" },
    { line: 'read --broadcasts --since "1 Jun 2022 16:00:00"', summary: "as /rdm b" },
  ],
  exitCodes: [],
  async run(chat, { values, to }) {
    const room = values.option("--room");
    const peer = room === undefined
      ? await peerOf(chat, values.argument("NAME"), to)
      : await storedRoom(chat.client, room);
    const since = values.option("--since");
    if (values.has("--broadcasts")) {
      const sinceMs = since === undefined ? 0 : readWhen(since, chat.client.clock);
      if (peer !== undefined && isRoom(peer)) {
        throw new UsageError("no-broadcasts", "Nothing in a room is said to everyone");
      }
      return await printLines(chat, broadcastsSince(chat.client, { sinceMs, from: peer }));
    }
    if (since === undefined) return await printLast(chat, peer);
    await printTexts(chat, readWhen(since, chat.client.clock), peer);
  },
};

const rdmRow: SlashRow = {
  name: "rdm",
  aliases: [],
  group: "Messages",
  summary: "read messages since a time: b for broadcasts, s for rooms",
  arguments: [
    {
      name: "KIND",
      summary: "b: what was said to everyone; s: in rooms",
      required: true,
      choices: ["b", "s"],
    },
    {
      name: "WHEN",
      summary: "since when; behind s a room may stand before it, else all rooms are read",
      required: true,
      rest: "text",
    },
  ],
  options: [],
  examples: [
    { line: "rdm b 1 Jun 2022 16:00:00", summary: "number; time; who; text" },
    { line: "rdm s 256 2h", summary: "what was said in room 256" },
  ],
  exitCodes: [],
  async run(chat, { values }) {
    const words = values.required("WHEN");
    const { clock } = chat.client;
    if (values.required("KIND").toLowerCase() === "b") {
      const sinceMs = readWhen(words, clock);
      return await printLines(chat, broadcastsSince(chat.client, { sinceMs, from: undefined }));
    }
    const { room, when } = splitRoom(words, (text) => parseWhen(text, hereNow(clock)));
    if (when === undefined) throw new UsageError("bad-date", badWhen(words));
    if (room !== undefined) {
      return await printTexts(chat, when, await storedRoom(chat.client, room));
    }
    await chat.rooms.refresh();
    const said = textsSince(chat.client, { sinceMs: when, takes: isRoom });
    await printLines(chat, said, ({ entry }) => roomMark(entry, chat.rooms));
  },
};

/** A room may stand before the time: only where all of it is no time. Pure. */
export function splitRoom(
  words: string,
  parse: (text: string) => number | undefined,
): { readonly room: string | undefined; readonly when: number | undefined } {
  const when = parse(words);
  const [, room, rest] = /^(\S+)\s+(.+)$/u.exec(words) ?? [];
  if (when !== undefined || room === undefined) return { room: undefined, when };
  return { room, when: parse(rest) };
}

async function printTexts(
  chat: ChatHands,
  sinceMs: number,
  asked: Peer | undefined,
): Promise<void> {
  const takes = (peer: Peer) => asked === undefined || peer === asked;
  const said = textsSince(chat.client, { sinceMs, takes });
  if (asked !== undefined) return await printLines(chat, said);
  await chat.rooms.refresh();
  await printLines(chat, said, ({ entry }) => roomMark(entry, chat.rooms));
}

async function printLines(
  chat: ChatHands,
  numbered: AsyncIterable<Numbered>,
  mark: (numbered: Numbered) => string = () => "",
): Promise<void> {
  let lines: string[] = [];
  let count = 0;
  for await (const { number, entry } of numbered) {
    lines.push(mark({ number, entry }) + seedLine(number, entry));
    count++;
    if (lines.length < LINES_AT_ONCE) continue;
    await chat.printAll(lines);
    lines = [];
  }
  if (count === 0) lines.push(`* ${NOTHING_NEW}`);
  await chat.printAll(lines);
}

async function printLast(chat: ChatHands, peer: Peer | undefined): Promise<void> {
  if (peer === undefined) return await printOverview(chat);
  const entries = await chat.client.messenger.history.latest(
    MAX_ENTRIES,
    (entry) => entry.peer === peer && entry.kind !== "broadcast",
  );
  const shown = showPeer(peer, chat.style.nameOf(peer));
  const where = isRoom(peer) ? "in" : "with";
  if (entries.length === 0) await chat.print(`* nothing was said ${where} ${shown} yet`);
  await printEntries(chat, entries);
}

async function printOverview(chat: ChatHands): Promise<void> {
  const { conversations, broadcasts } = await overviewOf(chat.client);
  await chat.rooms.refresh();
  const { nowMs, nameOf } = chat.style;
  const lines = [...conversations].map(([peer, heap]) => ({
    name: showPeer(peer, nameOf(peer)),
    heap,
  }));
  if (broadcasts !== undefined) lines.push({ name: "* broadcasts", heap: broadcasts });
  if (lines.length === 0) await chat.print("* no messages yet");
  await chat.printAll(lines.map(({ name, heap: { atMs, unread } }) => {
    const news = unread === 0 ? "" : `, ${unread} new`;
    return `${name}, last ${shortTime(atMs, nowMs)}${news}`;
  }));
}

/** From `user:/command` when no name is given. */
async function peerOf(
  { client }: ChatHands,
  name: string | undefined,
  to: Partner | undefined,
): Promise<Peer | undefined> {
  return name === undefined ? to?.peer : await knownPeer(client, name);
}

/** `/inbox`, `/read`, `/rdm`. */
export const READ_ROWS: readonly SlashRow[] = [inboxRow, readRow, rdmRow];
