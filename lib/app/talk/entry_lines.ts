/** What was said, in lines and in fields for programs. Pure. */

import { isRoom, roomNumber } from "../../base/ids.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { showRoom } from "../names.ts";
import type { RoomLabels } from "../rooms/room_labels.ts";
import { spokenText } from "./action.ts";
import { changeWords, deletedWords } from "./change_words.ts";
import { typeOfChange } from "./fact_fields.ts";
import { formatSeedTime, formatTime } from "../when.ts";
import { kindOfEntry } from "../../client/store/conversation_kinds.ts";

/** The server's and the sender's clock may be so far apart before it is told. */
const CLOCKS_APART_MS = 10 * 60_000;

const TYPES: Readonly<Record<Exclude<HistoryEntry["kind"], "change">, string>> = {
  text: "message",
  notice: "notice",
  broadcast: "broadcast",
};

/** What rooms are called: see `RoomLabels`. */
export type RoomNames = Pick<RoomLabels, "labelOf" | "nameOf">;

/** `#ops: `, before what was said in a room. */
export function roomMark({ kind, peer }: HistoryEntry, rooms: RoomNames): string {
  return kind === "text" && isRoom(peer) ? `${showRoom(rooms.labelOf(peer))}: ` : "";
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
  const text = spokenText(kind, replaceEmoticons(entry.text), from);
  const mark = protectionMark(entry);
  const marked = mark === undefined ? text : `${mark} ${text}`;
  return `${room === undefined ? "" : `${room} `}${from} ${time} ${marked}`;
}

/**
 * `[broadcast #2, readable by all]`: no name has a `#`, so none looks like it. A sender's time far from the server's is told:
 * the server may hand an old one on as a new one. Undefined for what is sealed.
 */
export function protectionMark(entry: HistoryEntry): string | undefined {
  const { name, protection } = kindOfEntry(entry);
  if (protection === "sealed") return undefined;
  const { number, atMs, sentAtMs } = entry;
  const isApart = Math.abs(atMs - sentAtMs) > CLOCKS_APART_MS;
  const written = isApart ? `, written ${formatSeedTime(sentAtMs)}` : "";
  return `[${name} #${number}, readable by all${written}]`;
}

/** Row S3.14. */
export function broadcastSaid({ number, atMs }: HistoryEntry): string {
  return `Broadcast message, #${number} broadcast at ${formatSeedTime(atMs)}.`;
}

/** Rows S3.19 and S3.39: `1; 04 Aug 2022 19:12:00; yoda; hi`. */
export function seedLine(number: number, entry: HistoryEntry): string {
  const { kind, atMs, from, text } = entry;
  return `${number}; ${formatSeedTime(atMs)}; ${from}; ${spokenText(kind, text, from)}`;
}

/** `* 2022-08-03 23:25:03 #ops: bob edited message 7`. */
export function changeLine(entry: HistoryEntry, facts: EntryFacts, rooms: RoomNames): string {
  return `* ${formatTime(entry.atMs)} ${roomPart(entry, rooms)}${changeWords(entry, facts)}`;
}

function roomPart({ peer }: HistoryEntry, rooms: RoomNames): string {
  return isRoom(peer) ? `${showRoom(rooms.labelOf(peer))}: ` : "";
}

/** By what a message is named; a line of the program has nothing. */
export function idMark({ kind, id, number }: HistoryEntry): string {
  return kind === "text" ? `${number ?? "-"} ${id} ` : "";
}

/** By what programs find it again. */
export function numberIn({ number }: HistoryEntry): { number?: number } {
  return number === undefined ? {} : { number };
}

/** Where it was said, for programs. */
export function conversationFields(
  entry: HistoryEntry,
  rooms: RoomNames,
): Readonly<Record<string, unknown>> {
  const { peer } = entry;
  const { readers } = kindOfEntry(entry);
  if (readers === "everyone") return { readableBy: readers };
  if (!isRoom(peer)) return { conversation: peer };
  return { conversation: peer, room: roomNumber(peer), roomName: rooms.nameOf(peer) };
}
