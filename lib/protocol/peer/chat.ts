/** Texts between people, and what is said about them afterwards: edits, deletions, reactions, how long they stay. */

import { CHAT_PAYLOAD_MAX_BYTES } from "../limits.ts";
import { count, Definition, hex, list, optional, text, timestamp } from "../schema.ts";
import { MAX_EMOJI_UNITS } from "./emoji.ts";
import { chain } from "./payload.ts";

/** UTF-8 bytes of one text: leaves room for the header, MLS framing and padding within a `relay.send`. */
export const MAX_TEXT_BYTES = CHAT_PAYLOAD_MAX_BYTES - 4096;
/** How often one text may be edited. */
export const MAX_EDITS = 100;
/** Emoji of one account about one text. */
export const MAX_REACTIONS = 8;
/** How often an account may change what it says by emoji of one text. */
export const MAX_REACTION_CHANGES = 1000;
/** Seconds that a text stays at least: less is gone before it is read. */
const MIN_EXPIRE_SECONDS = 5;
/** A year. */
export const MAX_EXPIRE_SECONDS = 365 * 24 * 3600;

/** Payload: the text in UTF-8. */
export const chatText = new Definition("chat.text", {
  ...chain(),
  /** The sender's clock, for display; the order is the server's. */
  sentAtMs: timestamp(),
  /** The text that it answers, in this conversation. What it says is not repeated: nobody can be quoted wrongly. */
  replyTo: optional(hex(16)),
  /** Erased so long after it was read, or on the sender's devices sent. */
  expireSeconds: optional(count(MAX_EXPIRE_SECONDS)),
}, MAX_TEXT_BYTES);

/** Payload: what the text says from now on, in UTF-8. Only its author's counts (SR-37). */
export const chatEdit = new Definition("chat.edit", {
  ...chain(),
  sentAtMs: timestamp(),
  target: hex(16),
  /** One more than that of the edit before. Of two with the same the one with the greater `id` counts. */
  revision: count(MAX_EDITS),
}, MAX_TEXT_BYTES);

/** Takes a text away: its author, or in a room who may remove the author. */
export const chatDelete = new Definition("chat.delete", {
  ...chain(),
  sentAtMs: timestamp(),
  target: hex(16),
});

/** All that the account says by emoji of a text from now on; nothing takes back what it said. */
export const chatReaction = new Definition("chat.reaction", {
  ...chain(),
  sentAtMs: timestamp(),
  target: hex(16),
  revision: count(MAX_REACTION_CHANGES),
  emojis: list(text(MAX_EMOJI_UNITS), MAX_REACTIONS),
});

/** How long what is said from now on stays; 0 is for good. In a room only of those in charge. */
export const chatTimer = new Definition("chat.timer", {
  ...chain(),
  sentAtMs: timestamp(),
  revision: count(),
  seconds: count(MAX_EXPIRE_SECONDS),
});

/** Whether a text may stay for so long; 0 is for good. */
export function isTimer(seconds: number): boolean {
  return seconds === 0 || seconds >= MIN_EXPIRE_SECONDS && seconds <= MAX_EXPIRE_SECONDS;
}
