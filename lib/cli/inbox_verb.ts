/** The verb inbox. */

import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { showEntry } from "./entry_lines.ts";
import { knownPeer } from "./nobody.ts";
import { type Heap, overviewOf } from "./overview.ts";
import type { Verb } from "./verb.ts";
import { showRoom } from "./dialogue/names.ts";
import { isRoom, roomNumber } from "../base/ids.ts";
import { RoomLabels } from "./rooms/room_labels.ts";
import { IDS_OPTION, PAGING_OPTIONS, readPaging } from "./talk/paging.ts";
import { formatTime } from "./when.ts";

/** Messages of an `inbox NAME`. */
const INBOX_ENTRIES = 50;

/** The row of `inbox`. */
export const INBOX_VERB: Verb = {
  name: "inbox",
  aliases: [],
  group: "Messages",
  summary: "show a conversation, or who has written",
  details:
    "Shows what is stored on this machine; it needs no connection. What it shows of a conversation is new no more, unless you say --peek.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #256 or #ops", required: false }],
  options: [
    { flag: "--search", valueName: "TEXT", summary: "only what contains this" },
    ...PAGING_OPTIONS,
    IDS_OPTION,
    { flag: "--peek", summary: "leave what is new as new" },
  ],
  examples: [
    { line: "inbox", summary: "who has written, and how much is new" },
    { line: "inbox bob", summary: "what you and bob said last" },
    { line: "inbox '#ops'", summary: "what was said last in this room" },
    { line: "inbox bob --limit 20 --before 140", summary: "the 20 before message 140" },
    { line: "inbox --search invoice", summary: "in all conversations" },
  ],
  exitCodes: [3, 4, 6],
  async run(context, values) {
    const client = await context.openClient();
    const name = values.argument("NAME");
    const peer = name === undefined ? undefined : await knownPeer(client, name);
    const search = values.option("--search");
    if (peer === undefined && search === undefined) return await overview(context);
    const paging = await readPaging(client, values, peer);
    const entries = search === undefined
      ? await client.talk.page({
        about: peer,
        kinds: ["text", "notice"],
        ...paging,
        limit: paging.limit ?? INBOX_ENTRIES,
      })
      : await client.talk.search(search, { peer, ...paging });
    const shown = { rooms: await RoomLabels.of(client), ids: values.has("--ids") };
    for (const entry of entries) await showEntry(context, client, entry, shown);
    if (search === undefined && !values.has("--peek")) client.talk.markShown(entries);
    if (entries.length === 0) {
      await context.output.note(search === undefined ? "no messages yet" : "nothing found");
    }
    return EXIT.done;
  },
};

async function overview(context: Context): Promise<ExitCode> {
  const client = await context.openClient();
  const rooms = await RoomLabels.of(client);
  const { conversations, broadcasts } = await overviewOf(client);
  if (conversations.size === 0 && broadcasts === undefined) {
    await context.output.note("no messages yet");
  }
  for (const [peer, heap] of conversations) {
    const { unread, atMs } = heap;
    const at = new Date(atMs).toISOString();
    const facts = { with: peer, unread, at };
    if (isRoom(peer)) {
      const room = { room: roomNumber(peer), roomName: rooms.nameOf(peer) };
      const line = `${showRoom(rooms.labelOf(peer))} ${count(heap)}`;
      await context.output.fact("conversation", { ...facts, ...room }, line);
    } else await context.output.fact("conversation", facts, `${peer} ${count(heap)}`);
  }
  if (broadcasts === undefined) return EXIT.done;
  const { unread, atMs } = broadcasts;
  const facts = { unread, at: new Date(atMs).toISOString() };
  await context.output.fact("broadcasts", facts, `# broadcasts ${count(broadcasts)}`);
  return EXIT.done;
}

function count({ unread, atMs }: Heap): string {
  return `${formatTime(atMs)} ${unread === 0 ? "" : `${unread} new`}`.trimEnd();
}
