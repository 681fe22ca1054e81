import { deepEqual, equal } from "node:assert/strict";
import {
  badWhen,
  parseDuration,
  parseWhen,
  seedTime,
  splitDuration,
} from "../../../lib/commands/when.ts";

/** A Wednesday afternoon in Berlin, in winter time. */
const NOW_MS = Date.parse("2022-02-16T15:00:00Z");
const BERLIN = { nowMs: NOW_MS, timeZone: "Europe/Berlin" };

for (
  const [text, expected] of [
    ["10m", "2022-02-16T14:50:00Z"],
    ["2h", "2022-02-16T13:00:00Z"],
    ["2h ago", "2022-02-16T13:00:00Z"],
    ["2 hours ago", "2022-02-16T13:00:00Z"],
    ["1d", "2022-02-15T15:00:00Z"],
    ["today", "2022-02-15T23:00:00Z"],
    ["yesterday", "2022-02-14T23:00:00Z"],
    ["Yesterday 9:00", "2022-02-15T08:00:00Z"],
    ["14:30", "2022-02-16T13:30:00Z"],
    ["23:59:59", "2022-02-16T22:59:59Z"],
    ["monday", "2022-02-13T23:00:00Z"],
    ["monday 9:00", "2022-02-14T08:00:00Z"],
    ["mon 9:00", "2022-02-14T08:00:00Z"],
    ["wednesday 9:00", "2022-02-16T08:00:00Z"],
    ["wednesday 17:00", "2022-02-09T16:00:00Z"],
    ["1 Jun 2022 16:00:00", "2022-06-01T14:00:00Z"],
    ["01 june 2022 16:00", "2022-06-01T14:00:00Z"],
    ["3 Aug 2022", "2022-08-02T22:00:00Z"],
    ["14 Feb", "2022-02-13T23:00:00Z"],
    ["14 february 9:00", "2022-02-14T08:00:00Z"],
    // Not yet this year, and none in most.
    ["20 Nov", "2021-11-19T23:00:00Z"],
    ["29 Feb", "2020-02-28T23:00:00Z"],
    ["2022-06-01", "2022-05-31T22:00:00Z"],
    ["2022-06-01T16:00", "2022-06-01T14:00:00Z"],
    ["2022-06-01 16:00:01", "2022-06-01T14:00:01Z"],
    ["2022-06-01T16:00:00Z", "2022-06-01T16:00:00Z"],
    ["2022-06-01T16:00:00.123+02:00", "2022-06-01T14:00:00Z"],
    ["2022-06-01T16:00:00-0530", "2022-06-01T21:30:00Z"],
    // Clocks go forward from 2:00 to 3:00 on this day, and back from 3:00 to 2:00 on the other.
    ["27 Mar 2022 2:30", "2022-03-27T01:30:00Z"],
    ["30 Oct 2022 2:30", "2022-10-30T00:30:00Z"],
    ["28 Mar 2022", "2022-03-27T22:00:00Z"],
  ] as const
) {
  Deno.test(`when reads '${text}' in Berlin as ${expected}`, () => {
    const whenMs = parseWhen(text, BERLIN);
    equal(
      whenMs === undefined ? undefined : new Date(whenMs).toISOString(),
      new Date(expected).toISOString(),
    );
  });
}

for (
  const text of [
    ...[
      "",
      "x",
      "soon",
      "2",
      "h",
      "2x",
      "-2h",
      "1234567h",
      "25:00",
      "12:60",
      "12:00:61",
      "9",
      "9:0",
    ],
    ...["31 Feb 2022", "0 Jun 2022", "1 Foo 2022", "1 Jun 22", "1 Jun 2022 25:00", "1 Jun 2022 x"],
    ...["2022-13-01", "2022-02-30", "2022-06-01T24:00", "2022-06-01T16:00+99:00", "yesterday noon"],
    ...["monday 9:00 sharp", "someday 9:00", "14:30 monday", "１2h"],
  ]
) {
  Deno.test(`when does not read '${text}'`, () => {
    equal(parseWhen(text, BERLIN), undefined);
  });
}

Deno.test("when counts yesterday by the calendar, though a day may have 23 hours", () => {
  const nowMs = Date.parse("2022-03-28T10:00:00Z");
  equal(parseWhen("yesterday", { ...BERLIN, nowMs }), Date.parse("2022-03-26T23:00:00Z"));
});

Deno.test("when says what it can read instead (row S3.42)", () => {
  equal(badWhen("x"), "I can't read the date 'x'. Try 1 Jun 2022 16:00:00 or 2h.");
});

Deno.test("durations are read in letters and in words, and nothing else", () => {
  equal(parseDuration("30m"), 30 * 60_000);
  equal(parseDuration("2 Hours"), 2 * 3_600_000);
  equal(parseDuration("1w"), 7 * 86_400_000);
  for (const text of ["", "30", "m", "30 minutes ago", "1h30m", "30mm"]) {
    equal(parseDuration(text), undefined, text);
  }
});

for (
  const [said, text, minutes] of [
    ["lunch 30m", "lunch", 30],
    ["lunch with 2 friends 2h", "lunch with 2 friends", 120],
    ["30m", "", 30],
    ["lunch", "lunch", undefined],
    ["", "", undefined],
    ["meeting at 14:30", "meeting at 14:30", undefined],
    ["until 30 m", "until 30 m", undefined],
    ["  café \n 1d ", "café", 1440],
  ] as const
) {
  Deno.test(`busy '${said.trim()}' is the text '${text}' for ${minutes ?? "no set number of"} minutes`, () => {
    const durationMs = minutes === undefined ? undefined : minutes * 60_000;
    deepEqual(splitDuration(said), { text, durationMs });
  });
}

Deno.test("times are printed as the seeds print them (row S3.20)", () => {
  equal(seedTime(Date.parse("2022-08-03T21:25:03Z"), "Europe/Berlin"), "03 Aug 2022 23:25:03");
  equal(seedTime(Date.parse("2022-01-01T00:00:00Z"), "America/New_York"), "31 Dec 2021 19:00:00");
});
