import { equal, rejects } from "node:assert/strict";
import { Wakeup } from "../../../lib/base/wakeup.ts";
import { FakeClock } from "../../kit/clock.ts";

const NEVER = new AbortController().signal;

Deno.test("a wakeup wakes everyone who waits, once, and keeps nothing for later", async () => {
  const wakeup = new Wakeup();
  wakeup.wake();
  let woken = 0;
  const waiting = [1, 2].map(() => wakeup.wait(NEVER).then(() => woken++));
  await Promise.resolve();
  equal(woken, 0);
  wakeup.wake();
  await Promise.all(waiting);
  equal(woken, 2);
});

Deno.test("who waits for a wakeup is told the reason when it is stopped, before or meanwhile", async () => {
  const wakeup = new Wakeup();
  await rejects(wakeup.wait(AbortSignal.abort(new Error("before"))), /before/);
  const stop = new AbortController();
  const waiting = wakeup.wait(stop.signal);
  stop.abort(new Error("meanwhile"));
  await rejects(waiting, /meanwhile/);
});

Deno.test("a wait until a time ends by the wake, by the time, or by the signal, whatever comes first", async () => {
  const clock = new FakeClock();
  const wakeup = new Wakeup();
  const byTime = wakeup.waitUntil(clock, clock.monotonicMs() + 100, NEVER);
  await clock.advance(100);
  await byTime;
  const byWake = wakeup.waitUntil(clock, undefined, NEVER);
  wakeup.wake();
  await byWake;
  const stop = new AbortController();
  const bySignal = wakeup.waitUntil(clock, clock.monotonicMs() + 100, stop.signal);
  stop.abort();
  await bySignal;
  equal(clock.pendingTimers, 0);
});
