/**
 * Live streams between people, passed on by the server as they come: sealed units, of which it sees sizes and times. Nothing
 * is stored; what a slow watcher cannot take is dropped, unit by unit. See docs/protocol.md, "Live streams".
 */

import { count, Definition, hex, oneOf } from "../schema.ts";
import { STREAM_PART_MAX_BYTES, STREAM_UNIT_MAX_BYTES, STREAM_WORD_MAX_BYTES } from "../limits.ts";

/** A unit, or the next part of it: parts of a unit follow one another, and units are numbered upwards. */
const part = () => ({
  stream: hex(16),
  unit: count(),
  /** Of the whole unit. */
  size: count(STREAM_UNIT_MAX_BYTES),
  offset: count(STREAM_UNIT_MAX_BYTES),
});

/** Begins a stream that devices of a conversation may watch. */
export const streamOpen = {
  request: new Definition("stream.open", {
    /** Made by its sender, never used before. */
    stream: hex(16),
    conversation: hex(32),
  }),
  reply: new Definition("stream.opened", {}),
} as const;

/** Watches a stream over this connection. */
export const streamJoin = {
  request: new Definition("stream.join", { stream: hex(16) }),
  reply: new Definition("stream.joined", {}),
} as const;

/** Its sender ends it for everybody; a watcher leaves it. */
export const streamLeave = {
  request: new Definition("stream.leave", { stream: hex(16) }),
  reply: new Definition("stream.left", {}),
} as const;

/** From its sender. */
export const streamPart = new Definition("stream.part", part(), STREAM_PART_MAX_BYTES);
/** To a watcher. */
export const streamPiece = new Definition("stream.piece", part(), STREAM_PART_MAX_BYTES);

/** All payload bytes of this stream that a watcher has received: the server has only so much on the way. */
export const streamTaken = new Definition("stream.taken", { stream: hex(16), bytes: count() });
/** The same from the server to the sender. */
export const streamPassed = new Definition("stream.passed", { stream: hex(16), bytes: count() });

/** Something sealed from a watcher to the sender. */
export const streamWord = new Definition("stream.word", { stream: hex(16) }, STREAM_WORD_MAX_BYTES);
/** What a watcher said. */
export const streamHeard = new Definition(
  "stream.heard",
  { stream: hex(16) },
  STREAM_WORD_MAX_BYTES,
);

/** How many connections watch, to the sender. */
export const streamWatchers = new Definition("stream.watchers", {
  stream: hex(16),
  count: count(),
});

/** Behind the last unit that comes. `lost`: its sender is gone. `removed`: this account is no member any more. */
export const streamEnded = new Definition("stream.ended", {
  stream: hex(16),
  reason: oneOf("ended", "lost", "removed"),
});
