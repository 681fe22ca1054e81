/** Commands that read what was said: inbox, read, rdm, search. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { isRoom, type Peer } from "../../base/ids.ts";
import { result } from "../../commands/command_row.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { badWhen, parseWhen } from "../../commands/when.ts";
import { knownAccount, knownPeer } from "../find_contact.ts";
import type {
  ConversationCommands,
  ConversationRow,
  PersonCommands,
  PersonContext,
  PersonRow,
} from "../person_row.ts";
import { reachRoom, storedRoom } from "../rooms/find_room.ts";
import { IDS_OPTION, PAGING_OPTIONS, readPaging } from "../talk/paging.ts";
import { hereNow, readWhen } from "../when.ts";
import {
  broadcasts,
  entryReports,
  last,
  MOST_ENTRIES,
  NOTHING,
  overview,
  shownOf,
  texts,
} from "./reading_lists.ts";
import { READ_WORDING, type ReadKinds } from "./reading_wording.ts";
import { CONVERSATION } from "../person_row.ts";

type ReadRow = PersonRow<ReadKinds>;
const COMMON = { group: "Messages", needs: ["account"] } as const;
const USERNAME = { name: "USERNAME", summary: "who", required: false };

const inbox: ConversationRow<ReadKinds> = {
  ...COMMON,
  name: "inbox",
  summary: "show a conversation, or list all of them",
  details:
    "Shows messages stored on this machine; works offline. It marks a conversation as read unless you add --peek.",
  arguments: [{ ...CONVERSATION, required: false }],
  options: [
    { flag: "--search", valueName: "TEXT", summary: "only messages that contain this" },
    ...PAGING_OPTIONS,
    IDS_OPTION,
    { flag: "--peek", summary: "do not mark messages as read" },
  ],
  examples: [
    { line: "inbox", summary: "conversations, with unread counts" },
    { line: "inbox bob", summary: "the last messages between you and bob" },
    { line: "inbox '#ops'", summary: "the last messages in this room" },
    { line: "inbox bob --limit 20 --before 140", summary: "the 20 messages before message 140" },
    { line: "inbox --search invoice", summary: "in all conversations" },
  ],
  exitCodes: [3, 4, 6],
  slash: {
    summary: "show a conversation, or list them",
    details:
      "Shows messages stored on this machine, at most 50. Each has its number in front; your own show how far they got.",
    arguments: [{ name: "NAME", summary: "the person, or a room as #ops", required: false }],
    options: PAGING_OPTIONS,
    examples: [
      { line: "inbox bob", summary: "the last messages between you and bob" },
      { line: "inbox bob --before 140", summary: "the messages before message 140" },
    ],
  },
  p2p: {
    title: "List messages of a person",
    summary: "show a person's messages",
    details: "Without a name it lists everybody with messages, and how many.",
    named: USERNAME,
    arguments: [USERNAME],
    options: [
      { flag: "--since", valueName: "WHEN", summary: "2h, yesterday, 2026-11-21 14:00, …" },
      { flag: "--limit", valueName: "N", summary: "only the last ones" },
      { flag: "--all", summary: "also your own messages, and service lines" },
      IDS_OPTION,
      { flag: "--json", summary: "one JSON object per line" },
    ],
    examples: [
      { line: "inbox julia", summary: "all of julia's messages" },
      { line: "inbox julia --since 2h", summary: "from the last two hours" },
    ],
    whom: "senders",
  },
  page(values, reports) {
    const isListed = reports.some(({ kind }) => kind === "entry" || kind === "conversation");
    const name = values.maybe("NAME");
    const title = name === undefined ? "Messages" : `Messages: ${name}`;
    return isListed ? { kind: "list", title } : undefined;
  },
  async *run(context, values) {
    const { client, addressed, isDialogue } = context;
    const name = values.maybe("NAME");
    const peer = name === undefined ? addressed : await knownPeer(client, name);
    const search = values.maybe("--search");
    if (peer === undefined && search === undefined && !isDialogue) {
      return await overview(context, values);
    }
    const since = values.maybe("--since");
    const paging = {
      ...await readPaging(client, values, peer),
      sinceMs: since === undefined ? undefined : readWhen(since, client.clock),
    };
    if (search === undefined) return yield* last(context, values, { peer, paging });
    const found = await client.talk.search(search, { peer, ...paging });
    yield await entryReports(client, found, await shownOf(client, values));
    return found.length === 0 ? result("nothing-found", {}) : NOTHING;
  },
};

/** Where `read` looks. A room that is not known here may be one that this account was just invited to: then the server is asked. */
async function placeOf(
  { client, addressed, connect }: PersonContext,
  values: CommandValues,
): Promise<Peer | undefined> {
  const name = values.argument("NAME");
  const room = values.option("--room") ?? (name?.startsWith("#") === true ? name : undefined);
  if (room !== undefined) {
    const reach = connect && (async () => {
      await connect();
      return await reachRoom(client, room);
    });
    return await storedRoom(client, room, reach);
  }
  return name === undefined ? addressed : await knownAccount(client, name);
}

/** Where it was said, unless in a conversation with somebody. */
const PLACE_OPTIONS = [
  { flag: "--room", valueName: "ROOM", summary: "a room's messages" },
  { flag: "--broadcasts", summary: "broadcasts to everyone" },
] as const;

