import { deepEqual } from "node:assert/strict";
import { withIsoTimes } from "../../../lib/commands/iso_times.ts";

Deno.test("U22: a moment in milliseconds stands beside the same in ISO 8601, also within lists", () => {
  deepEqual(withIsoTimes({ name: "bob", busy: { sinceMs: 0, untilMs: undefined } }), {
    name: "bob",
    busy: { sinceMs: 0, since: "1970-01-01T00:00:00.000Z", untilMs: undefined },
  });
  deepEqual(withIsoTimes({ rows: [{ atMs: 1.5 }, { lastSeenMs: -1 }] }), {
    rows: [
      { atMs: 1.5, at: "1970-01-01T00:00:00.001Z" },
      { lastSeenMs: -1, lastSeen: "1969-12-31T23:59:59.999Z" },
    ],
  });
});

Deno.test("U22: what is no moment stays as it is, and a field that is there already is not replaced", () => {
  for (
    const fields of [
      { durationMs: 5, retryMs: 7 },
      { atMs: "soon", sinceMs: null, untilMs: Infinity },
      { atMs: 9e15 },
      { expiresMs: 0, expires: "never" },
      { path: new Date(0) },
    ]
  ) deepEqual(withIsoTimes(fields), fields);
});
