/**
 * Live streams between people, passed on by the server as they come: sealed units, of which it sees sizes and times. Nothing
 * is stored; what a slow watcher cannot take is dropped, unit by unit. See docs/protocol.md, "Live streams".
 */

import { count, Definition, definitions, exchanges, hex, oneOf } from "../schema.ts";
import { STREAM_PART_MAX_BYTES, STREAM_UNIT_MAX_BYTES, STREAM_WORD_MAX_BYTES } from "../limits.ts";

/** A unit, or the next part of it: parts of a unit follow one another, and units are numbered upwards. */
const part = () => ({
  stream: hex(16),
  unit: count(),
  /** Of the whole unit. */
  size: count(STREAM_UNIT_MAX_BYTES),
  offset: count(STREAM_UNIT_MAX_BYTES),
});

/** What a client asks, and the server answers. */
export const STREAM_REQUESTS = exchanges({
  /** Begins a stream that devices of a conversation may watch. */
  "stream.open": {
    request: new Definition("stream.open", {
      /** Made by its sender, never used before. */
      stream: hex(16),
      conversation: hex(32),
    }),
    reply: new Definition("stream.opened", {}),
  },
  /** Watches a stream over this connection. */
  "stream.join": {
    request: new Definition("stream.join", { stream: hex(16) }),
    reply: new Definition("stream.joined", {}),
  },
  /** Its sender ends it for everybody; a watcher leaves it. */
  "stream.leave": {
    request: new Definition("stream.leave", { stream: hex(16) }),
    reply: new Definition("stream.left", {}),
  },
});

/** What a client tells without an answer. */
export const STREAM_NOTICES = definitions({
  /** From its sender. */
  "stream.part": new Definition("stream.part", part(), STREAM_PART_MAX_BYTES),
  /** All payload bytes of this stream that a watcher has received: the server has only so much on the way. */
  "stream.taken": new Definition("stream.taken", { stream: hex(16), bytes: count() }),
  /** Something sealed from a watcher to the sender. */
  "stream.word": new Definition("stream.word", { stream: hex(16) }, STREAM_WORD_MAX_BYTES),
});

/** What the server tells unasked. */
export const STREAM_PUSHES = definitions({
  /** To a watcher. */
  "stream.piece": new Definition("stream.piece", part(), STREAM_PART_MAX_BYTES),
  /** The same from the server to the sender. */
  "stream.passed": new Definition("stream.passed", { stream: hex(16), bytes: count() }),
  /** What a watcher said. */
  "stream.heard": new Definition(
    "stream.heard",
    { stream: hex(16) },
    STREAM_WORD_MAX_BYTES,
  ),
  /** How many connections watch, to the sender. */
  "stream.watchers": new Definition("stream.watchers", {
    stream: hex(16),
    count: count(),
  }),
  /** Behind the last unit that comes. `lost`: its sender is gone. `removed`: this account is no member any more. */
  "stream.ended": new Definition("stream.ended", {
    stream: hex(16),
    reason: oneOf("ended", "lost", "removed"),
  }),
});
