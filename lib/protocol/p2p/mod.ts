/**
 * The language in which two people meet without a server (SR-78): who each is, and the proof of it, bound to the channel that
 * they meet in. After `p2p.ready` the one with the higher identity fingerprint speaks `hop` to the other, who keeps the
 * conversation's order. See docs/protocol.md, "Without a server".
 */

import { count, Definition, definitions, hex, optional, record, text } from "../schema.ts";
import { sizes } from "../sections.ts";

/** What QUIC is told that is spoken (ALPN). */
export const P2P_QUIC_PROTOCOL = "heliograph-p2p/1";
/** Length of both nonces in bytes. */
export const P2P_NONCE_BYTES = 32;

/** A roster entry, a device certificate and a proof with the longest names are 3.7 KiB. */
const MAX_P2P_PAYLOAD_BYTES = 6 * 1024;

const versions = () => record({ min: count(65_535), max: count(65_535) });

/** What both say of themselves. */
const shown = {
  /** Program name and version, for logs. */
  program: text(80),
  nonce: hex(P2P_NONCE_BYTES),
  /** SHA-256 of the certificate (DER) that it shows to whoever connects to it. */
  certificate: hex(32),
  /** Where it listens, on the address that it connects from; absent when it does not. */
  port: optional(count(65_535)),
};

/** The first packet, by whoever connected. Payload: its roster entry, its device certificate. */
export const p2pHello = new Definition(
  "p2p.hello",
  { versions: versions(), ...shown, sizes: sizes(2) },
  MAX_P2P_PAYLOAD_BYTES,
);

/** The answer to it. Payload: roster entry, device certificate, proof. */
export const p2pAnswer = new Definition(
  "p2p.answer",
  { version: count(65_535), ...shown, sizes: sizes(3) },
  MAX_P2P_PAYLOAD_BYTES,
);

/** Payload: the proof of whoever connected. */
export const p2pProof = new Definition("p2p.proof", {}, MAX_P2P_PAYLOAD_BYTES);

/** Both are who they say, and welcome. A no is a `failure`. */
export const p2pReady = new Definition("p2p.ready", {});

/** Everything that is said before the two know each other. */
export const P2P_MESSAGES = definitions({
  "p2p.hello": p2pHello,
  "p2p.answer": p2pAnswer,
  "p2p.proof": p2pProof,
  "p2p.ready": p2pReady,
});
