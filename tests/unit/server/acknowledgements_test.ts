import { deepEqual, equal } from "node:assert/strict";
import { Acknowledgements } from "../../../lib/server/delivery/mailbox.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { FakeClock } from "../../kit/clock.ts";
import { conversationId, deviceId } from "./store_kit.ts";

function opened() {
  const clock = new FakeClock();
  const told: number[] = [];
  const store = {
    acknowledge: ({ seq }: { seq: number }) => {
      told.push(seq);
      return Promise.resolve();
    },
  } as unknown as Store;
  return { clock, told, acknowledgements: new Acknowledgements(store, clock) };
}

Deno.test("the first acknowledgement is stored at once, those that follow closely as one", async () => {
  const { clock, told, acknowledgements } = opened();
  for (let seq = 1; seq <= 50; seq++) acknowledgements.put(deviceId(1), conversationId(1), seq);
  deepEqual(told, [1]);
  await clock.advance(100);
  deepEqual(told, [1, 50]);
  acknowledgements.put(deviceId(1), conversationId(1), 51);
  deepEqual(told, [1, 50]);
  await clock.advance(100);
  deepEqual(told, [1, 50, 51]);
  await clock.advance(100);
  deepEqual(told, [1, 50, 51]);
});

Deno.test("conversations and devices are acknowledged each for itself", () => {
  const { told, acknowledgements } = opened();
  acknowledgements.put(deviceId(1), conversationId(1), 7);
  acknowledgements.put(deviceId(1), conversationId(2), 3);
  acknowledgements.put(deviceId(2), conversationId(1), 5);
  deepEqual(told, [7, 3, 5]);
});

Deno.test("what waits of a device that goes is stored at once", () => {
  const { told, acknowledgements } = opened();
  acknowledgements.put(deviceId(1), conversationId(1), 1);
  acknowledgements.put(deviceId(1), conversationId(1), 9);
  acknowledgements.settle(deviceId(1));
  deepEqual(told, [1, 9]);
});

Deno.test("no timer runs once all devices are quiet or gone", async () => {
  const { clock, acknowledgements } = opened();
  acknowledgements.put(deviceId(1), conversationId(1), 1);
  acknowledgements.put(deviceId(2), conversationId(1), 1);
  acknowledgements.settle(deviceId(1));
  equal(clock.pendingTimers, 1);
  acknowledgements.settle(deviceId(2));
  equal(clock.pendingTimers, 0);
  acknowledgements.put(deviceId(2), conversationId(1), 2);
  await clock.advance(100);
  equal(clock.pendingTimers, 0);
});
