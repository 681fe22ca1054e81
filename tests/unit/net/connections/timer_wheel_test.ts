import { deepEqual, equal } from "node:assert/strict";
import { TimerWheel } from "../../../../lib/net/connections/timer_wheel.ts";
import { FakeClock } from "../../../kit/clock.ts";

Deno.test("timer wheel tells every member the time once a second with one timer", async () => {
  const clock = new FakeClock();
  const wheel = new TimerWheel(clock);
  const ticks: number[] = [];
  const member = { tick: (nowMs: number) => void ticks.push(nowMs) };
  const other = { tick: (nowMs: number) => void ticks.push(-nowMs) };
  wheel.add(member);
  wheel.add(other);
  equal(clock.pendingTimers, 1);
  await clock.advance(2_500);
  deepEqual(ticks, [1000, -1000, 2000, -2000]);
});

Deno.test("timer wheel holds no timer when nobody watches", async () => {
  const clock = new FakeClock();
  const wheel = new TimerWheel(clock);
  let ticks = 0;
  const member = {
    tick() {
      ticks++;
      wheel.remove(member);
    },
  };
  wheel.add(member);
  await clock.advance(10_000);
  equal(ticks, 1);
  equal(clock.pendingTimers, 0);
  wheel.add(member);
  await clock.advance(1_000);
  equal(ticks, 2);
});

Deno.test("timer wheel goes on with the others when a member throws", async () => {
  const clock = new FakeClock();
  const wheel = new TimerWheel(clock);
  let ticks = 0;
  const broken = {
    tick() {
      throw new RangeError("broken member");
    },
  };
  wheel.add(broken);
  wheel.add({ tick: () => void ticks++ });
  await clock.advance(3_000);
  equal(ticks, 3);
});

Deno.test("timer wheel stamps events with the next tick, so that no deadline comes early", async () => {
  const clock = new FakeClock();
  const wheel = new TimerWheel(clock);
  wheel.add({ tick() {} });
  await clock.advance(3_400);
  equal(wheel.stampMs, 4_000);
});
