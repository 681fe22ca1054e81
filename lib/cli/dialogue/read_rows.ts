/** Slash commands that read what was said: inbox, read, rdm. */

import { INBOX, READING } from "../../app/commands/reading.ts";
import { READ_WORDING, type ReadKinds } from "../../app/commands/reading_wording.ts";
import { showPeer } from "../../app/names.ts";
import type { Heap } from "../../app/talk/overview.ts";
import { shortTime } from "../../app/when.ts";
import type { Wording } from "../../commands/wording.ts";
import { messageLine } from "./chat_lines.ts";
import { type Around, slashRowsOf } from "./person_rows.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";

/** How far an own text has come, in words. */
const DELIVERY_WORDS: Readonly<Record<string, string>> = {
  queued: "waiting",
  sealed: "waiting",
  sent: "sent",
  delivered: "delivered",
  failed: "not sent",
};

/** What was said as a dialogue writes it: each text with its number, and own texts with how far they have come. */
export function readWording({ style }: ChatContext): Wording<ReadKinds> {
  const heapLine = (name: string, { atMs, unread }: Heap) =>
    `${name}, last ${shortTime(atMs, style.nowMs)}${unread === 0 ? "" : `, ${unread} new`}`;
  return {
    ...READ_WORDING,
    "entry": {
      isList: true,
      line: ({ entry, facts }) => {
        const { kind, number, deletedBy } = entry;
        const isThere = kind === "text" && deletedBy === undefined;
        const mark = isThere && number !== undefined ? `[${number}] ` : "";
        const state = facts.delivery && DELIVERY_WORDS[facts.delivery];
        return mark + messageLine(entry, style, { facts, state });
      },
    },
    "conversation": {
      isList: true,
      line: ({ peer, heap }) => heapLine(showPeer(peer, style.nameOf(peer)), heap),
    },
    "broadcasts": { isList: true, line: ({ heap }) => heapLine("* broadcasts", heap) },
  };
}

const withRoomNames: Around = async (chat, _call, run) => {
  await chat.rooms.refresh();
  return await run();
};

/** `/inbox`, `/read`, `/rdm`. */
export const READ_ROWS: readonly SlashRow[] = [
  ...slashRowsOf(INBOX, withRoomNames, readWording),
  ...slashRowsOf(READING, withRoomNames, readWording),
];
