import { deepEqual, equal, rejects, strictEqual } from "node:assert/strict";
import type { ByteStream } from "../../../../lib/net/streams/byte_stream.ts";
import { memoryLink } from "../../../../lib/net/streams/memory.ts";
import { overLine } from "../../../../lib/net/streams/simulated_stream.ts";
import { FakeClock, settle } from "../../../kit/clock.ts";

const RANDOM = { fraction: () => 1 };
/** A segment takes 100 ms. */
const SLOW = { bytesPerSecond: 14_480, roundTripMs: 300, loss: 0 };

function simulated() {
  const clock = new FakeClock();
  const { near, far, cut } = memoryLink();
  return { clock, cut, far, near: overLine(near, SLOW, { clock, random: RANDOM }) };
}

/** Reads until the end; what has come so far is in `bytes`. */
function reading(stream: ByteStream) {
  const got: { bytes: number[]; end: string | undefined } = { bytes: [], end: undefined };
  const buffer = new Uint8Array(4096);
  (async () => {
    for (;;) {
      const count = await stream.read(buffer);
      if (count === null) break;
      got.bytes.push(...buffer.subarray(0, count));
    }
    got.end = "end";
  })().catch((error) => got.end = error.name);
  return got;
}

Deno.test("simulated stream is the real one when there is nothing to simulate", () => {
  const { near } = memoryLink();
  strictEqual(overLine(near, undefined, { clock: new FakeClock(), random: RANDOM }), near);
});

Deno.test("simulated stream delays what comes, keeps its order, and ends behind it", async () => {
  const { clock, far, near } = simulated();
  const got = reading(near);
  await far.write(Uint8Array.of(1, 2, 3));
  await settle();
  await far.write(Uint8Array.of(4));
  await far.closeWrite();
  await clock.advance(150);
  deepEqual(got, { bytes: [], end: undefined });
  await clock.advance(2);
  deepEqual(got, { bytes: [1, 2, 3, 4], end: "end" });
  near.close();
});

Deno.test("simulated stream delays what is sent, at the rate, and closes behind it", async () => {
  const { clock, far, near } = simulated();
  const got = reading(far);
  equal(await near.write(new Uint8Array(2 * 1448)), 2 * 1448);
  const closed = near.closeWrite();
  await clock.advance(249);
  equal(got.bytes.length, 0);
  await clock.advance(1);
  equal(got.bytes.length, 1448);
  await clock.advance(100);
  await closed;
  await settle();
  deepEqual([got.bytes.length, got.end], [2 * 1448, "end"]);
  near.close();
});

Deno.test("simulated stream takes no more than its line holds, and the rest when there is room", async () => {
  const { clock, near } = simulated();
  equal(await near.write(new Uint8Array(100_000)), 16 * 1024);
  let taken: number | undefined;
  near.write(new Uint8Array(100_000)).then((count) => taken = count);
  await clock.advance(99);
  equal(taken, undefined);
  await clock.advance(2);
  equal(taken! >= 1448, true);
  near.close();
});

Deno.test("simulated stream says that the real one broke, to whoever reads and whoever writes", async () => {
  const { clock, cut, near } = simulated();
  const read = rejects(near.read(new Uint8Array(10)), /reset/);
  cut();
  await read;
  await near.write(Uint8Array.of(1));
  await clock.advance(200);
  await rejects(near.write(Uint8Array.of(1)), /reset/);
  near.close();
});

Deno.test("simulated stream ends what waits when it is closed", async () => {
  const { near } = simulated();
  await near.write(new Uint8Array(16 * 1024));
  const waiting = [near.read(new Uint8Array(10)), near.write(Uint8Array.of(1))];
  const ended = Promise.all(waiting.map((one) => rejects(one, /closed/)));
  near.close();
  await ended;
});

for (const way of ["sends", "gets"] as const) {
  Deno.test(`a line of 16 Mbit/s has 2 MB a second for a program that ${way} a file`, async () => {
    const clock = new FakeClock();
    const { near: real, far } = memoryLink();
    const line = { bytesPerSecond: 2_000_000, roundTripMs: 0, loss: 0 };
    const near = overLine(real, line, { clock, random: RANDOM });
    const [from, to] = way === "sends" ? [near, far] : [far, near];
    const piece = new Uint8Array(32 * 1024);
    let come = 0;
    const ended: Promise<void>[] = [
      (async () => {
        for (;;) for (let at = 0; at < piece.length;) at += await from.write(piece.subarray(at));
      })(),
      (async () => {
        for (const buffer = new Uint8Array(64 * 1024);;) come += await to.read(buffer) ?? 0;
      })(),
    ];
    for (let ms = 0; ms < 500; ms++) await clock.advance(1);
    equal(Math.abs(come - 1_000_000) < 50_000, true, `${come} bytes in half a second`);
    near.close();
    far.close();
    await Promise.allSettled(ended);
  });
}
