import { deepEqual, equal, notEqual } from "node:assert/strict";
import { Flusher } from "../../../../lib/net/connections/flusher.ts";
import { BULK_PACKET_MAX_BYTES } from "../../../../lib/protocol/limits.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

Deno.test("flusher joins the same packets once, however many receivers get them", () => {
  const flusher = new Flusher(new FakeClock());
  const [a, b, c] = [Uint8Array.of(1), Uint8Array.of(2, 3), Uint8Array.of(2, 3)];
  const joined = flusher.join([a, b]);
  deepEqual([...joined], [1, 2, 3]);
  equal(flusher.join([a, b]), joined);
  notEqual(flusher.join([a, c]), joined);
  deepEqual([...flusher.join([a, b, c])], [1, 2, 3, 2, 3]);
});

Deno.test("flusher does not copy a packet that goes alone", () => {
  const packet = Uint8Array.of(1, 2, 3);
  equal(new Flusher(new FakeClock()).join([packet]), packet);
});

Deno.test("flusher flushes all targets of a turn at its end, and later ones in a later turn", async () => {
  const flusher = new Flusher(new FakeClock());
  const order: string[] = [];
  const target = (name: string) => ({ flush: () => void order.push(name) });
  flusher.schedule(target("first"));
  flusher.schedule(target("second"));
  await Promise.resolve().then(() => order.push("another task of this turn"));
  flusher.schedule({
    flush() {
      order.push("third");
      flusher.schedule(target("asked for by third"));
    },
  });
  await settle();
  deepEqual(order, ["first", "second", "another task of this turn", "third", "asked for by third"]);
});

Deno.test("flusher gives the event loop a turn after 500 connections", async () => {
  const clock = new FakeClock();
  const flusher = new Flusher(clock);
  let flushed = 0;
  for (let i = 0; i < 1200; i++) flusher.schedule({ flush: () => void flushed++ });
  await settle();
  equal(flushed, 500);
  flusher.schedule({ flush: () => void flushed++ });
  await clock.advance(0);
  equal(flushed, 1201);
  equal(clock.pendingTimers, 0);
  flusher.schedule({ flush: () => void flushed++ });
  await settle();
  equal(flushed, 1202);
});

Deno.test("flusher makes the next lent piece of one that was given back, and of no other", () => {
  const flusher = new Flusher(new FakeClock());
  const first = flusher.lend([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  deepEqual([...first], [1, 2, 3]);
  const second = flusher.lend([Uint8Array.of(4), Uint8Array.of(5)]);
  deepEqual([[...first], [...second]], [[1, 2, 3], [4, 5]]);
  flusher.giveBack(first);
  const third = flusher.lend([Uint8Array.of(6), Uint8Array.of(7)]);
  equal(third.buffer, first.buffer);
  deepEqual([[...third], [...second]], [[6, 7], [4, 5]]);
});

Deno.test("flusher makes the next lent packet of one that was given back, apart from pieces", () => {
  const flusher = new Flusher(new FakeClock());
  const first = flusher.lendPacket();
  equal(first.length, BULK_PACKET_MAX_BYTES);
  const piece = flusher.lend([Uint8Array.of(1), Uint8Array.of(2)]);
  flusher.giveBack(first.subarray(0, 10));
  flusher.giveBack(piece);
  equal(flusher.lendPacket().buffer, first.buffer);
  equal(flusher.lend([Uint8Array.of(3)]).buffer, piece.buffer);
  notEqual(flusher.lendPacket().buffer, first.buffer);
});
