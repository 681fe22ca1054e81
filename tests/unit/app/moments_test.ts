import { deepEqual, throws } from "node:assert/strict";
import { readMoment } from "../../../lib/app/talk/moments.ts";

const HERE = { nowMs: Date.parse("2026-11-27T12:00:00Z"), timeZone: "UTC" };

Deno.test("places of a conversation are its ends, what is new, and dates", () => {
  deepEqual(readMoment("Start", HERE), "start");
  deepEqual(readMoment(" first ", HERE), "start");
  deepEqual(readMoment("newest", HERE), "end");
  deepEqual(readMoment("unread", HERE), "new");
  deepEqual(readMoment("2h", HERE), { sinceMs: Date.parse("2026-11-27T10:00:00Z") });
  deepEqual(readMoment("20 Nov", HERE), { sinceMs: Date.parse("2026-11-20T00:00:00Z") });
});

Deno.test("a place of a conversation that is none is named, with those that there are", () => {
  for (const word of ["", "toString", "noon", "32 Nov"]) {
    throws(() => readMoment(word, HERE), /I can't read the date .* Or: start, end, new\./);
  }
});
