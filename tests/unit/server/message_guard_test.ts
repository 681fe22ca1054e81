import assert from "node:assert/strict";
import { accountId } from "./store_kit.ts";
import { MESSAGE_RATE, MessageGuard } from "../../../lib/server/counters/message_guard.ts";
import { FakeClock } from "../../kit/clock.ts";

const ALICE = accountId("alice");

Deno.test("an account may send its burst at once and not one more, another account beside it", () => {
  const guard = new MessageGuard(new FakeClock(), MESSAGE_RATE);
  for (let i = 0; i < MESSAGE_RATE.burst; i++) assert.equal(guard.take(ALICE), 0);
  assert.equal(guard.take(ALICE), 2);
  assert.equal(guard.take(accountId("bob")), 0);
});

Deno.test("after a refusal everything is refused until the time that was said, so that nothing overtakes", async () => {
  const clock = new FakeClock();
  const guard = new MessageGuard(clock, { burst: 2, perSecond: 100 });
  assert.deepEqual([1, 2, 3].map(() => guard.take(ALICE)), [0, 0, 2]);
  await clock.advance(1999);
  assert.equal(guard.take(ALICE), 1, "there are tokens again, but it is held");
  await clock.advance(1);
  assert.deepEqual([1, 2, 3].map(() => guard.take(ALICE)), [0, 0, 2]);
});

Deno.test("a slow rate holds for as long as the next message takes", async () => {
  const clock = new FakeClock();
  const guard = new MessageGuard(clock, { burst: 1, perSecond: 1 / 30 });
  assert.deepEqual([guard.take(ALICE), guard.take(ALICE)], [0, 30]);
  await clock.advance(29_999);
  assert.equal(guard.take(ALICE), 1);
  await clock.advance(1);
  assert.equal(guard.take(ALICE), 0);
});
