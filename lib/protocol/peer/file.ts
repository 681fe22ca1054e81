/** Files between people: what the two ends say about a transfer. The content travels as sealed blocks (hop/spool). */

import {
  base64,
  count,
  definitions,
  flag,
  hex,
  list,
  oneOf,
  optional,
  record,
  text,
} from "../schema.ts";
import { SPOOL_BLOCK_BYTES } from "../hop/spool.ts";
import { type MessageOf, sealedFields } from "./payload.ts";

/** Random bytes of a transfer's key, and of an attempt. */
export const FILE_KEY_BYTES = 32;
const FILE_ATTEMPT_BYTES = 16;
/** Of AES-GCM. */
const FILE_TAG_BYTES = 16;
/** Bytes that attempt and tag add to a block. */
export const FILE_SEAL_BYTES = FILE_ATTEMPT_BYTES + FILE_TAG_BYTES;
/** Bytes of the stream in one block: sealed, it fills eight chunks of the bulk lane. */
export const FILE_BLOCK_BYTES = SPOOL_BLOCK_BYTES - FILE_SEAL_BYTES;
/** SHA-256, behind each file in the stream. */
export const FILE_DIGEST_BYTES = 32;

/** Files of one offer; a sender with more makes several. */
export const MAX_OFFER_ITEMS = 400;
/** JSON bytes of an offer's items: the header of a packet holds 64 KiB. */
export const MAX_OFFER_ITEMS_BYTES = 48 * 1024;
/** Bytes of the picture that stands for an offered video: beside the items there is room for it. */
export const FILE_POSTER_MAX_BYTES = 8 * 1024;
/** Videos of one offer that have such a picture: as many as a card draws. */
export const MAX_OFFER_POSTERS = 4;
/** Base64 of all of them, with the items, in bytes: one has room beside any items, more only beside few. */
export const MAX_OFFER_CONTENT_BYTES = MAX_OFFER_ITEMS_BYTES + FILE_POSTER_MAX_BYTES * 4 / 3;
/** UTF-16 units of a path: folders and name, parted by `/`. */
export const MAX_FILE_PATH_UNITS = 2048;
/** Bytes of one file: what a double counts exactly, and 2^32 blocks of an attempt hold. */
const MAX_FILE_BYTES = 2 ** 46;

const poster = record({
  /** Which item, from 0. */
  item: count(MAX_OFFER_ITEMS - 1),
  jpeg: base64(FILE_POSTER_MAX_BYTES),
});

/** Offers files. `upload` is their id at the server, and what their blocks are sealed for. */
const fileOffer = sealedFields("file.offer", {
  transfer: hex(16),
  upload: hex(16),
  key: base64(FILE_KEY_BYTES),
  items: list(
    record({
      /** Foreign: receivers make a path of their own of it (SR-64). */
      path: text(MAX_FILE_PATH_UNITS),
      sizeBytes: count(MAX_FILE_BYTES),
      /** A media type, as the sender sees it. */
      type: text(100),
    }),
    MAX_OFFER_ITEMS,
  ),
  /** A small JPEG of one of the items, which is a video. */
  poster: optional(poster),
  /** Those of further items. */
  posters: optional(list(poster, MAX_OFFER_POSTERS - 1)),
});

/** The receiver takes the files, or does not. */
const fileAnswer = sealedFields("file.answer", {
  transfer: hex(16),
  accepts: flag(),
});

/** How much of the stream the receiver has verified and written. */
const fileAck = sealedFields("file.ack", {
  transfer: hex(16),
  verifiedBytes: count(),
});

/** One side stops for a while. */
const filePause = sealedFields("file.pause", { transfer: hex(16) });

/** And goes on. `again`: what the server has is gone or damaged, and is to be uploaded once more. */
const fileResume = sealedFields("file.resume", {
  transfer: hex(16),
  again: optional(flag()),
});

/** Why a transfer ended before its end. */
const FILE_CANCEL_REASONS = ["cancelled", "source-changed", "damaged", "refused"] as const;

/** One side gives up, for good. */
const fileCancel = sealedFields("file.cancel", {
  transfer: hex(16),
  reason: oneOf(...FILE_CANCEL_REASONS),
});

/** The receiver has every file under its name, and each has the digest that came with it. */
const fileDone = sealedFields("file.done", {
  transfer: hex(16),
  /** SHA-256 over the files' SHA-256, in the order of the offer. */
  digest: hex(32),
});

/** What the two ends of a transfer say, by kind. */
export const FILE_MESSAGES = definitions({
  "file.offer": fileOffer,
  "file.answer": fileAnswer,
  "file.ack": fileAck,
  "file.pause": filePause,
  "file.resume": fileResume,
  "file.cancel": fileCancel,
  "file.done": fileDone,
});
/** One of them as it was read. */
export type FileMessage = MessageOf<typeof FILE_MESSAGES>;
