/** Texts between people, and what is said about them afterwards: edits, deletions, reactions, how long they stay. */

import { type Bytes, decodeUtf8 } from "../../base/bytes.ts";
import { CHAT_PAYLOAD_MAX_BYTES } from "../limits.ts";
import { count, definitions, hex, list, optional, text, timestamp } from "../schema.ts";
import { type MessageOf, SealedDefinition, sealedFields } from "./payload.ts";

/** UTF-8 bytes of one text: leaves room for the header, MLS framing and padding within a `relay.send`. */
export const MAX_TEXT_BYTES = CHAT_PAYLOAD_MAX_BYTES - 4096;
/** How often one text may be edited. */
export const MAX_EDITS = 100;
/** Emoji of one account about one text. */
export const MAX_REACTIONS = 8;
/** How often an account may change what it says by emoji of one text. */
export const MAX_REACTION_CHANGES = 1000;
/** UTF-16 units of one emoji: a family of four with skin tones has 19. */
export const MAX_EMOJI_UNITS = 32;
/** Seconds that a text stays at least: less is gone before it is read. */
const MIN_EXPIRE_SECONDS = 5;
/** A year. */
export const MAX_EXPIRE_SECONDS = 365 * 24 * 3600;

/** Payload: the text in UTF-8. */
const chatText = new SealedDefinition("chat.text", {
  /** The sender's clock, for display; the order is the server's. */
  sentAtMs: timestamp(),
  /** The text that it answers, in this conversation. What it says is not repeated: nobody can be quoted wrongly. */
  replyTo: optional(hex(16)),
  /** Erased so long after it was read, or on the sender's devices sent. */
  expireSeconds: optional(count(MAX_EXPIRE_SECONDS)),
}, {
  maxPayloadBytes: MAX_TEXT_BYTES,
  content: ({ expireSeconds = 0 }, payload) => isTimer(expireSeconds) ? textOf(payload) : undefined,
});

/** Payload: what the text says from now on, in UTF-8. Only its author's counts (SR-37). */
const chatEdit = new SealedDefinition("chat.edit", {
  sentAtMs: timestamp(),
  target: hex(16),
  /** One more than that of the edit before. Of two with the same the one with the greater `id` counts. */
  revision: count(MAX_EDITS),
}, {
  maxPayloadBytes: MAX_TEXT_BYTES,
  content(_, payload) {
    const said = textOf(payload);
    // An edit to nothing would be a deletion that is none.
    return said?.text === "" ? undefined : said;
  },
});

/** Takes a text away: its author, or in a room who may remove the author. */
const chatDelete = sealedFields("chat.delete", {
  sentAtMs: timestamp(),
  target: hex(16),
});

/** All that the account says by emoji of a text from now on; nothing takes back what it said. */
const chatReaction = new SealedDefinition("chat.reaction", {
  sentAtMs: timestamp(),
  target: hex(16),
  revision: count(MAX_REACTION_CHANGES),
  emojis: list(text(MAX_EMOJI_UNITS), MAX_REACTIONS),
}, {
  content: ({ emojis }) =>
    emojis.every(isEmoji) && new Set(emojis).size === emojis.length ? {} : undefined,
});

/** How long what is said from now on stays; 0 is for good. In a room only of those in charge. */
const chatTimer = new SealedDefinition("chat.timer", {
  sentAtMs: timestamp(),
  revision: count(),
  seconds: count(MAX_EXPIRE_SECONDS),
}, { content: ({ seconds }) => isTimer(seconds) ? {} : undefined });

/** What people say and do, by kind. */
export const CHAT_MESSAGES = definitions({
  "chat.text": chatText,
  "chat.edit": chatEdit,
  "chat.delete": chatDelete,
  "chat.reaction": chatReaction,
  "chat.timer": chatTimer,
});
/** One of them as it was read. */
export type ChatMessage = MessageOf<typeof CHAT_MESSAGES>;

function textOf(payload: Bytes): { readonly text: string } | undefined {
  const text = decodeUtf8(payload);
  return text === undefined ? undefined : { text };
}

/** Whether a text may stay for so long; 0 is for good. */
export function isTimer(seconds: number): boolean {
  return seconds === 0 || seconds >= MIN_EXPIRE_SECONDS && seconds <= MAX_EXPIRE_SECONDS;
}

// Which texts are one emoji, by the same answer on every device. Pure.

/**
 * A possible emoji of UTS #51 §1.4.9, with Extended_Pictographic for Emoji: that property has the code points of emoji to come
 * already, so that an older program takes those of a newer one.
 */
const FACE = String.raw`(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|` +
  String
    .raw`\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f|[\u{e0020}-\u{e007e}]+\u{e007f})?)`;
const EMOJI = new RegExp(String.raw`^${FACE}(?:\u200d${FACE})*$`, "u");
/** What is drawn as a letter without a selector, and mostly typed so. */
const LETTER_LIKE = /^(?!\p{Emoji_Presentation})\p{Extended_Pictographic}$/u;
const KEYCAP = /^([0-9#*])\u20e3$/u;

/** Whether a text is exactly one emoji. */
export function isEmoji(text: string): boolean {
  return text.length <= MAX_EMOJI_UNITS && EMOJI.test(text);
}

/** One emoji in the form in which it travels, with its selector. Undefined for anything else. */
export function parseEmoji(typed: string): string | undefined {
  const text = typed.trim();
  if (!isEmoji(text)) return undefined;
  return LETTER_LIKE.test(text) ? `${text}\ufe0f` : text.replace(KEYCAP, "$1\ufe0f\u20e3");
}
