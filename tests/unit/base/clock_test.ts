/** The clock of the machine. Nothing here measures how long something took. */

import { equal, ok, rejects } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { FakeClock } from "../../kit/clock.ts";

const never = 3_600_000;

Deno.test("system clock sleeps and goes on", async () => {
  await systemClock.sleep(0);
  await systemClock.sleep(0, { signal: new AbortController().signal });
});

Deno.test("system clock rejects a sleep with the signal's reason, before and while it sleeps, and keeps no timer", async () => {
  const reason = new DOMException("enough", "AbortError");
  await rejects(
    systemClock.sleep(never, { signal: AbortSignal.abort(reason) }),
    (thrown) => thrown === reason,
  );
  const stop = new AbortController();
  const sleeping = systemClock.sleep(never, { signal: stop.signal });
  stop.abort(reason);
  // The sanitizer of operations fails this test when the timer stays.
  await rejects(sleeping, (thrown) => thrown === reason);
});

Deno.test("system clock runs an action after a time, unless it is cancelled", async () => {
  const ran: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = systemClock.after(0, () => ran.push("cancelled"));
  systemClock.after(0, () => {
    ran.push("first");
    resolve();
  });
  cancel();
  cancel();
  await promise;
  equal(ran.join(), "first");
});

Deno.test("system clock's deadline aborts with a TimeoutError", async () => {
  const signal = systemClock.deadline(1);
  // A deadline does not keep the process alive, so something else has to.
  const cancel = systemClock.after(never, () => {});
  await new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener("abort", resolve, { once: true });
  });
  cancel();
  equal(signal.reason.name, "TimeoutError");
});

Deno.test("system clock never goes back, and its wall clock is that of people", () => {
  const before = systemClock.monotonicMs();
  ok(systemClock.monotonicMs() >= before);
  ok(systemClock.nowMs() > Date.UTC(2025, 0, 1));
});

Deno.test("fake clock keeps the same promises: sleeps, actions, deadlines", async () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  const reason = new DOMException("enough", "AbortError");
  const stop = new AbortController();
  const stopped = rejects(clock.sleep(5, { signal: stop.signal }), (thrown) => thrown === reason);
  const cancel = clock.after(10, () => ran.push("cancelled"));
  clock.after(20, () => ran.push("second"));
  clock.after(10, () => {
    ran.push("first");
    clock.after(5, () => ran.push("set off by the first"));
  });
  const deadline = clock.deadline(30);
  cancel();
  stop.abort(reason);
  await stopped;
  await clock.advance(29);
  equal(ran.join(), "first,set off by the first,second");
  equal(deadline.aborted, false);
  await clock.advance(1);
  equal(deadline.reason.name, "TimeoutError");
  equal(clock.pendingTimers, 0);
});

Deno.test("system clock does not run what is cancelled in the very turn in which it is due", async () => {
  let ran = 0;
  const done = Promise.withResolvers<void>();
  const cancels: (() => void)[] = [];
  // Both are due at once; whichever comes first cancels the other.
  for (const other of [1, 0]) {
    cancels.push(systemClock.after(5, () => {
      ran++;
      cancels[other]();
      done.resolve();
    }));
  }
  await done.promise;
  await systemClock.sleep(5);
  equal(ran, 1);
});
