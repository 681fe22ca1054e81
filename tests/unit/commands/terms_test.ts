import { deepEqual, equal, match } from "node:assert/strict";
import { parseBusyTerms, parseEndTerms, parseTerms } from "../../../lib/commands/terms.ts";

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
  for (
    const text of [
      "1 day",
      "1dd x",
      "0m",
      "5",
      "2nd warning",
      "99999999d",
      "1.5h",
      "-5",
      "-5m",
      "+1d x",
    ]
  ) {
    const terms = parseTerms(text);
    equal(terms.ok, false, text);
    match(terms.ok ? "" : terms.message, /^I can't read the duration '[^ ']+'\. Write it as 10m/);
  }
});

Deno.test("parseEndTerms takes a time, or now, and then the reason", () => {
  const read: readonly (readonly [string | undefined, number | undefined, string])[] = [
    [undefined, undefined, ""],
    ["", undefined, ""],
    ["now", undefined, ""],
    ["Now  new disks", undefined, "new disks"],
    ["5m upgrade", HOUR_MS / 12, "upgrade"],
  ];
  for (const [text, durationMs, reason] of read) {
    deepEqual(parseEndTerms(text), { ok: true, durationMs, reason }, text);
  }
});

Deno.test("parseEndTerms takes no first word for the reason: what ends the server is not guessed", () => {
  for (const text of ["x", "soon", "upgrade now", "5", "-5m", "5x upgrade", "0s"]) {
    const terms = parseEndTerms(text);
    equal(terms.ok, false, text);
    match(
      terms.ok ? "" : terms.message,
      /^I can't read the time '[^ ']+'\. Write it as 30s, 5m, 1h or now/,
    );
  }
});

Deno.test("S2.16: parseBusyTerms takes the last word for the time when it is one, and the rest for the text", () => {
  const read: readonly (readonly [string, string, number | undefined])[] = [
    ["", "", undefined],
    ["lunch", "lunch", undefined],
    ["lunch 30m", "lunch", HOUR_MS / 2],
    ["30m", "", HOUR_MS / 2],
    ["meeting at 5", "meeting at 5", undefined],
    ["5 things", "5 things", undefined],
  ];
  for (const [given, text, durationMs] of read) {
    deepEqual(parseBusyTerms(given), { ok: true, text, durationMs }, given);
  }
});

Deno.test("S2.16: parseBusyTerms refuses a time that is none", () => {
  for (const text of ["0m", "lunch 0m", "5", "-5m", "lunch -5m"]) {
    const terms = parseBusyTerms(text);
    equal(terms.ok, false, text);
    match(
      terms.ok ? "" : terms.message,
      /^I can't read the duration '[^ ']+'\. Write it as 30m, 2h or 1d/,
    );
  }
});
