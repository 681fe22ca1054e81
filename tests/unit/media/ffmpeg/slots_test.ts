import { deepStrictEqual, equal, rejects } from "node:assert/strict";
import { Slots } from "../../../../lib/media/ffmpeg/slots.ts";

Deno.test("SR-71: slots run two at once and the others in the order in which they came", async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((n) =>
    slots.use(() => {
      begun.push(n);
      return new Promise<void>((resolve) => ends.push(resolve));
    })
  );
  await Promise.resolve();
  deepStrictEqual([begun, slots.waiting], [[0, 1], 2]);
  ends[1]();
  await all[1];
  deepStrictEqual(begun, [0, 1, 2]);
  ends[0]();
  await all[0];
  deepStrictEqual(begun, [0, 1, 2, 3]);
  ends.forEach((end) => end());
  await Promise.all(all);
  equal(slots.waiting, 0);
});

Deno.test("slots free the place of work that failed", async () => {
  const slots = new Slots(1);
  await rejects(slots.use(() => Promise.reject(new Error("no"))), /no/);
  equal(await slots.use(() => Promise.resolve(5)), 5);
});

Deno.test("slots let a waiter leave when its signal aborts, and never begin its work", async () => {
  const slots = new Slots(1);
  const first = Promise.withResolvers<void>();
  const running = slots.use(() => first.promise);
  const stop = new AbortController();
  const waiter = slots.use(() => Promise.reject(new Error("began")), { signal: stop.signal });
  stop.abort(new Error("left"));
  await rejects(waiter, /left/);
  first.resolve();
  await running;
  equal(await slots.use(() => Promise.resolve("free")), "free");
});