const read: ReadRow = {
  ...COMMON,
  name: "read",
  summary: "show messages since a time, read or unread",
  details:
    "Reads conversations from this machine and works offline; each message has its number in the conversation and is then marked as read. Reads broadcasts from the server, including those from before you joined; each has its number on the server.",
  arguments: [{
    name: "NAME",
    takes: "conversation",
    summary: "only the conversation with this person or room, as #ops",
    required: false,
  }],
  options: [
    {
      flag: "--since",
      valueName: "WHEN",
      summary: "2h, 14:30, yesterday, monday 9:00, 1 Jun 2022 16:00:00, ISO 8601",
    },
    ...PLACE_OPTIONS,
    ...PAGING_OPTIONS,
    IDS_OPTION,
  ],
  examples: [
    { line: "read bob --since 2h", summary: "one line per message: number; time; sender; text" },
    { line: "read --room 256 --since yesterday", summary: "with the room's own numbers" },
    {
      line: 'read --broadcasts --since "1 Jun 2022 16:00:00"',
      summary: "all broadcasts since then",
    },
  ],
  exitCodes: [3, 4, 5, 6, 7],
  needs: ["server", "connection"],
  isLocal: (values) => !values.has("--broadcasts"),
  slash: {
    summary: "show messages since a time, one per line",
    details:
      "Each line is number; time; sender; text. Without --since it shows the last messages, as /inbox does. It reads broadcasts from the server.",
    arguments: [{ name: "NAME", summary: "the person, or a room as #ops", required: false }],
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
      { line: "read bob --since 2h", summary: "your messages with bob from the last two hours" },
      { line: 'read --broadcasts --since "1 Jun 2022 16:00:00"', summary: "as /rdm b" },
    ],
  },
  check(values, clock) {
    const since = values.option("--since");
    if (since === undefined) {
      throw new UsageError(
        "since-missing",
        "Since when? Example: heliograph read bob --since 2h",
      );
    }
    readWhen(since, clock);
    const areBroadcasts = values.has("--broadcasts");
    if (values.has("--room") && (areBroadcasts || values.argument("NAME") !== undefined)) {
      throw new UsageError("too-much", "With --room there is no NAME and no --broadcasts");
    }
    if (areBroadcasts && (values.has("--limit") || values.has("--before"))) {
      throw new UsageError("too-much", "With --broadcasts there is no --limit and no --before");
    }
  },
  async *run(context, values) {
    const { client } = context;
    const since = values.option("--since");
    const sinceMs = since === undefined ? undefined : readWhen(since, client.clock);
    const peer = await placeOf(context, values);
    if (values.has("--broadcasts")) {
      if (peer !== undefined && isRoom(peer)) {
        throw new Refusal(
          "unknown-account",
          "Cannot read broadcasts of a room: a broadcast goes to everyone. Leave out the room or --broadcasts",
        );
      }
      return yield* broadcasts(context, values, { sinceMs: sinceMs ?? 0, from: peer });
    }
    const paging = await readPaging(client, values, peer);
    if (sinceMs === undefined) return yield* last(context, values, { peer, paging });
    return yield* texts(context, values, { about: peer, sinceMs, ...paging });
  },
};

const rdm: ReadRow = {
  ...COMMON,
  name: "rdm",
  needs: ["server", "account"],
  verb: "none",
  summary: "read messages since a time: b for broadcasts, s for rooms",
  arguments: [
    {
      name: "KIND",
      summary: "b: broadcasts; s: rooms",
      required: true,
      choices: ["b", "s"],
    },
    {
      name: "WHEN",
      summary: "since when; behind s you may put a room before it, otherwise it reads all rooms",
      required: true,
      rest: "text",
    },
  ],
  examples: [
    { line: "rdm b 1 Jun 2022 16:00:00", summary: "number; time; sender; text" },
    { line: "rdm s 256 2h", summary: "messages in room 256" },
  ],
  async *run(context, values) {
    const { client } = context;
    const words = values.required("WHEN");
    if (values.required("KIND").toLowerCase() === "b") {
      const sinceMs = readWhen(words, client.clock);
      return yield* broadcasts(context, values, { sinceMs, from: undefined });
    }
    const { room, when } = splitRoom(words, (text) => parseWhen(text, hereNow(client.clock)));
    if (when === undefined) throw new UsageError("bad-date", badWhen(words));
    const about = room === undefined ? "rooms" : await storedRoom(client, room);
    return yield* texts(context, values, { about, sinceMs: when });
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

const search: ConversationRow<ReadKinds> = {
  ...COMMON,
  name: "search",
  verb: "none",
  aliases: ["find"],
  summary: "search messages",
  details: "Searches all conversations; bob:/search … only the one with bob.",
  arguments: [{
    name: "TEXT",
    summary: "the text; case and accents do not matter",
    required: true,
    rest: "text",
  }],
  examples: [{ line: "search invoice", summary: "in all conversations" }],
  p2p: {
    details: "Searches all conversations; julia:/search … only the one with julia.",
    options: [IDS_OPTION],
  },
  async run({ client, addressed }, values) {
    const found = await client.talk.search(values.required("TEXT"), { peer: addressed });
    if (found.length === 0) return result("nothing-found", {});
    const shown = await shownOf(client, values);
    const reports = await entryReports(client, found.slice(-MOST_ENTRIES), shown);
    if (found.length <= MOST_ENTRIES) return { reports };
    return { reports: [{ kind: "found-more", facts: { count: found.length } }, ...reports] };
  },
};

/** `inbox`. */
export const INBOX: ConversationCommands<ReadKinds> = { rows: [inbox], wording: READ_WORDING };
/** `read`, `rdm`. */
export const READING: PersonCommands<ReadKinds> = {
  rows: [read, rdm],
  wording: READ_WORDING,
};
/** `search`. */
export const SEARCH: ConversationCommands<ReadKinds> = { rows: [search], wording: READ_WORDING };
