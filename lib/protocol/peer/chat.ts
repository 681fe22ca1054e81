/** Texts between people. */

import { Definition, text, timestamp } from "../schema.ts";
import { chain } from "./payload.ts";

/** UTF-16 units of one text: fits MLS framing and padding within a relay.send. */
export const MAX_TEXT_LENGTH = 20_000;

export const chatText = new Definition("chat.text", {
  ...chain(),
  text: text(MAX_TEXT_LENGTH),
  /** The sender's clock, for display; the order is the server's. */
  sentAtMs: timestamp(),
});
