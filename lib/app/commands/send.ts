/** The command that says a text to somebody or in a room, and its words. */

import { type EnvelopeId, isRoom, type Peer, roomNumber } from "../../base/ids.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { Wording } from "../../commands/wording.ts";
import { MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import {
  conversationOf,
  type ConversationRow,
  type PersonCommands,
  type PersonRow,
  type SendingCommands,
} from "../person_row.ts";
import { saidText } from "../talk/action.ts";

/** Every kind of report of these commands. */
export interface SendKinds {
  /** The other side is away. */
  "away": { readonly to: Peer };
  "sent": { readonly to: Peer; readonly id: EnvelopeId };
  /** It goes when the other side, or the server, is there again. */
  "queued": { readonly to: Peer; readonly id: EnvelopeId };
}

const SAID: Wording<SendKinds>["sent"] = {
  fields: ({ to }) => ({ to, ...(isRoom(to) ? { room: roomNumber(to) } : {}) }),
  line: () => [],
};

const WORDING: Wording<SendKinds> = {
  "away": { isNote: true, line: () => [] },
  "sent": SAID,
  "queued": SAID,
};

const TEXT: ArgumentSpec = { name: "TEXT", summary: "what", required: true, rest: "text" };

const send: ConversationRow<SendKinds> = {
  name: "send",
  group: "Messages",
  summary: "send a message",
  details:
    'Ends with 0 when the server has the message, with --wait delivered when a device of the receiver has it. Without a connection it neither sends nor stores the message, unless you add --spool. With one it stores the message first and sends it as soon as possible, even after ctrl-C. Any other exit says whether the message is stored, sent or neither, with --json in the field "kept": do not send a stored message again. With --id a message is never sent twice, however often you repeat the command.',
  arguments: [{ ...TEXT, summary: "the text; leave it out with --stdin", required: false }],
  examples: [
    { line: 'send bob "hi there"', summary: "ends when the server has it" },
    { line: "send '#ops' \"good night\"", summary: "to everyone in this room" },
    { line: "send bob --stdin --wait delivered < report.txt", summary: "ends when bob has it" },
  ],
  exitCodes: [3, 4, 5, 6, 7, 9],
  needs: ["connection", "conversation"],
  mayOpen: true,
  text: {
    maxBytes: MAX_TEXT_BYTES,
    tooLong: "Cannot send the text: it is too long. Send it as a file",
    empty: 'Cannot send: the text is empty. Example: heliograph send bob "hi"',
  },
  verb: {
    named: { name: "TO", summary: "a person, or a room as #256 or #ops", required: true },
    options: [{
      flag: "--spool",
      summary: "without a connection, store it for the next command that has one; exits with 5",
    }],
  },
  slash: {
    name: "msg",
    aliases: ["messageto", "tell"],
    summary: "send a message to somebody, and go on talking to them",
    details: undefined,
    named: { name: "NAME", summary: "a person, or a room as #ops", required: true },
    arguments: [TEXT],
    examples: [
      { line: "send bob hi there", summary: "the same as bob:hi there" },
      { line: 'send "Anna Maria" hi', summary: "a name with a blank in it" },
    ],
  },
  p2p: {
    aliases: ["msg"],
    title: "Send a message",
    summary: "send somebody a message",
    details:
      "Without a text it asks for one: Enter sends, Alt-Enter starts a new line. Messages to somebody who is offline wait, even across restarts, and arrive once when you are connected again.",
    named: { name: "USERNAME", summary: "the person", required: true },
    whom: "connected",
    arguments: [{ ...TEXT, required: false }],
    examples: [
      { line: "send julia", summary: "asks for the text" },
      { line: "send julia Hola", summary: "sends it at once" },
    ],
  },
  run: sending(saidText),
};

/** `as`: how the text is sent. */
function sending(as: (text: string) => string): ConversationRow<SendKinds>["run"] {
  return async function* run(context) {
    const { client, id } = context;
    const { peer: to } = conversationOf(context);
    if (!context.isConnected()) yield result("away", { to }).reports;
    const sends = await client.write(to, as(await context.text()), { id });
    const { reports } = result(context.isConnected() ? "sent" : "queued", { to, id: sends });
    return { reports, sends, isShown: true };
  };
}

const roomSay: PersonRow<SendKinds> = {
  ...send,
  name: "room say",
  verb: "none",
  needs: ["server", ...send.needs],
  slash: {
    aliases: ["srm"],
    group: "Rooms",
    summary: "send a message to a room, and go on talking there",
    details: undefined,
    named: {
      name: "ROOM",
      summary: "its number or its name, with or without #",
      required: true,
      isRoom: true,
    },
    arguments: [TEXT],
    examples: [{ line: "room say 256 hi", summary: "the same as #256:hi" }],
  },
};

/** `send`. */
export const SEND: SendingCommands<SendKinds> = {
  rows: [send],
  wording: WORDING,
  sentBefore: (to, id) => ({ kind: "sent", facts: { to, id } }),
};

/** What somebody does, `/me`: its text is sent as it is. */
export const ACT: PersonCommands<SendKinds> = {
  rows: [{ ...send, run: sending((text) => text) }],
  wording: WORDING,
};

/** `/room say`. */
export const ROOM_SAY: PersonCommands<SendKinds> = { rows: [roomSay], wording: WORDING };
