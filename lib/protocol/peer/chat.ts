/** Texts between people. */

import { CHAT_PAYLOAD_MAX_BYTES } from "../limits.ts";
import { Definition, timestamp } from "../schema.ts";
import { chain } from "./payload.ts";

/** UTF-8 bytes of one text: leaves room for the header, MLS framing and padding within a `relay.send`. */
export const MAX_TEXT_BYTES = CHAT_PAYLOAD_MAX_BYTES - 4096;

/** Payload: the text in UTF-8. */
export const chatText = new Definition("chat.text", {
  ...chain(),
  /** The sender's clock, for display; the order is the server's. */
  sentAtMs: timestamp(),
}, MAX_TEXT_BYTES);
