import { deepEqual, equal } from "node:assert/strict";
import { DeadlineQueue } from "../../../../lib/net/listening/arrivals.ts";
import { FakeClock } from "../../../kit/clock.ts";

Deno.test("deadline queue calls each when its time is over, with one timer", async () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock, 1000);
  const late: string[] = [];
  queue.add(() => late.push("first"));
  await clock.advance(400);
  const cancel = queue.add(() => late.push("cancelled"));
  queue.add(() => late.push("second"));
  equal(clock.pendingTimers, 1);
  cancel();
  cancel();
  await clock.advance(599);
  deepEqual(late, []);
  await clock.advance(1);
  deepEqual(late, ["first"]);
  await clock.advance(400);
  deepEqual(late, ["first", "second"]);
  equal(clock.pendingTimers, 0);
});

Deno.test("deadline queue holds no timer when nothing is pending, and begins again", async () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock, 1000);
  let late = 0;
  queue.add(() => late++)();
  equal(clock.pendingTimers, 0);
  queue.add(() => late++);
  await clock.advance(1000);
  equal(late, 1);
});
