/**
 * Broadcasts: said to everyone on the server, signed by the sender, read by all and by the server (SR-60). The server gives
 * each its number and its time; what it hands on is the sender's statement as it came.
 */

import {
  count,
  Definition,
  definitions,
  exchanges,
  flag,
  list,
  optional,
  record,
  timestamp,
} from "../schema.ts";
import { sizes } from "../sections.ts";

/** Bytes of UTF-8: it goes to everyone at once. What is longer is a file. */
export const MAX_BROADCAST_TEXT_BYTES = 4096;
/** The statement: text, the longest account id, certificate hash, id, time, signature, and what tells them apart. */
export const MAX_BROADCAST_BYTES = MAX_BROADCAST_TEXT_BYTES + 1024;
/** Broadcasts of a page: 64 of the longest are 320 KiB. */
export const BROADCAST_PAGE_ENTRIES = 64;

const numbered = () => ({
  /** Runs from 1 for the whole server, over restarts, without gaps. */
  number: count(),
  /** The server's clock; never before that of the number before. */
  atMs: timestamp(),
});

/** What a client asks, and the server answers. */
export const BROADCAST_REQUESTS = exchanges({
  /** Payload: the signed broadcast. The same one again gets the answer of the first time. */
  "broadcast.send": {
    request: new Definition("broadcast.send", {}, MAX_BROADCAST_BYTES),
    reply: new Definition("broadcast.sent", numbered()),
  },
  /** Broadcasts that the server still has, in the order of their numbers. Reply payload: their statements. */
  "broadcast.read": {
    request: new Definition("broadcast.read", {
      /** Only those with a higher number. */
      after: count(),
      /** Only those since then, by the server's clock. */
      sinceMs: optional(timestamp()),
    }),
    reply: new Definition("broadcast.page", {
      entries: list(record(numbered()), BROADCAST_PAGE_ENTRIES),
      more: flag(),
      /** The highest number that was ever given; 0 for none. */
      latest: count(),
      sizes: sizes(BROADCAST_PAGE_ENTRIES),
    }, BROADCAST_PAGE_ENTRIES * MAX_BROADCAST_BYTES),
  },
});

/** What the server tells unasked. */
export const BROADCAST_PUSHES = definitions({
  /** Pushed to everyone signed in, the sender too. Payload: the statement. */
  "broadcast.message": new Definition(
    "broadcast.message",
    numbered(),
    MAX_BROADCAST_BYTES,
  ),
});
