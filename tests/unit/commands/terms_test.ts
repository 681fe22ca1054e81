import { deepEqual, equal, match } from "node:assert/strict";
import { parseTerms } from "../../../lib/commands/terms.ts";

const HOUR_MS = 3600_000;

Deno.test("parseTerms takes the first word for the duration when it is one, and the rest for the reason", () => {
  const read: readonly (readonly [string | undefined, number | undefined, string])[] = [
    ["10m", HOUR_MS / 6, ""],
    ["2h loud", 2 * HOUR_MS, "loud"],
    ["1d  killed  younglings ", 24 * HOUR_MS, "killed  younglings"],
    ["3W 2 of them", 21 * 24 * HOUR_MS, "2 of them"],
    ["30s", 30_000, ""],
    ["2days of rest", 48 * HOUR_MS, "of rest"],
    ["", undefined, ""],
    [undefined, undefined, ""],
    ["killed 3 younglings", undefined, "killed 3 younglings"],
    ["d1 is no duration", undefined, "d1 is no duration"],
  ];
  for (const [text, durationMs, reason] of read) {
    deepEqual(parseTerms(text), { ok: true, durationMs, reason }, text);
  }
});

Deno.test("parseTerms refuses what looks like a duration and is none, since without one it would be for ever", () => {
  for (const text of ["1 day", "1dd x", "0m", "5", "2nd warning", "99999999d", "1.5h"]) {
    const terms = parseTerms(text);
    equal(terms.ok, false, text);
    match(terms.ok ? "" : terms.message, /^I can't read the duration '[^ ']+'\. Write it as 10m/);
  }
});
