/** What the commands that read report, and its words. */

import { isRoom, type Peer, roomNumber } from "../../base/ids.ts";
import type { HistoryEntry, PlacedEntry } from "../../client/store/history.ts";
import type { EntryFacts } from "../../client/talk/facts.ts";
import type { Wording } from "../../commands/wording.ts";
import { showPeer } from "../names.ts";
import {
  changeLine,
  conversationFields,
  entryFields,
  entryLine,
  idMark,
  numberIn,
  roomMark,
  type RoomNames,
  seedLine,
  typeOf,
} from "../talk/entry_lines.ts";
import { factFields } from "../talk/fact_fields.ts";
import type { Heap } from "../talk/overview.ts";
import { formatTime } from "../when.ts";

/** Whether each line begins with the message's number and id, and what rooms are called. */
export interface ShowOptions {
  readonly ids: boolean;
  readonly rooms: RoomNames;
}

/** Every kind of report of these commands. */
export interface ReadKinds {
  "entry": ShowOptions & { readonly entry: PlacedEntry; readonly facts: EntryFacts };
  /** One of a numbered list, in the seeds' lines. `named`: with its room before it. */
  "numbered": ShowOptions & {
    readonly number: number;
    readonly entry: HistoryEntry;
    readonly facts: EntryFacts | undefined;
    readonly named: boolean;
  };
  "conversation": { readonly peer: Peer; readonly heap: Heap; readonly rooms: RoomNames };
  "broadcasts": { readonly heap: Heap };
  "no-conversations": Record<never, never>;
  /** `isSince`: since the time that was asked for. */
  "no-messages": { readonly peer: Peer; readonly name: string; readonly isSince: boolean };
  "nothing-found": Record<never, never>;
  "found-more": { readonly count: number };
  "nothing-new": Record<never, never>;
}

/** Its words. */
export const READ_WORDING: Wording<ReadKinds> = {
  "entry": {
    type: ({ entry }) => typeOf(entry),
    fields: ({ entry, facts, rooms }) => ({
      ...entryFields(entry),
      ...numberIn(entry),
      ...conversationFields(entry, rooms),
      ...factFields(entry, facts),
    }),
    line: ({ entry, facts, rooms, ids }) => {
      const line = entry.kind === "change"
        ? changeLine(entry, facts, rooms)
        : entryLine(entry, rooms);
      return `${ids ? idMark(entry) : ""}${line}`;
    },
  },
  "numbered": {
    isList: true,
    type: ({ entry }) => typeOf(entry),
    fields: ({ number, entry, facts, rooms }) => ({
      ...entryFields(entry),
      number,
      ...conversationFields(entry, rooms),
      ...(facts === undefined ? {} : factFields(entry, facts)),
    }),
    line: ({ number, entry, rooms, ids, named }) =>
      `${ids ? idMark(entry) : ""}${named ? roomMark(entry, rooms) : ""}${seedLine(number, entry)}`,
  },
  "conversation": {
    fields: ({ peer, heap, rooms }) => ({
      with: peer,
      ...heapFields(heap),
      ...(isRoom(peer) ? { room: roomNumber(peer), roomName: rooms.nameOf(peer) } : {}),
    }),
    line: ({ peer, heap, rooms }) =>
      `${isRoom(peer) ? showPeer(peer, rooms.labelOf(peer)) : peer} ${heapLine(heap)}`,
  },
  "broadcasts": {
    fields: ({ heap }) => heapFields(heap),
    line: ({ heap }) => `# broadcasts ${heapLine(heap)}`,
  },
  "no-conversations": { isNote: true, line: () => "no messages yet" },
  "no-messages": {
    isNote: true,
    line: ({ peer, name }, { isDialogue }) =>
      isDialogue
        ? `no messages ${isRoom(peer) ? "in" : "with"} ${showPeer(peer, name)} yet`
        : "no messages yet",
  },
  "nothing-found": {
    isNote: true,
    line: (_facts, { isDialogue }) => isDialogue ? "no message contains that" : "nothing found",
  },
  "found-more": {
    isNote: true,
    line: ({ count }) => `${count} messages contain that; showing the last ones`,
  },
  // Row S3.41.
  "nothing-new": { isNote: true, line: () => "no new message" },
};

function heapFields({ unread, atMs }: Heap) {
  return { unread, at: new Date(atMs).toISOString() };
}

function heapLine({ unread, atMs }: Heap): string {
  return `${formatTime(atMs)} ${unread === 0 ? "" : `${unread} new`}`.trimEnd();
}
