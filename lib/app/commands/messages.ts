/** Commands about a message that was said: answer, react, edit, delete, let them disappear; and the words for what they report. */

import { UsageError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import { result } from "../../commands/command_row.ts";
import type { ArgumentSpec } from "../../commands/command_table.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { durationWords, parseDuration } from "../../commands/when.ts";
import { replaceEmoticons } from "../../commands/emoticons.ts";
import { MESSAGE_REF_WORDS, parseMessageRef } from "../../commands/message_ref.ts";
import type { Wording } from "../../commands/wording.ts";
import { MAX_TEXT_BYTES } from "../../protocol/peer/chat.ts";
import {
  type ConversationContext,
  conversationOf,
  type ConversationRow,
  type SendingCommands,
} from "../person_row.ts";
import { actionOf, saidText } from "../talk/action.ts";

interface OfMessage {
  readonly conversation: Peer;
  readonly target: PlacedEntry["id"];
  readonly number: number | undefined;
}

/** Every kind of report of these commands. */
export interface MessageKinds {
  "replied": OfMessage & { readonly shown: string };
  "reacted": OfMessage & { readonly emoji: string; readonly on: boolean };
  "edited": OfMessage;
  "deleted": OfMessage & { readonly wasSent: boolean };
  "sent": { readonly to: Peer };
  "timer": {
    readonly conversation: Peer;
    readonly expireSeconds: number;
    readonly shown: string;
  };
}

const which = ({ number }: OfMessage) => number === undefined ? "it" : `message ${number}`;
const fieldsOf = ({ conversation, target }: OfMessage) => ({ conversation, target });

/** Its words. */
const WORDING: Wording<MessageKinds> = {
  "replied": {
    fields: fieldsOf,
    line: (facts) => `Replied to ${which(facts)} of ${facts.shown}`,
  },
  "reacted": {
    fields: (facts) => ({ ...fieldsOf(facts), emoji: facts.emoji, on: facts.on }),
    line: (facts) =>
      facts.on
        ? `Reacted ${facts.emoji} to ${which(facts)}`
        : `Removed ${facts.emoji} from ${which(facts)}`,
  },
  "edited": { fields: fieldsOf, line: (facts) => `Edited ${which(facts)}` },
  "deleted": {
    fields: (facts) => ({ ...fieldsOf(facts), wasSent: facts.wasSent }),
    line: (facts) => `Deleted ${which(facts)}${facts.wasSent ? "" : ": it was never sent"}`,
  },
  "sent": { line: () => "Already sent" },
  "timer": {
    fields: ({ conversation, expireSeconds }) => ({ conversation, expireSeconds }),
    line: ({ shown, expireSeconds }) =>
      `Messages with ${shown} ${
        expireSeconds === 0
          ? "stay"
          : `disappear ${durationWords(expireSeconds)} after they are read`
      }`,
  },
};

type MessageRow = ConversationRow<MessageKinds>;

const MESSAGE: ArgumentSpec = { name: "MESSAGE", summary: MESSAGE_REF_WORDS, required: true };

const COMMON = {
  group: "Messages",
  exitCodes: [3, 4, 5, 6, 7, 9],
  // What is said to a message is about what it says now.
  needs: ["connection", "receiving", "conversation"],
} as const;

function textLike(example: string) {
  return {
    maxBytes: MAX_TEXT_BYTES,
    tooLong: "Cannot send the text: it is too long. Send it as a file",
    empty: `Cannot send: the text is empty. Example: heliograph ${example}`,
  };
}

/** The message that `MESSAGE` names. Throws UsageError `bad-message-name`, Refusal `unknown-message`. */
async function messageOf(
  context: ConversationContext,
  values: CommandValues,
  options: { own?: boolean } = {},
): Promise<PlacedEntry> {
  const text = values.required(MESSAGE.name);
  const ref = parseMessageRef(text);
  if (ref === undefined) {
    throw new UsageError(
      "bad-message-name",
      `${text} is not a message: use ${MESSAGE_REF_WORDS}; inbox --ids and /inbox show them`,
    );
  }
  return await context.client.talk.find(conversationOf(context).peer, ref, options);
}

function of(context: ConversationContext, { id, number }: PlacedEntry): OfMessage {
  return { conversation: conversationOf(context).peer, target: id, number };
}

const reply: MessageRow = {
  ...COMMON,
  name: "reply",
  aliases: ["answer"],
  summary: "reply to a message",
  details:
    "The reply does not carry the quoted text: each side shows its own copy, so nobody can be misquoted.",
  arguments: [MESSAGE, { name: "TEXT", summary: "what", required: false, rest: "text" }],
  examples: [
    { line: "reply -1 yes, at noon", summary: "replies to the last message" },
    { line: "reply 12 yes", summary: "replies to message 12" },
  ],
  text: textLike("reply bob -1 yes, at noon"),
  async run(context, values) {
    const { client, id } = context;
    const { shown } = conversationOf(context);
    const target = await messageOf(context, values);
    const sends = await client.talk.reply(target, saidText(await context.text()), { id });
    return { ...result("replied", { ...of(context, target), shown }), sends, isShown: true };
  },
};

const react: MessageRow = {
  ...COMMON,
  name: "react",
  aliases: ["reaction"],
  summary: "react to a message with an emoji, or undo it",
  details:
    "Up to 8 different emojis per message; names such as :+1: and :) work too. Everybody in the conversation sees them.",
  arguments: [MESSAGE, {
    name: "EMOJI",
    summary: "one emoji, or its name as :+1:",
    required: true,
  }],
  options: [{ flag: "--remove", summary: "undo the reaction" }],
  examples: [
    { line: "react -1 👍", summary: "likes the last message" },
    { line: "react -1 :+1: --remove", summary: "undoes it" },
  ],
  async run(context, values) {
    const target = await messageOf(context, values);
    const emoji = replaceEmoticons(values.required("EMOJI"));
    const on = !values.has("--remove");
    const sends = await context.client.talk.react(target, emoji, { on, id: context.id });
    return { ...result("reacted", { ...of(context, target), emoji, on }), sends, isShown: true };
  },
};

const edit: MessageRow = {
  ...COMMON,
  name: "edit",
  summary: "edit a message of yours",
  details:
    "Replaces the text for everybody and marks it as edited, up to 100 times; the earlier text is not kept. -1 is your last message.",
  arguments: [MESSAGE, {
    name: "TEXT",
    summary: "the new text",
    required: false,
    rest: "text",
  }],
  examples: [{
    line: "edit -1 at one, not at noon",
    summary: "replaces your last message",
  }],
  text: textLike("edit bob -1 at one, not at noon"),
  async run(context, values) {
    const target = await messageOf(context, values, { own: true });
    const text = await context.text();
    // What somebody does stays that, in other words.
    const isAction = actionOf(target.text) !== undefined;
    const change = { kind: "edit", text: isAction ? text : saidText(text) } as const;
    const sends = await context.client.talk.change(target, change, { id: context.id });
    return { ...result("edited", of(context, target)), sends, isShown: true };
  },
};

const remove: MessageRow = {
  ...COMMON,
  name: "delete",
  aliases: ["unsend"],
  summary: "delete a message for everybody",
  details:
    "Erases the text here and in every client that obeys; people may remember it. -1 is your last message. In a room, owners can delete anybody's messages, moderators those of members. A message that was not sent yet is never sent.",
  arguments: [MESSAGE],
  examples: [
    { line: "delete -1", summary: "your last message" },
    { line: "delete 12", summary: "message 12, in a room anybody's" },
  ],
  p2p: {
    details:
      "Erases the text on both sides; people may remember it. -1 is your last message. A message that was not sent yet is never sent.",
    examples: [
      { line: "delete -1", summary: "your last message" },
      { line: "delete 12", summary: "message 12 of yours" },
    ],
  },
  async run(context, values) {
    const target = await messageOf(context, values, { own: true });
    const { client, id } = context;
    const sends = await client.talk.change(target, { kind: "delete" }, { id });
    const wasSent = sends !== undefined;
    return { ...result("deleted", { ...of(context, target), wasSent }), sends, isShown: wasSent };
  },
};

const expire: MessageRow = {
  ...COMMON,
  name: "expire",
  aliases: ["disappearing"],
  summary: "let messages disappear after they are read, or show the setting",
  details:
    "From 5s to 365d, or off. It applies to all new messages in the conversation; in a room, owners and moderators set it. A message disappears that long after you read it, your own after they were sent. Messages that expire while no program runs disappear at the next start. Readers may have kept copies.",
  arguments: [{
    name: "TIME",
    summary: "30s, 10m, 2h, 1d, 1w, or off; shows the setting by default",
    required: false,
  }],
  examples: [
    { line: "expire", summary: "shows the setting" },
    { line: "expire off", summary: "messages stay" },
    { line: "expire 1d", summary: "a day after each message was read" },
  ],
  p2p: {
    details:
      "From 5s to 365d, or off. It applies to all new messages of both of you. A message disappears that long after you read it, your own after they were sent. Messages that expire while no program runs disappear at the next start. Readers may have kept copies.",
  },
  async run(context, values) {
    const { client, id } = context;
    const { peer, shown } = conversationOf(context);
    const asked = values.argument("TIME");
    const expireSeconds = asked === undefined ? client.talk.timerOf(peer) : readTimer(asked);
    const sends = asked === undefined
      ? undefined
      : await client.talk.setTimer(peer, expireSeconds, { id });
    const told = result("timer", { conversation: peer, expireSeconds, shown });
    return { ...told, sends, isShown: sends !== undefined };
  },
};

function readTimer(text: string): number {
  if (text.toLowerCase() === "off") return 0;
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new UsageError(
      "bad-timer",
      `Cannot read the time '${text}'. Write it as 30s, 10m, 2h, 1d, or off`,
    );
  }
  return ms / 1000;
}

/** `reply`, `react`, `edit`, `delete`, `expire`. */
export const MESSAGES: SendingCommands<MessageKinds> = {
  rows: [reply, react, edit, remove, expire],
  wording: WORDING,
  sentBefore: (to) => ({ kind: "sent", facts: { to } }),
};
