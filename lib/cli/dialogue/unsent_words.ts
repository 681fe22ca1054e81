/** Between `/send` and the answer to what it asks. */

import type { Partner } from "./partner.ts";
import type { ChatHands } from "./slash_row.ts";

/** What `/y` would say as a message: the words of a `/send` that name no file. */
export const unsentWords = new WeakMap<
  ChatHands,
  { readonly to: Partner; readonly text: string }
>();
