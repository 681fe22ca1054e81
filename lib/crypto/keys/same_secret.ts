/** Comparing secrets that somebody outside says. */

import { createHash, timingSafeEqual } from "node:crypto";

/** Whether both are the same text. How long it takes says nothing of either, not even how long they are. */
export function isSameSecret(said: string, known: string): boolean {
  return timingSafeEqual(digest(said), digest(known));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text, "utf8").digest();
}
