/**
 * Uploads: sealed bytes that one account appends to and another reads, at the same time or later. The server sees neither
 * names nor content. See docs/protocol.md, "Uploads".
 */

import { BULK_PART_MAX_BYTES } from "../limits.ts";
import {
  count,
  Definition,
  definitions,
  exchanges,
  flag,
  hex,
  oneOf,
  optional,
  text,
} from "../schema.ts";

/** A sealed chunk. */
export const MAX_SPOOL_CHUNK_BYTES = BULK_PART_MAX_BYTES;
/**
 * What a sender seals at once: eight chunks. An opening begins at a whole one, and a reader sees whole ones only: the chunks
 * of one must not come from two openings.
 */
export const SPOOL_BLOCK_BYTES = 8 * MAX_SPOOL_CHUNK_BYTES;
/** Bytes of one upload. */
const MAX_UPLOAD_BYTES = 2 ** 46;

/** What a client asks, and the server answers. */
export const SPOOL_REQUESTS = exchanges({
  /** Opens an upload for an account or a room, or goes on with it: the reply says how much is stored. */
  "spool.open": {
    request: new Definition("spool.open", {
      upload: hex(16),
      /** Who may read it: this account, or the others who are in this room when it is begun, as long as they stay. */
      account: optional(text(400)),
      room: optional(count()),
      sizeBytes: count(MAX_UPLOAD_BYTES),
      /** Forgets what is stored and begins anew. */
      again: flag(),
      /** The client's number for this opening, new each time: chunks of another one may still be on their way. */
      opening: count(),
      /** The reader has so much from elsewhere: what is missing of it here is left out. The beginning of a block. */
      skipBytes: optional(count(MAX_UPLOAD_BYTES)),
    }),
    reply: new Definition("spool.opened", {
      storedBytes: count(),
      /** Whether a device of each reader is connected now. */
      present: flag(),
    }),
  },
  /** Reads an upload from `offset` on, over this connection. Nothing is sent beyond `untilBytes`. */
  "spool.fetch": {
    request: new Definition("spool.fetch", {
      upload: hex(16),
      offset: count(),
      untilBytes: count(),
    }),
    reply: new Definition("spool.fetched", {
      sizeBytes: count(),
      storedBytes: count(),
    }),
  },
  /** The sender takes an upload back, or a reader needs it no more. */
  "spool.release": {
    request: new Definition("spool.release", {
      upload: hex(16),
      /** The sender takes it back from this reader alone. */
      account: optional(text(400)),
    }),
    reply: new Definition("spool.released", {}),
  },
});

/** What a client tells without an answer. */
export const SPOOL_NOTICES = definitions({
  /** The next bytes of an upload. Those that are not at its end, or of another opening, are ignored. */
  "spool.chunk": new Definition("spool.chunk", {
    upload: hex(16),
    opening: count(),
    offset: count(),
  }, MAX_SPOOL_CHUNK_BYTES),
  /** The reader takes bytes up to this offset. It never goes back. */
  "spool.credit": new Definition("spool.credit", {
    upload: hex(16),
    untilBytes: count(),
  }),
  /** Reading stops for now: the connection goes on with other things. */
  "spool.stop": new Definition("spool.stop", { upload: hex(16) }),
});

/** What the server tells unasked. */
export const SPOOL_PUSHES = definitions({
  /** How much of an upload is stored. */
  "spool.stored": new Definition("spool.stored", {
    upload: hex(16),
    storedBytes: count(),
  }),
  /** Bytes of an upload, in order. */
  "spool.piece": new Definition("spool.piece", {
    upload: hex(16),
    offset: count(),
  }, MAX_SPOOL_CHUNK_BYTES),
  /** What was uploaded or read cannot go on. */
  "spool.ended": new Definition("spool.ended", {
    upload: hex(16),
    reason: oneOf("gone", "storage-full", "failed"),
  }),
});
