/** What members of a room tell each other about it, sealed: the server reads neither name nor topic. */

import { decodeUtf8 } from "../../base/bytes.ts";
import { CHAT_PAYLOAD_MAX_BYTES } from "../limits.ts";
import { count, definitions, hex, list, optional, record, text, timestamp } from "../schema.ts";
import { sizes, splitSections } from "../sections.ts";
import { isTimer, MAX_EXPIRE_SECONDS } from "./chat.ts";
import { type MessageOf, SealedDefinition, sealedFields } from "./payload.ts";

/** UTF-16 units of a room's name and topic. */
export const MAX_ROOM_NAME_UNITS = 100;
export const MAX_ROOM_TOPIC_UNITS = 500;
/** Texts of one `room.past`. */
export const MAX_PAST_TEXTS = 64;
/** UTF-8 bytes of its texts together: leaves room for a header of 64 items. */
export const MAX_PAST_BYTES = CHAT_PAYLOAD_MAX_BYTES - 16 * 1024;

/**
 * Name and topic, by an owner or moderator; from others it is not believed. In a direct conversation it is for who was
 * invited, and says of which room.
 */
const roomAbout = sealedFields("room.about", {
  /** In a direct conversation only: the room's. */
  conversation: optional(hex(32)),
  name: text(MAX_ROOM_NAME_UNITS),
  topic: text(MAX_ROOM_TOPIC_UNITS),
});

/**
 * What the sending device said in a room since a newcomer was invited, and before it came in. It travels in the direct
 * conversation with the newcomer: others who came in meanwhile are not meant to read it. Payload: the texts in UTF-8.
 */
const roomPast = new SealedDefinition("room.past", {
  /** The room's. */
  conversation: hex(32),
  items: list(
    record({
      id: hex(16),
      sentAtMs: timestamp(),
      atMs: timestamp(),
      place: optional(count()),
      /** As in `chat.text`. */
      replyTo: optional(hex(16)),
      expireSeconds: optional(count(MAX_EXPIRE_SECONDS)),
    }),
    MAX_PAST_TEXTS,
  ),
  sizes: sizes(MAX_PAST_TEXTS),
}, {
  maxPayloadBytes: MAX_PAST_BYTES,
  content: ({ items, sizes }, payload) => {
    const texts = splitSections(payload, sizes, items.length).map(decodeUtf8)
      .filter((text) => text !== undefined);
    const isWhole = texts.length === items.length &&
      items.every(({ expireSeconds = 0 }) => isTimer(expireSeconds));
    return isWhole ? { texts } : undefined;
  },
});

/** What members tell each other, by kind. */
export const ROOM_MESSAGES = definitions({ "room.about": roomAbout, "room.past": roomPast });
/** One of them as it was read. */
export type RoomMessage = MessageOf<typeof ROOM_MESSAGES>;
