/** How long and why, as people write it behind a name: `1d younglings`. Pure. */

import { parseDuration } from "./when.ts";

/** What was meant, or what is wrong with it. */
export type Terms =
  | { readonly ok: true; readonly durationMs: number | undefined; readonly reason: string }
  /** Holds a word of the person's line: foreign text as far as the screen is concerned. */
  | { readonly ok: false; readonly message: string };

/**
 * The first word is the duration when it can be read as one; without it there is none, which may mean for ever. So a word
 * that begins with a digit and is no duration is refused, and not taken for a reason: `1 day`, `1dd`.
 */
export function parseTerms(text: string | undefined): Terms {
  const words = (text ?? "").trim();
  const [first] = words.split(/\s+/, 1);
  if (!/^\d/.test(first)) return { ok: true, durationMs: undefined, reason: words };
  const durationMs = parseDuration(first);
  if (durationMs === undefined || durationMs === 0) {
    return {
      ok: false,
      message: `I can't read the duration '${first}'. Write it as 10m, 2h or 1d, then the reason`,
    };
  }
  return { ok: true, durationMs, reason: words.slice(first.length).trim() };
}
