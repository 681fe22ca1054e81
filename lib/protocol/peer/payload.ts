/**
 * What stands inside every seal, before the message itself (SR-28): the sender device's running number in this
 * conversation and the hash of its previous payload, so that a dropped or reordered message leaves a trace.
 */

import { base64, count, flag, hex, optional } from "../schema.ts";

/** Version of the sealed format; a newer one is refused and shown as unreadable. */
export const PEER_FORMAT = 1;

/** Bytes of the hash of the previous payload and of a transcript hash in a receipt. */
export const SHORT_HASH_BYTES = 16;

/** The fields that every peer message begins with. */
export const chain = () => ({
  v: count(255),
  /** Equal to the envelope's id, so that the server cannot attach another. */
  id: hex(16),
  /** 1 for the sender device's first payload in this conversation. */
  number: count(),
  /** First 16 bytes of SHA-256 of the sender device's previous payload here; empty for the first. */
  previous: base64(SHORT_HASH_BYTES),
  /** The device lost its state, e.g. by a disk restored from a copy, and begins a new chain (SR-23). */
  restart: optional(flag()),
});
