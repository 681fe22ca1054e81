/** Words that people bring along from other chat programs: what does the same here, or one sentence about what to do instead. */

import { UsageError } from "../../base/errors.ts";
import { roomNumber } from "../../base/ids.ts";
import { showPeer } from "../../app/names.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues } from "../../commands/command_values.ts";
import { PEOPLE_ROWS } from "./people_rows.ts";
import { lookUp, roomOfPartner } from "./partner.ts";
import { ROOM_ROWS } from "./room_rows.ts";
import type { ChatContext, SlashCall, SlashRow } from "./slash_row.ts";
import { act } from "./talk_rows.ts";

/** Runs another command, as if it had been typed. */
async function runAs(
  rows: readonly SlashRow[],
  name: string,
  chat: ChatContext,
  given: { readonly call: SlashCall; readonly words: Readonly<Record<string, readonly string[]>> },
): Promise<void> {
  for (const row of rows.filter((row) => row.name === name)) {
    const values = CommandValues.from(whole(row), { arguments: given.words, options: {} });
    await row.run(chat, { ...given.call, values });
  }
}

const me: SlashRow = {
  name: "me",
  choosesPartner: true,
  group: "Messages",
  summary: "describe what you do: /me waves sends *waves*",
  details: "Without a text it is whoami.",
  arguments: [{ name: "TEXT", summary: "your action", required: false, rest: "text" }],
  examples: [{ line: "me waves", summary: "the others see *waves*" }],
  async run(chat, call) {
    const text = call.values.argument("TEXT");
    if (text === undefined) return await runAs(PEOPLE_ROWS, "whoami", chat, { call, words: {} });
    const to = call.to ?? chat.partner;
    if (to === undefined) {
      throw new UsageError("no-conversation", "Say in which conversation. Example: bob:/me waves");
    }
    await act(chat, to, text);
  },
};

const join: SlashRow = {
  name: "join",
  choosesPartner: true,
  group: "Rooms",
  summary: "open a room, or join one that you are invited to or that is open",
  arguments: [{ name: "ROOM", summary: "its number or its name", required: true }],
  examples: [{ line: "join #ops", summary: "you talk there from then on" }],
  async run(chat, call) {
    const room = call.values.required("ROOM").replace(/^#/, "");
    await chat.rooms.refresh();
    const known = lookUp(chat, `#${room}`);
    // One that is only looked at is not entered yet.
    const isIn = (await chat.client.rooms.list()).some(({ room }) => room === known?.peer);
    if (known === undefined || !isIn) {
      return await runAs(ROOM_ROWS, "room join", chat, { call, words: { ROOM: [room] } });
    }
    chat.talkTo(known);
    if (chat.drawsCards !== true) {
      await chat.print(`* Now talking to ${showPeer(known.peer, known.name)}`);
    }
  },
};

const topic: SlashRow = {
  name: "topic",
  group: "Rooms",
  summary: "set the open room's topic, or show it",
  arguments: [{ name: "TEXT", summary: "- removes it", required: false, rest: "text" }],
  examples: [{ line: "topic the night shift", summary: "its members see it" }],
  async run(chat, call) {
    const room = roomOfPartner(call.to ?? chat.partner);
    if (room === undefined) {
      throw new UsageError("no-room", "No room is open. Example: #ops:/topic the night shift");
    }
    const text = call.values.argument("TEXT");
    const words = { ROOM: [`${roomNumber(room)}`], TEXT: text === undefined ? [] : [text] };
    await runAs(ROOM_ROWS, "room topic", chat, { call, words });
  },
};

const close: SlashRow = {
  name: "close",
  aliases: ["wc"],
  group: "Messages",
  summary: "close this conversation, and talk to nobody",
  details: "It stays in the list; /mute puts it last, /room leave leaves a room.",
  examples: [{ line: "close", summary: "back to the first page" }],
  async run(chat) {
    chat.talkToNobody();
    // A screen shows its first page.
    if (chat.drawsCards !== true) await chat.print("* No conversation is open");
  },
};

const clear: SlashRow = {
  name: "clear",
  group: "This program",
  summary: "clear the program's own lines from this page",
  details: "Messages stay: /delete removes one for everybody, /expire lets them disappear.",
  examples: [{ line: "clear", summary: "answers of commands disappear" }],
  run: (chat) => chat.clear(),
};

/** A habit that cannot be, and what to do instead. */
function instead(name: string, summary: string, words: string): SlashRow {
  return {
    name,
    group: "This program",
    summary,
    // What is given is not needed to say so.
    arguments: [{ name: "TEXT", summary: "changes nothing", required: false, rest: "text" }],
    examples: [{ line: name, summary: "explains what to do instead" }],
    hidden: true,
    run: (chat) => chat.print(`* ${words}`),
  };
}

/** `/me`, `/join`, `/topic`, `/close`, `/clear`, and what cannot be. */
export const HABIT_ROWS: readonly SlashRow[] = [
  me,
  join,
  topic,
  close,
  clear,
  instead(
    "nick",
    "explain why there are no nicknames",
    "Your name is your account's and cannot change, so that nobody can take another's. For another name, register another account",
  ),
];
