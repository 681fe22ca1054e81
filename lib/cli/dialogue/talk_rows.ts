/** Slash commands about what is said: msg, to, broadcast, search, receipts. */

import { ATTENTION_ROWS } from "../../app/commands/attention.ts";
import { BROADCAST } from "../../app/commands/broadcast.ts";
import { LIST_CHOICES } from "../../app/commands/list_choices.ts";
import { MESSAGES } from "../../app/commands/messages.ts";
import { INBOX, READING, SEARCH } from "../../app/commands/reading.ts";
import { READ_WORDING, type ReadKinds } from "../../app/commands/reading_wording.ts";
import { ACT, ROOM_SAY, SEND, type SendKinds } from "../../app/commands/send.ts";
import { UNREAD } from "../../app/commands/unread.ts";
import { showPeer } from "../../app/names.ts";
import { lookAtOpenRoom } from "../../app/rooms/open_rooms.ts";
import { saidText } from "../../app/talk/action.ts";
import type { Heap } from "../../app/talk/overview.ts";
import { shortTime } from "../../app/when.ts";
import { Bug, Refusal } from "../../base/errors.ts";
import { isRoom, type RoomHandle } from "../../base/ids.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues } from "../../commands/command_values.ts";
import type { Wording } from "../../commands/wording.ts";
import { messageLine } from "./chat_lines.ts";
import type { Partner } from "./partner.ts";
import { type Around, type AroundRows, slashRowsOf } from "./person_rows.ts";
import type { ChatContext, SlashRow } from "./slash_row.ts";

// Slash commands that read what was said: inbox, read, rdm.

/** How far an own text has come, in words. */
const DELIVERY_WORDS: Readonly<Record<string, string>> = {
  queued: "waiting",
  sealed: "waiting",
  sent: "sent",
  delivered: "delivered",
  failed: "not sent",
};

/** What was said as a dialogue writes it: each text with its number, and own texts with how far they have come. */
function readWording({ style }: ChatContext): Wording<ReadKinds> {
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

const toRow: SlashRow = {
  name: "to",
  choosesPartner: true,
  aliases: ["talk", "query"],
  group: "Messages",
  summary: "open a conversation with a person or a room",
  arguments: [{ name: "NAME", summary: "the person, or the room as #ops", required: true }],
  examples: [{ line: "to bob", summary: "the same as bob: before each line" }],
  async run(chat, { values }) {
    const partner = await findOrLook(chat, values.required("NAME"));
    chat.talkTo(partner);
    const { peer, name } = partner;
    // A full screen shows where one is.
    if (chat.drawsCards !== true) await chat.print(`* Now talking to ${showPeer(peer, name)}`);
    const notice = isRoom(peer) ? chat.rooms.noticeOf(peer) : undefined;
    if (notice !== undefined) await chat.print(`* it is ${notice}`);
  },
};

/** Somebody or a room; or an open room, which the person looks at from then on. */
async function findOrLook(chat: ChatContext, text: string): Promise<Partner> {
  try {
    return await chat.findPartner(text);
  } catch (error) {
    if (!(error instanceof Refusal) || !text.startsWith("#")) throw error;
    const room = await lookAtOpenRoom(chat.client, text);
    if (room === undefined) throw error;
    await chat.rooms.refresh();
    return { peer: room, name: chat.rooms.labelOf(room) };
  }
}

/** The page of a room stays open for somebody who was removed meanwhile. Throws Refusal `not-member`. */
async function requireRoom({ rooms }: ChatContext, room: RoomHandle): Promise<void> {
  if (rooms.has(room)) return;
  await rooms.refresh();
  if (rooms.has(room)) return;
  throw new Refusal("not-member", "Not sent: you are no longer in this room");
}

/** What is said is shown where that is, and plain text goes there from then on. */
function saidThere(as: (text: string) => string): AroundRows<SendKinds> {
  return async (chat, { to, values }, run) => {
    if (to === undefined) throw new Bug("Cannot say a text: it is for nobody");
    if (chat.drawsCards === true && isRoom(to.peer)) await requireRoom(chat, to.peer);
    chat.talkTo(to);
    const { sends: id } = await run();
    if (id !== undefined) await chat.wrote(to, { id, text: as(values.required("TEXT")) });
    return undefined;
  };
}

const [SAY] = slashRowsOf(SEND, saidThere(saidText)).map(whole);
const [DO] = slashRowsOf(ACT, saidThere((text) => text)).map(whole);

/** Says a text, and makes this the conversation that plain text goes to. */
export function say(chat: ChatContext, to: Partner, text: string): Promise<void> {
  return runWith(SAY, text, { chat, to });
}

/** The same of what somebody does. */
export function act(chat: ChatContext, to: Partner, does: string): Promise<void> {
  return runWith(DO, `*${does}*`, { chat, to });
}

function runWith(
  row: typeof SAY,
  text: string,
  { chat, to }: { readonly chat: ChatContext; readonly to: Partner },
): Promise<void> {
  const values = CommandValues.from(row, { arguments: { TEXT: [text] }, options: {} });
  return row.run(chat, { values, to, offered: undefined });
}

/** The others' texts that came before it stand before it. */
export async function shownBefore<Result>(
  chat: ChatContext,
  _call: unknown,
  run: () => Promise<Result>,
): Promise<Result> {
  const done = await run();
  await chat.look();
  return done;
}

/** What is done to a message is shown where it happens. */
const unlessShown: Around = async (chat, { row }, run) => {
  const done = await run();
  await chat.look();
  chat.send();
  // What the person sets themselves is a line of the conversation where that is on a screen.
  const isSaid = row.name === "expire" && chat.drawsCards !== true;
  return done.isShown === true && !isSaid ? undefined : done;
};

const receiptsRow: SlashRow = {
  name: "receipts",
  group: "Messages",
  summary: "show or hide when your messages are delivered",
  arguments: [{ name: "SWITCH", summary: "which", required: false, choices: ["on", "off"] }],
  examples: [{ line: "receipts on", summary: "a line for each delivered message" }],
  async run(chat, { values }) {
    const choice = values.argument("SWITCH");
    if (choice !== undefined) chat.settings.receipts = choice === "on";
    await chat.print(`* receipts are ${chat.settings.receipts ? "on" : "off"}`);
  },
};

/** `/room say`. */
export const ROOM_SAY_ROWS: readonly SlashRow[] = slashRowsOf(ROOM_SAY, saidThere(saidText));

/** `/msg`, `/to`, `/broadcast`, what can be done with messages, `/search`, `/receipts`. */
export const TALK_ROWS: readonly SlashRow[] = [
  SAY,
  toRow,
  ...slashRowsOf(BROADCAST, shownBefore),
  ...slashRowsOf(MESSAGES, unlessShown),
  ...slashRowsOf(UNREAD),
  ...slashRowsOf(LIST_CHOICES),
  ...slashRowsOf(ATTENTION_ROWS),
  ...slashRowsOf(SEARCH, undefined, readWording),
  receiptsRow,
];
