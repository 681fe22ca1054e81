import { deepEqual, equal, rejects } from "node:assert/strict";
import { TransportError } from "../../../../lib/base/errors.ts";
import { withDeadline } from "../../../../lib/net/streams/deadline.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

Deno.test("withDeadline gives the result that comes in time and leaves no timer", async () => {
  const clock = new FakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const result = withDeadline("wait", promise, () => {}, { clock, timeoutMs: 1000 });
  await clock.advance(999);
  resolve("in time");
  equal(await result, "in time");
  equal(clock.pendingTimers, 0);
});

Deno.test("withDeadline gives up when the time is over, and gives back what comes too late", async () => {
  const clock = new FakeClock();
  const late: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const result = withDeadline("connect", promise, (one) => late.push(one), {
    clock,
    timeoutMs: 3000,
  });
  const refused = rejects(
    result,
    (error: unknown) =>
      error instanceof TransportError && error.code === "timed-out" && /3 s/.test(error.message),
  );
  await clock.advance(3000);
  await refused;
  resolve("late");
  await settle();
  deepEqual(late, ["late"]);
});

Deno.test("withDeadline ends with the reason of its signal, also when it is aborted already", async () => {
  const clock = new FakeClock();
  const reason = new Error("stopped");
  const controller = new AbortController();
  const options = { clock, timeoutMs: 3000, signal: controller.signal };
  const during = rejects(withDeadline("wait", new Promise(() => {}), () => {}, options), reason);
  controller.abort(reason);
  await during;
  await rejects(withDeadline("wait", new Promise(() => {}), () => {}, options), reason);
  equal(clock.pendingTimers, 0);
});

Deno.test("withDeadline passes a failure on", async () => {
  const clock = new FakeClock();
  const work = Promise.reject(new RangeError("broken"));
  await rejects(withDeadline("wait", work, () => {}, { clock, timeoutMs: 1 }), RangeError);
  equal(clock.pendingTimers, 0);
});
