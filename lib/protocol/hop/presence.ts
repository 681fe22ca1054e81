/**
 * Being busy. That somebody is busy is the server's word, what they say of it is signed and readable by the server (SR-61).
 * Kept in memory only: a client says it again when it comes back.
 */

import { Definition, flag, text, timestamp } from "../schema.ts";

/** Bytes of UTF-8: a line beside a name. */
export const MAX_BUSY_TEXT_BYTES = 280;
/** The statement: text, the longest account id, certificate hash, times, signature, and what tells them apart. */
export const MAX_BUSY_BYTES = 1024;

/** The account is busy from now on, or free. Payload: the signed text, or nothing. */
export const presenceSet = {
  request: new Definition("presence.set", { busy: flag() }, MAX_BUSY_BYTES),
  reply: new Definition("presence.changed", {}),
} as const;

/** Pushed to those who are told about this account's coming and going, and to itself. Payload: the text, or nothing. */
export const presenceChange = new Definition("presence.change", {
  account: text(400),
  busy: flag(),
  /** Since when the server has it so. */
  sinceMs: timestamp(),
}, MAX_BUSY_BYTES);
