import { deepEqual, equal, ok } from "node:assert/strict";
import { reconnectDelayMs } from "../../../../lib/net/connections/reconnect.ts";

const random = (fraction: number) => ({ fraction: () => fraction, bytes: () => new Uint8Array(0) });

Deno.test("reconnectDelayMs doubles from half a second to half a minute", () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 6, 7, 50, 5000].map((attempt) =>
    reconnectDelayMs(attempt, random(0.999999))
  );
  deepEqual(ceilings, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000]);
});

Deno.test("reconnectDelayMs spreads clients over the upper half", () => {
  equal(reconnectDelayMs(3, random(0)), 2000);
  equal(reconnectDelayMs(3, random(0.5)), 3000);
});

Deno.test("reconnectDelayMs never goes below what the server asked for, and still spreads", () => {
  ok(reconnectDelayMs(0, random(0), 10_000) >= 10_000);
  ok(reconnectDelayMs(0, random(0.9), 10_000) > reconnectDelayMs(0, random(0), 10_000));
  equal(reconnectDelayMs(0, random(0), -5), 250);
});
