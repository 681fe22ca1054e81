/** The verb inbox. */

import { roomNumberOf } from "../client/messaging/room_texts.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { showEntry } from "./entry_lines.ts";
import { knownPeer } from "./nobody.ts";
import { type Heap, overviewOf } from "./overview.ts";
import type { Verb } from "./verb.ts";
import { showRoom } from "./dialogue/names.ts";
import { isRoom, roomNumber } from "../base/ids.ts";
import { RoomLabels } from "./rooms/room_labels.ts";
import { formatTime } from "./when.ts";

/** Messages of an `inbox NAME`. */
const INBOX_ENTRIES = 50;

/** The row of `inbox`. */
export const INBOX_VERB: Verb = {
  name: "inbox",
  aliases: [],
  group: "Messages",
  summary: "show a conversation, or who has written",
  details: "Shows what is stored on this machine; it needs no connection.",
  arguments: [{ name: "NAME", summary: "with whom, or a room as #256 or #ops", required: false }],
  options: [
    { flag: "--search", valueName: "TEXT", summary: "only what contains this" },
  ],
  examples: [
    { line: "inbox", summary: "who has written, and how much is new" },
    { line: "inbox bob", summary: "what you and bob said last" },
    { line: "inbox '#ops'", summary: "what was said last in this room" },
    { line: "inbox --search invoice", summary: "in all conversations" },
  ],
  exitCodes: [3, 4, 6],
  async run(context, values) {
    const client = await context.openClient();
    const { history } = client.messenger;
    const name = values.argument("NAME");
    const peer = name === undefined ? undefined : await knownPeer(client, name);
    const search = values.option("--search");
    if (peer === undefined && search === undefined) return await overview(context);
    const entries = search === undefined
      ? await history.latest(
        INBOX_ENTRIES,
        (entry) => entry.peer === peer && entry.kind !== "broadcast",
      )
      : (await history.search(search)).filter((entry) => peer === undefined || entry.peer === peer);
    const rooms = await RoomLabels.of(client);
    const { database } = client.profile;
    for (const entry of entries) {
      const number = roomNumberOf(database, entry);
      await showEntry(context, number === undefined ? entry : { ...entry, number }, rooms);
    }
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
