import { equal, rejects } from "node:assert/strict";
import { Bell } from "../../../lib/base/bell.ts";
import { FakeClock } from "../../kit/clock.ts";

const signal = new AbortController().signal;

Deno.test("a ring wakes who waits", async () => {
  const clock = new FakeClock();
  const bell = new Bell();
  const waiting = bell.wait(clock, { timeoutMs: 1_000, signal });
  bell.ring();
  await waiting;
  equal(clock.pendingTimers, 0);
});

Deno.test("a ring while nobody waits is kept, and several are one", async () => {
  const clock = new FakeClock();
  const bell = new Bell();
  bell.ring();
  bell.ring();
  await bell.wait(clock, { signal });
  let hasWoken = false;
  const again = bell.wait(clock, { timeoutMs: 1_000, signal }).then(() => hasWoken = true);
  await clock.advance(999);
  equal(hasWoken, false);
  await clock.advance(1);
  await again;
});

Deno.test("waiting for a ring ends with the signal's reason, before it or while it goes on", async () => {
  const clock = new FakeClock();
  const bell = new Bell();
  const stop = new AbortController();
  const waiting = bell.wait(clock, { timeoutMs: 1_000, signal: stop.signal });
  stop.abort(new Error("stopped"));
  await rejects(waiting, { message: "stopped" });
  await rejects(bell.wait(clock, { signal: stop.signal }), { message: "stopped" });
  equal(clock.pendingTimers, 0);
});
