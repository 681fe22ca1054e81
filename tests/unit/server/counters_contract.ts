/** What every `Counters` must do, whatever is behind it. */

import assert from "node:assert/strict";
import type { Clock } from "../../../lib/base/clock.ts";
import { type Counters, requireRate } from "../../../lib/server/counters/counters.ts";
import { RATES } from "../../../lib/server/counters/rates.ts";
import { FakeClock } from "../../kit/clock.ts";

/** Declares the tests. */
export function countersContract(
  implementation: string,
  open: (clock: Clock) => Counters | Promise<Counters>,
): void {
  const test = (name: string, run: (counters: Counters, clock: FakeClock) => Promise<void>) =>
    Deno.test(`${name} (${implementation})`, async () => {
      const clock = new FakeClock();
      await run(await open(clock), clock);
    });

  test("counters give each key its burst, then one at a time", async (counters, clock) => {
    const { burst, perSecond } = RATES.broadcasts.limit;
    for (let i = 0; i < burst; i++) assert.equal(await counters.take("broadcasts", "alice"), 0);
    const seconds = await counters.take("broadcasts", "alice");
    assert.equal(seconds, Math.ceil(1 / perSecond));
    assert.equal(await counters.take("broadcasts", "bob"), 0);
    assert.equal(await counters.take("busyChanges", "alice"), 0);
    await clock.advance(1000 * seconds);
    assert.equal(await counters.take("broadcasts", "alice"), 0);
    assert((await counters.take("broadcasts", "alice")) > 0);
  });

  test("counters let as many of takes at once through as there are, the first ones", async (counters) => {
    const { burst } = RATES.broadcasts.limit;
    const takes = Array.from({ length: burst + 3 }, () => counters.take("broadcasts", "alice"));
    const told = (await Promise.all(takes)).map((seconds) => seconds === 0);
    assert.deepEqual(told, takes.map((_, i) => i < burst));
  });

  test("counters answer in the order in which they were asked", async (counters) => {
    const answered: number[] = [];
    await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      await counters.take("messages", "alice");
      answered.push(i);
    }));
    assert.deepEqual(answered, Array.from({ length: 20 }, (_, i) => i));
  });

  test("counters take many at once or none of them", async (counters) => {
    const { burst } = RATES.commitBytes.limit;
    assert.equal(await counters.take("commitBytes", "alice", burst - 10), 0);
    assert((await counters.take("commitBytes", "alice", 11)) > 0);
    assert.equal(await counters.take("commitBytes", "alice", 10), 0);
  });

  test("counters take another limit from then on, and the first one again", async (counters) => {
    counters.setLimit("registrations", { burst: 1, perSecond: 1 });
    assert.equal(await counters.take("registrations", "192.0.2.0/24"), 0);
    assert.equal(await counters.take("registrations", "192.0.2.0/24"), 1);
    counters.setLimit("registrations");
    assert.equal(await counters.take("registrations", "192.0.2.0/24"), 0);
  });

  test("counters hold all messages back once one was refused", async (counters, clock) => {
    counters.setLimit("messages", { burst: 1, perSecond: 100 });
    assert.equal(await counters.take("messages", "alice"), 0);
    assert.equal(await counters.take("messages", "alice"), 2);
    await clock.advance(1000);
    assert.equal(await counters.take("messages", "alice"), 1);
    await clock.advance(1000);
    assert.equal(await counters.take("messages", "alice"), 0);
  });

  test("who is over a rate is refused in the words of the table", async (counters) => {
    counters.setLimit("registrations", { burst: 1, perSecond: 1 });
    await requireRate(counters, "registrations", { key: "here" });
    await assert.rejects(requireRate(counters, "registrations", { key: "here" }), {
      code: "rate-limited",
      message: RATES.registrations.message,
      details: { retryAfterSeconds: 1 },
    });
  });
}
