/** What was said, as the verbs show it. */

import { isRoom, roomNumber } from "../base/ids.ts";
import type { Client } from "../client/client.ts";
import type { HistoryEntry, PlacedEntry } from "../client/messaging/history.ts";
import { replaceEmoticons } from "../commands/emoticons.ts";
import type { Context } from "./context.ts";
import { showRoom } from "./dialogue/names.ts";
import type { RoomLabels } from "./rooms/room_labels.ts";
import { changeWords, deletedWords } from "./talk/change_words.ts";
import { factFields, typeOfChange } from "./talk/fact_fields.ts";
import { formatSeedTime, formatTime } from "./when.ts";

/** The server's and the sender's clock may be so far apart before it is told. */
const CLOCKS_APART_MS = 10 * 60_000;

const TYPES: Readonly<Record<Exclude<HistoryEntry["kind"], "change">, string>> = {
  text: "message",
  notice: "notice",
  broadcast: "broadcast",
};

/** What rooms are called: see `RoomLabels`. */
export type RoomNames = Pick<RoomLabels, "labelOf" | "nameOf">;

/** How entries are shown. */
export interface ShowOptions {
  readonly rooms: RoomNames;
  /** Whether each line begins with the message's number and id. */
  readonly ids: boolean;
}

/** Shows an entry as the verbs do: an object for programs, a line for people. */
export async function showEntry(
  context: Context,
  client: Client,
  entry: PlacedEntry,
  { rooms, ids }: ShowOptions,
): Promise<void> {
  const facts = await client.talk.factsOf(entry);
  const fields = { ...numberIn(entry), ...aboutRoad(entry, rooms), ...factFields(entry, facts) };
  const line = entry.kind === "change"
    ? `* ${formatTime(entry.atMs)} ${roomPart(entry, rooms)}${changeWords(entry, facts)}`
    : entryLine(entry, rooms);
  await showFields(context, entry, { fields, line: `${ids ? idMark(entry) : ""}${line}` });
}

/** The same as one of a numbered list, in the seeds' lines. A room's own list does not name the room again. */
export async function showNumbered(
  context: Context,
  client: Client,
  { number, entry }: { readonly number: number; readonly entry: HistoryEntry | PlacedEntry },
  { rooms, named, ids }: ShowOptions & { readonly named: boolean },
): Promise<void> {
  const facts = "place" in entry ? factFields(entry, await client.talk.factsOf(entry)) : {};
  const fields = { number, ...aboutRoad(entry, rooms), ...facts };
  const line = `${named ? roomMark(entry, rooms) : ""}${seedLine(number, entry)}`;
  await showFields(context, entry, { fields, line: `${ids ? idMark(entry) : ""}${line}` });
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
  await output.object(typeOf(entry), { ...entryFields(entry), ...fields });
  await output.line(line);
}

/** The type of the object that programs get. */
export function typeOf(entry: HistoryEntry): string {
  return entry.kind === "change" ? typeOfChange(entry) : TYPES[entry.kind];
}

/** What programs get of every entry. */
export function entryFields(entry: HistoryEntry): Readonly<Record<string, unknown>> {
  const { id, from, own, kind, text, sentAtMs, atMs } = entry;
  return {
    id,
    from,
    own,
    // What a change says is what its message says now.
    ...(kind === "change" ? {} : { text }),
    sent: new Date(sentAtMs).toISOString(),
    at: new Date(atMs).toISOString(),
  };
}

/**
 * Row S1.15: `name YYYY-MM-DD HH:MM:SS text`, with `#ops` before it for what was said in a room; `*` for a line of the
 * program itself. Holds foreign text.
 */
export function entryLine(entry: HistoryEntry, rooms: RoomNames): string {
  const { kind, peer, from } = entry;
  const time = formatTime(entry.atMs);
  const room = isRoom(peer) ? showRoom(rooms.labelOf(peer)) : undefined;
  if (kind === "notice") return `* ${time} ${roomPart(entry, rooms)}${entry.text}`;
  if (entry.deletedBy !== undefined) {
    return `* ${time} ${roomPart(entry, rooms)}${deletedWords(entry)}`;
  }
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

function roomPart({ peer }: HistoryEntry, rooms: RoomNames): string {
  return isRoom(peer) ? `${showRoom(rooms.labelOf(peer))}: ` : "";
}

/** By what a message is named; a line of the program has nothing. */
function idMark({ kind, id, number }: HistoryEntry): string {
  return kind === "text" ? `${number ?? "-"} ${id} ` : "";
}

function numberIn({ number }: HistoryEntry): { number?: number } {
  return number === undefined ? {} : { number };
}

function aboutRoad({ kind, peer }: HistoryEntry, rooms: RoomNames) {
  if (kind === "broadcast") return { readableBy: "everyone" };
  if (!isRoom(peer)) return { conversation: peer };
  return { conversation: peer, room: roomNumber(peer), roomName: rooms.nameOf(peer) };
}
