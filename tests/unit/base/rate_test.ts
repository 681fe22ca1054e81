import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "../../../lib/base/rate.ts";
import { FakeClock } from "../../kit/clock.ts";

const settings = { numRuns: Deno.env.get("SLOW") === "1" ? 5_000 : 100, seed: 20_260_102 };

Deno.test("token bucket gives its burst at once and then as many as come back", async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, { burst: 3, perSecond: 2 });
  for (let i = 0; i < 3; i++) equal(bucket.take(), true);
  equal(bucket.take(), false);
  equal(bucket.waitMs(), 500);
  await clock.advance(499);
  equal(bucket.take(), false);
  await clock.advance(1);
  equal(bucket.waitMs(), 0);
  equal(bucket.take(), true);
  equal(bucket.take(), false);
});

Deno.test("token bucket takes all or nothing", () => {
  const bucket = new TokenBucket(new FakeClock(), { burst: 5, perSecond: 1 });
  equal(bucket.take(6), false);
  equal(bucket.take(5), true);
  equal(bucket.waitMs(2), 2_000);
});

Deno.test("token bucket never holds more than its burst, however long it rests", async () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, { burst: 2, perSecond: 100 });
  equal(bucket.idle, true);
  bucket.take();
  equal(bucket.idle, false);
  await clock.advance(3_600_000);
  equal(bucket.idle, true);
  equal(bucket.take(2), true);
  equal(bucket.take(), false);
});

Deno.test("token bucket ignores corrections of the wall clock", () => {
  const clock = new FakeClock();
  const bucket = new TokenBucket(clock, { burst: 1, perSecond: 1 });
  bucket.take();
  clock.jumpWallClock(86_400_000);
  equal(bucket.take(), false);
});

Deno.test("token bucket gives in no stretch of time more than its burst and what came back", async () => {
  const steps = fc.array(
    fc.record({ restMs: fc.nat({ max: 2_000 }), count: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1, maxLength: 40 },
  );
  const limits = fc.record({
    burst: fc.integer({ min: 1, max: 10 }),
    perSecond: fc.integer({ min: 1, max: 20 }),
  });
  await fc.assert(
    fc.asyncProperty(steps, limits, async (steps, limit) => {
      const clock = new FakeClock();
      const bucket = new TokenBucket(clock, limit);
      let taken = 0;
      for (const { restMs, count } of steps) {
        await clock.advance(restMs);
        const waitMs = bucket.waitMs(count);
        const got = bucket.take(count);
        // What it said about waiting agrees with what it gave.
        equal(got, waitMs === 0);
        if (got) taken += count;
        ok(taken <= limit.burst + clock.monotonicMs() / 1000 * limit.perSecond + 1e-6);
      }
    }),
    { ...settings, numRuns: Math.ceil(settings.numRuns / 4) },
  );
});
