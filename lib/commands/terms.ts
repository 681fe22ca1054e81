/** How long and why, as people write it: `1d younglings` behind a name, `5m upgrade`, `lunch 30m`. Pure. */

import type { ArgumentSpec } from "./command_table.ts";
import { parseDuration, splitDuration } from "./when.ts";

/** What was meant, or what is wrong with it. */
export type Terms =
  | { readonly ok: true; readonly durationMs: number | undefined; readonly reason: string }
  /** Holds a word of the person's line: foreign text as far as the screen is concerned. */
  | { readonly ok: false; readonly message: string };

/** As an argument: `parseTerms` reads it. */
export const TERMS: ArgumentSpec = {
  name: "TERMS",
  summary: "how long, as 10m, 2h or 1d, then the reason; without a time until somebody undoes it",
  required: false,
  rest: "text",
};

/** How a number begins. */
const LIKE_DURATION = /^[-+]?\d/;

/**
 * The first word is the duration when it can be read as one; without it there is none, which may mean for ever. So a word
 * that begins as a number does and is no duration is refused, and not taken for a reason: `1 day`, `1dd`, `-5`.
 */
export function parseTerms(text: string | undefined): Terms {
  const words = (text ?? "").trim();
  const [first] = words.split(/\s+/, 1);
  if (!LIKE_DURATION.test(first)) return { ok: true, durationMs: undefined, reason: words };
  const durationMs = parseDuration(first);
  if (durationMs === undefined || durationMs === 0) {
    return {
      ok: false,
      message: `I can't read the duration '${first}'. Write it as 10m, 2h or 1d, then the reason`,
    };
  }
  return { ok: true, durationMs, reason: words.slice(first.length).trim() };
}

/** In how long a server ends, and why: a time or `now` comes first, since what ends a server is not guessed. */
export function parseEndTerms(text: string | undefined): Terms {
  const [first, ...why] = (text ?? "").trim().split(/\s+/);
  if (first.toLowerCase() === "now") {
    return { ok: true, durationMs: undefined, reason: why.join(" ") };
  }
  const terms = parseTerms(text);
  if (terms.ok && (terms.durationMs !== undefined || terms.reason === "")) return terms;
  return {
    ok: false,
    message: `I can't read the time '${first}'. Write it as 30s, 5m, 1h or now, then the reason`,
  };
}

/** What somebody is busy with, and how long. */
export type BusyTerms =
  | { readonly ok: true; readonly text: string; readonly durationMs: number | undefined }
  /** Holds a word of the person's line: foreign text as far as the screen is concerned. */
  | { readonly ok: false; readonly message: string };

/** `lunch 30m`: why, and for how long when the last word says so. A time that is none, or a mere number, is refused. */
export function parseBusyTerms(text: string): BusyTerms {
  const whole = text.trim();
  const last = whole.slice(whole.search(/\S*$/));
  const terms = splitDuration(whole);
  const isNumber = last === whole && LIKE_DURATION.test(last) && terms.durationMs === undefined;
  const isNegative = /^[-+]/.test(last) && parseDuration(last.slice(1)) !== undefined;
  if (terms.durationMs !== 0 && !isNumber && !isNegative) return { ok: true, ...terms };
  return {
    ok: false,
    message: `I can't read the duration '${last}'. Write it as 30m, 2h or 1d, after the text`,
  };
}
