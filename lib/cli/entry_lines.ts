/** What was said, as the verbs show it. */

import { isRoom, roomNumber } from "../base/ids.ts";
import type { HistoryEntry } from "../client/messaging/history.ts";
import { replaceEmoticons } from "../commands/emoticons.ts";
import type { Context } from "./context.ts";
import { showRoom } from "./dialogue/names.ts";
import type { RoomLabels } from "./rooms/room_labels.ts";
import { formatSeedTime, formatTime } from "./when.ts";

/** The server's and the sender's clock may be so far apart before it is told. */
const CLOCKS_APART_MS = 10 * 60_000;

const TYPES: Readonly<Record<HistoryEntry["kind"], string>> = {
  text: "message",
  notice: "notice",
  broadcast: "broadcast",
};

/** What rooms are called: see `RoomLabels`. */
export type RoomNames = Pick<RoomLabels, "labelOf" | "nameOf">;

/** Shows an entry as the verbs do: an object for programs, a line for people. */
export async function showEntry(
  context: Context,
  entry: HistoryEntry,
  rooms: RoomNames,
): Promise<void> {
  const fields = { ...numberIn(entry), ...aboutRoad(entry, rooms) };
  await showFields(context, entry, { fields, line: entryLine(entry, rooms) });
}

/** The same as one of a numbered list, in the seeds' lines. A room's own list does not name the room again. */
export async function showNumbered(
  context: Context,
  { number, entry }: { readonly number: number; readonly entry: HistoryEntry },
  { rooms, named }: { readonly rooms: RoomNames; readonly named: boolean },
): Promise<void> {
  const fields = { number, ...aboutRoad(entry, rooms) };
  const line = `${named ? roomMark(entry, rooms) : ""}${seedLine(number, entry)}`;
  await showFields(context, entry, { fields, line });
}

/** Tells the sender of a broadcast what became of it. */
export async function showBroadcastSaid(context: Context, entry: HistoryEntry): Promise<void> {
  const { number } = entry;
  const fields = { number, readableBy: "everyone" };
  await showFields(context, entry, { fields, line: broadcastSaid(entry) });
}

/** `#ops: `, before what was said in a room. */
export function roomMark({ kind, peer }: HistoryEntry, rooms: RoomNames): string {
  return kind === "text" && isRoom(peer) ? `${showRoom(rooms.labelOf(peer))}: ` : "";
}

async function showFields(
  { output }: Context,
  entry: HistoryEntry,
  { fields, line }: { fields: Readonly<Record<string, unknown>>; line: string },
): Promise<void> {
  await output.object(TYPES[entry.kind], {
    id: entry.id,
    from: entry.from,
    ...fields,
    own: entry.own,
    text: entry.text,
    sent: new Date(entry.sentAtMs).toISOString(),
    at: new Date(entry.atMs).toISOString(),
  });
  await output.line(line);
}

/**
 * Row S1.15: `name YYYY-MM-DD HH:MM:SS text`, with `#ops` before it for what was said in a room; `*` for a line of the
 * program itself. Holds foreign text.
 */
export function entryLine(entry: HistoryEntry, rooms: RoomNames): string {
  const { kind, peer, from } = entry;
  const time = formatTime(entry.atMs);
  const room = isRoom(peer) ? showRoom(rooms.labelOf(peer)) : undefined;
  if (kind === "notice") return `* ${time} ${room === undefined ? "" : `${room}: `}${entry.text}`;
  const text = replaceEmoticons(entry.text);
  const mark = kind === "broadcast" ? `${broadcastMarkOf(entry)} ` : "";
  return `${room === undefined ? "" : `${room} `}${from} ${time} ${mark}${text}`;
}

/**
 * `[broadcast #2, readable by all]`: no name has a `#`, so none looks like it. A sender's time far from the server's is told:
 * the server may hand an old broadcast on as a new one.
 */
export function broadcastMarkOf({ number, atMs, sentAtMs }: HistoryEntry): string {
  const isApart = Math.abs(atMs - sentAtMs) > CLOCKS_APART_MS;
  const written = isApart ? `, written ${formatSeedTime(sentAtMs)}` : "";
  return `[broadcast #${number}, readable by all${written}]`;
}

/** Row S3.14. */
export function broadcastSaid({ number, atMs }: HistoryEntry): string {
  return `Broadcast message, #${number} broadcast at ${formatSeedTime(atMs)}.`;
}

/** Rows S3.19 and S3.39: `1; 04 Aug 2022 19:12:00; yoda; hi`. */
export function seedLine(number: number, { atMs, from, text }: HistoryEntry): string {
  return `${number}; ${formatSeedTime(atMs)}; ${from}; ${text}`;
}

function numberIn({ number }: HistoryEntry): { number?: number } {
  return number === undefined ? {} : { number };
}

function aboutRoad({ kind, peer }: HistoryEntry, rooms: RoomNames) {
  if (kind === "broadcast") return { readableBy: "everyone" };
  if (!isRoom(peer)) return { conversation: peer };
  return { conversation: peer, room: roomNumber(peer), roomName: rooms.nameOf(peer) };
}
