import assert from "node:assert/strict";
import { TransferWindow, Turns } from "../../../../lib/client/transfers/upload_lane.ts";

Deno.test("row S0.42: transfers that are ready take turns, whoever came first", () => {
  const turns = new Turns<string>();
  for (const item of ["a", "b", "c", "a"]) turns.add(item);
  const taken = Array.from({ length: 7 }, () => turns.next(() => true));
  assert.deepEqual(taken, ["a", "b", "c", "a", "b", "c", "a"]);
  turns.remove("b");
  assert.deepEqual([1, 2, 3].map(() => turns.next(() => true)), ["c", "a", "c"]);
});

Deno.test("row S0.42: one that is not ready does not hold the others up, nor lose its turn", () => {
  const turns = new Turns<string>();
  for (const item of ["a", "b", "c"]) turns.add(item);
  assert.deepEqual([1, 2, 3].map(() => turns.next((item) => item !== "a")), ["b", "c", "b"]);
  assert.equal(turns.next(() => true), "a");
  assert.equal(turns.next(() => false), undefined);
  assert.equal(turns.size, 3);
});

Deno.test("transfer window is 64 KiB at first, a quarter second of goodput then, and 7 MiB at most", () => {
  const window = new TransferWindow();
  assert.equal(window.bytes, 65_536);
  window.acknowledged(0, 0);
  window.acknowledged(100_000, 100);
  assert.equal(window.goodput, 1_000_000);
  assert.equal(window.bytes, 250_000);
  window.acknowledged(100_000_000, 200);
  assert.equal(window.bytes, 7 * 1024 * 1024);
});

Deno.test("transfer window follows a fall of the line, and forgets time in which nothing was on the way", () => {
  const window = new TransferWindow();
  window.acknowledged(0, 0);
  window.acknowledged(100_000, 100);
  for (let at = 200; at <= 3000; at += 100) window.acknowledged(3_200, at);
  assert(window.bytes <= 65_536, String(window.bytes));
  window.acknowledged(0, 3100);
  window.acknowledged(100_000, 3200);
  const { bytes } = window;
  window.idle();
  window.acknowledged(0, 60_000);
  window.acknowledged(100_000, 60_100);
  assert.equal(window.bytes, bytes);
});

Deno.test("transfer window holds what is on a long way, too: what it lets through does not make it smaller", () => {
  const window = new TransferWindow({ leastBytes: 32_768 });
  window.roundTrip(400);
  window.roundTrip(300);
  window.roundTrip(900);
  // The way lets a window through in each round trip: without it in the window each would be smaller than the last.
  let { bytes } = window;
  assert.equal(bytes, 32_768);
  for (let at = 0; at < 6_000; at += 300) {
    window.acknowledged(at === 0 ? 0 : bytes, at);
    assert(window.bytes >= bytes);
    bytes = window.bytes;
  }
  assert.equal(bytes, 7 * 1024 * 1024);
});

Deno.test("transfer window of a reader is a second of 256 kbit/s, however long its way seems", () => {
  const window = new TransferWindow({ leastBytes: 32_768 });
  window.roundTrip(60_000);
  window.acknowledged(0, 0);
  window.acknowledged(3_200, 100);
  assert.equal(window.goodput, 32_000);
  assert.equal(window.bytes, 32_768);
});

Deno.test("transfer window of a line that is known is as short as that asks for, and shorter while something is live", () => {
  let delayMs = 250;
  const window = new TransferWindow({ measuredLeastBytes: 16_384, delayMs: () => delayMs });
  assert.equal(window.bytes, 65_536);
  window.acknowledged(0, 0);
  window.acknowledged(30_000, 100);
  assert.equal(window.bytes, 75_000);
  delayMs = 20;
  assert.equal(window.bytes, 16_384);
  window.roundTrip(100);
  assert.equal(window.bytes, 36_000);
});
