/**
 * Live streams between people. Offer, answer and stop are messages of the conversation; everything else is sealed by SFrame
 * and passed on as it comes (hop/stream). See docs/streams.md.
 */

import {
  count,
  Definition,
  definitions,
  type FieldsOf,
  flag,
  hex,
  list,
  oneOf,
  text,
  timestamp,
} from "../schema.ts";
import { STREAM_UNIT_MAX_BYTES } from "../limits.ts";
import { type MessageOf, sealedFields } from "./payload.ts";

/** Of AES-GCM, with the longest header of SFrame. */
const SEAL_MAX_BYTES = 17 + 16;
/** Header of a frame inside the seal. */
const UNIT_HEADER_MAX_BYTES = 512;
/** A JPEG in one unit. */
export const STREAM_FRAME_MAX_BYTES = STREAM_UNIT_MAX_BYTES - SEAL_MAX_BYTES -
  UNIT_HEADER_MAX_BYTES;
/** A signed statement of hashes: one second of them, and whose they are. */
const STREAM_PROOF_MAX_BYTES = 8 * 1024;
/** Units that one proof covers. */
export const STREAM_PROOF_UNITS = 128;

/** Packets of sound in one unit: alone each would have as much around it as in it. */
export const STREAM_SOUND_PACKETS = 3;
/** Of Opus: at most 1,275 bytes, and one that says what it is. */
const SOUND_PACKET_MAX_BYTES = 1276;

/** Where pictures come from. */
const STREAM_SOURCES = ["file", "camera", "screen"] as const;
/** One of them. */
export type StreamSource = typeof STREAM_SOURCES[number];

/** Offers a stream to a conversation. */
const streamOffer = sealedFields("stream.offer", {
  sentAtMs: timestamp(),
  /** Its id at the server, and what its keys are derived for (SR-65). */
  stream: hex(16),
  source: oneOf(...STREAM_SOURCES),
  /** Foreign: a name of a file or a device. */
  title: text(400),
});

/** Somebody wants to watch, or does not. */
const streamAnswer = sealedFields("stream.answer", {
  stream: hex(16),
  accepts: flag(),
  /** What the keys of their reports are derived for: new for each answer. */
  words: hex(16),
});

/** Why a stream is over, by its sender; or that a watcher leaves (`stopped`). */
const STREAM_STOP_REASONS = ["ended", "stopped", "failed"] as const;
/** One of them. */
export type StreamStopReason = typeof STREAM_STOP_REASONS[number];

/** It is over, also for those who have not answered. */
const streamStop = sealedFields("stream.stop", {
  stream: hex(16),
  reason: oneOf(...STREAM_STOP_REASONS),
});

/** What is said about a stream, by kind. */
export const STREAM_MESSAGES = definitions({
  "stream.offer": streamOffer,
  "stream.answer": streamAnswer,
  "stream.stop": streamStop,
});
/** One of them as it was read. */
export type StreamMessage = MessageOf<typeof STREAM_MESSAGES>;

/** One picture. Payload: a baseline JPEG. */
const streamFrame = new Definition("stream.frame", {
  /** From 0; what is left out on the way is missing. */
  index: count(),
  /** Since the beginning of the stream; never goes back. */
  ptsMs: count(),
  width: count(65_535),
  height: count(65_535),
}, STREAM_FRAME_MAX_BYTES);

/** A little sound, in the sound of a stream. Payload: packets of Opus, one behind the other. */
const streamSound = new Definition("stream.sound", {
  /** Where it begins, in samples of 48 kHz since the beginning of the stream; never goes back. */
  at: count(),
  /** Of its packets, in bytes. */
  sizes: list(count(SOUND_PACKET_MAX_BYTES), STREAM_SOUND_PACKETS),
}, STREAM_SOUND_PACKETS * SOUND_PACKET_MAX_BYTES);

/** The sender's signature under the last units (SR-66). Payload: a statement of kind `stream-proof`. */
const streamProof = new Definition("stream.proof", {}, STREAM_PROOF_MAX_BYTES);

/** Behind the last frame. */
const streamEnd = new Definition("stream.end", {
  frames: count(),
  durationMs: count(),
  /** Frames that the sender left out because its line was slow. */
  dropped: count(),
  reason: oneOf(...STREAM_STOP_REASONS),
});

/** How it goes at a watcher, in all, about once a second. */
const streamReport = new Definition("stream.report", {
  /** Frames that came, and frames that are missing between them. */
  received: count(),
  lost: count(),
  /** Frames that were shown. */
  shown: count(),
  /** How much later than the fastest frame the last ones came. */
  lateMs: count(600_000),
});

/** What SFrame seals, by kind: the units of a stream, and what its watchers say back. */
export const STREAM_UNITS = definitions({
  "stream.frame": streamFrame,
  "stream.sound": streamSound,
  "stream.proof": streamProof,
  "stream.end": streamEnd,
  "stream.report": streamReport,
});

/** The table as a type. */
type StreamUnits = typeof STREAM_UNITS;
/** A kind of unit of a stream. */
export type StreamUnitKind = keyof StreamUnits;
/** The checked fields of one kind. */
export type StreamUnitFields<Kind extends StreamUnitKind> = FieldsOf<StreamUnits[Kind]>;
