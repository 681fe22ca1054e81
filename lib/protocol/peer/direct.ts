/**
 * Direct connections: two clients exchange certificates, a token and addresses inside the seal, then prove the token to each
 * other over QUIC (SR-76, SR-77). `DIRECT_PACKETS` travel there, not in an envelope.
 */

import { MAX_SPOOL_CHUNK_BYTES } from "../hop/spool.ts";
import { STREAM_PART_MAX_BYTES, STREAM_UNIT_MAX_BYTES, STREAM_WORD_MAX_BYTES } from "../limits.ts";
import {
  base64,
  count,
  Definition,
  definitions,
  type FieldsOf,
  flag,
  hex,
  list,
  record,
  text,
} from "../schema.ts";
import { type MessageOf, sealedFields } from "./payload.ts";

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
const directOffer = sealedFields("direct.offer", {
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
const directAnswer = sealedFields("direct.answer", {
  attempt: hex(16),
  about: hex(16),
  accepts: flag(),
  /** In which the offer was opened: part of what both sides prove. */
  epoch: count(),
  certificate: hex(DIRECT_HASH_BYTES),
  addresses: addresses(),
});

/** What is said about a direct connection, by kind. */
export const DIRECT_MESSAGES = definitions({
  "direct.offer": directOffer,
  "direct.answer": directAnswer,
});
/** One of them as it was read. */
export type DirectMessage = MessageOf<typeof DIRECT_MESSAGES>;

/** The first packet of who dialled. */
export const directHello = new Definition("direct.hello", {
  attempt: hex(16),
  proof: hex(32),
});

/** The other side's proof. */
export const directWelcome = new Definition("direct.welcome", { proof: hex(32) });

/** Of several connections that came about, this is the one: said by the side whose certificate has the lower hash. */
export const directChosen = new Definition("direct.chosen", {});

/** The receiver of files reads their upload from `offset` on, and takes nothing beyond `untilBytes`. */
const directFetch = new Definition("direct.fetch", {
  upload: hex(16),
  offset: count(),
  untilBytes: count(),
});

/** The sender is ready to be read from. */
const directFetched = new Definition("direct.fetched", {
  upload: hex(16),
  sizeBytes: count(),
});

/** The receiver takes bytes up to this offset. It never goes back. */
const directCredit = new Definition("direct.credit", {
  upload: hex(16),
  untilBytes: count(),
});

/** Bytes of the upload, in order. */
const directPiece = new Definition("direct.piece", {
  upload: hex(16),
  offset: count(),
}, MAX_SPOOL_CHUNK_BYTES);

/** How much of it the receiver has: all of it only once that is verified and written down. */
const directStored = new Definition("direct.stored", {
  upload: hex(16),
  storedBytes: count(),
});

/** Reading stops for now. */
const directStop = new Definition("direct.stop", { upload: hex(16) });

/** The next part of a sealed unit of a live stream, numbered as it is over the server. */
const directUnit = new Definition("direct.unit", {
  stream: hex(16),
  unit: count(),
  /** Of the whole unit. */
  size: count(STREAM_UNIT_MAX_BYTES),
  offset: count(STREAM_UNIT_MAX_BYTES),
}, STREAM_PART_MAX_BYTES);

/** All payload bytes of the stream that came over this connection: the sender has only so much on the way. */
const directTaken = new Definition("direct.taken", { stream: hex(16), bytes: count() });

/** Something sealed from the watcher to the sender. */
const directWord = new Definition(
  "direct.word",
  { stream: hex(16) },
  STREAM_WORD_MAX_BYTES,
);

/** Nothing came for a while: is anybody there? Whatever is read next answers. */
const directPing = new Definition("direct.ping", {});

/** What travels on a direct connection: first the two sides prove themselves, then one reads files of the other, or watches a stream. */
export const DIRECT_PACKETS = definitions({
  "direct.hello": directHello,
  "direct.welcome": directWelcome,
  "direct.chosen": directChosen,
  "direct.fetch": directFetch,
  "direct.fetched": directFetched,
  "direct.credit": directCredit,
  "direct.piece": directPiece,
  "direct.stored": directStored,
  "direct.stop": directStop,
  "direct.unit": directUnit,
  "direct.taken": directTaken,
  "direct.word": directWord,
  "direct.ping": directPing,
});

/** A kind of packet of a direct connection. */
export type DirectKind = keyof typeof DIRECT_PACKETS;
/** The checked fields of one kind. */
export type DirectFields<Kind extends DirectKind> = FieldsOf<(typeof DIRECT_PACKETS)[Kind]>;
