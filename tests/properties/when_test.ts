import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { parseWhen, seedTime } from "../../lib/commands/when.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 50_000 : 1_000;
const zones = fc.constantFrom(
  ...["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"],
  ...["Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu"],
);
/** Whole seconds from 1970 to 2100. */
const seconds = fc.integer({ min: 0, max: 4_102_444_800 });
const HOUR_MS = 3_600_000;

Deno.test("when reads what was printed in the same zone as the same time on the wall", () => {
  fc.assert(
    fc.property(seconds, seconds, zones, (second, now, timeZone) => {
      const shown = seedTime(second * 1000, timeZone);
      const read = parseWhen(shown, { nowMs: now * 1000, timeZone });
      ok(read !== undefined, shown);
      equal(seedTime(read, timeZone), shown);
      // Only where clocks went back are there two of them, and then the first is meant.
      ok(
        read === second * 1000 || (read < second * 1000 && second * 1000 - read <= HOUR_MS),
        shown,
      );
    }),
    { numRuns: RUNS },
  );
});

Deno.test("when reads ISO 8601 with an offset as ECMAScript does", () => {
  fc.assert(
    fc.property(seconds, zones, (second, timeZone) => {
      const text = new Date(second * 1000).toISOString().replace(".000Z", "+00:00");
      equal(parseWhen(text, { nowMs: 0, timeZone }), second * 1000);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("when takes the last weekday that has begun", () => {
  const days = fc.constantFrom("sunday", "monday", "tue", "wednesday", "thu", "friday", "sat");
  const times = fc.constantFrom("", " 0:00", " 9:00", " 23:59:59");
  fc.assert(
    fc.property(seconds, zones, days, times, (second, timeZone, day, time) => {
      const nowMs = second * 1000;
      const read = parseWhen(day + time, { nowMs, timeZone });
      ok(read !== undefined);
      ok(read <= nowMs && nowMs - read <= 8 * 24 * HOUR_MS, `${day}${time}`);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("when never throws, whatever it is given", () => {
  const pieces = fc.constantFrom(
    ..."0 1 9 12 99 2022 0000 9999 : - + T Z . jun feb monday ago h m yesterday today".split(" "),
    " ",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), zones, (words, timeZone) => {
      const read = parseWhen(words.join(""), { nowMs: 1_700_000_000_000, timeZone });
      ok(read === undefined || Number.isSafeInteger(read));
    }),
    { numRuns: RUNS },
  );
});
