/** Slash commands that read what was said: inbox, read, rdm. */

import { UsageError } from "../../base/errors.ts";
import { isRoom, type Peer } from "../../base/ids.ts";
import { badWhen, parseWhen } from "../../commands/when.ts";
import { knownPeer } from "../nobody.ts";
import { storedRoom } from "../rooms/find_room.ts";
import { broadcastsSince, PLACE_OPTIONS } from "../said_since.ts";
import { PAGING_OPTIONS, readPaging } from "../talk/paging.ts";
import { hereNow, readWhen } from "../when.ts";
import type { Partner } from "./partner.ts";
import { printLast, printLines, printTexts } from "./read_lists.ts";
import type { ChatHands, SlashRow } from "./slash_row.ts";

const inboxRow: SlashRow = {
  name: "inbox",
  aliases: [],
  group: "Messages",
  summary: "show a conversation, or with whom there are any",
  details:
    "Shows what is stored on this machine, 50 messages at most. Each has its number before it; own ones say how far they have come.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #ops", required: false }],
  options: PAGING_OPTIONS,
  examples: [
    { line: "inbox bob", summary: "what you and bob said last" },
    { line: "inbox bob --before 140", summary: "what was said before message 140" },
  ],
  exitCodes: [],
  async run(chat, { values, to }) {
    const peer = await peerOf(chat, values.argument("NAME"), to);
    await printLast(chat, peer, await readPaging(chat.client, values, peer));
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
    ...PLACE_OPTIONS,
    ...PAGING_OPTIONS,
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
    const paging = await readPaging(chat.client, values, peer);
    if (since === undefined) return await printLast(chat, peer, paging);
    await printTexts(chat, readWhen(since, chat.client.clock), peer, paging);
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
    await printTexts(chat, when, "rooms");
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
