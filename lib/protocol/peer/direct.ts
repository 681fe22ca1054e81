/**
 * Direct connections: two clients exchange certificates, a token and addresses inside the seal, then prove the token to each
 * other over QUIC (SR-76, SR-77). The three kinds of `DIRECT_PACKETS` travel there, not in an envelope.
 */

import {
  base64,
  count,
  Definition,
  definitions,
  flag,
  hex,
  list,
  record,
  text,
} from "../schema.ts";
import { chain } from "./payload.ts";

/** The language of a direct connection (ALPN). */
export const DIRECT_PROTOCOL = "heliograph-direct/1";
/** Random bytes of a token: never sent but inside the seal. */
export const DIRECT_TOKEN_BYTES = 32;
/** SHA-256. */
export const DIRECT_HASH_BYTES = 32;
/** Addresses that one side may name (SR-77). */
export const MAX_DIRECT_ADDRESSES = 8;

const addresses = () => list(record({ host: text(45), port: count(65_535) }), MAX_DIRECT_ADDRESSES);

/** Proposes to meet, for one transfer or stream: the device that has it answers. */
export const directOffer = new Definition("direct.offer", {
  ...chain(),
  /** Of this try; another one has another. */
  attempt: hex(16),
  /** The transfer or stream. */
  about: hex(16),
  token: base64(DIRECT_TOKEN_BYTES),
  /** SHA-256 of the certificate that the offering side shows. */
  certificate: hex(DIRECT_HASH_BYTES),
  addresses: addresses(),
});

/** The other side's part of it, or that its person does not want that. */
export const directAnswer = new Definition("direct.answer", {
  ...chain(),
  attempt: hex(16),
  accepts: flag(),
  /** In which the offer was opened: part of what both sides prove. */
  epoch: count(),
  certificate: hex(DIRECT_HASH_BYTES),
  addresses: addresses(),
});

/** The first packet of who dialled. */
export const directHello = new Definition("direct.hello", {
  attempt: hex(16),
  proof: hex(32),
});

/** The other side's proof. */
export const directWelcome = new Definition("direct.welcome", { proof: hex(32) });

/** Of several connections that came about, this is the one: said by the side whose certificate has the lower hash. */
export const directChosen = new Definition("direct.chosen", {});

/** What begins a direct connection. What follows is the language of its purpose. */
export const DIRECT_PACKETS = definitions({
  "direct.hello": directHello,
  "direct.welcome": directWelcome,
  "direct.chosen": directChosen,
});
