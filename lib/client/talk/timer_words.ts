/** How long messages stay, in words. Pure. */

import { durationWords } from "../../commands/duration_words.ts";

/** The line that everybody sees. */
export function timerWords(who: string, seconds: number): string {
  return seconds === 0
    ? `${who} set messages to stay`
    : `${who} set messages to disappear ${durationWords(seconds)} after they are read`;
}
