import { deepEqual, equal, ok } from "node:assert/strict";
import { parseLineSimulation } from "../../../lib/net/streams/line_simulation.ts";
import { SimulatedWay } from "../../../lib/net/streams/simulated_stream.ts";

const SEGMENT = 1448;
const NO_LOSS = { fraction: () => 1 };

/** Loses the segments of these numbers, each once. */
function losing(...lost: number[]) {
  let tries = -1;
  let again = false;
  return {
    fraction() {
      if (again) {
        again = false;
        return 1;
      }
      tries++;
      again = lost.includes(tries);
      return again ? 0 : 1;
    },
  };
}

/** When each byte count comes out, looked at every millisecond. */
function arrivals(way: SimulatedWay, untilMs: number): [number, number][] {
  const seen: [number, number][] = [];
  const buffer = new Uint8Array(100_000);
  for (let nowMs = 0; nowMs <= untilMs; nowMs++) {
    const count = way.take(buffer, nowMs);
    if (count > 0) seen.push([nowMs, count]);
  }
  return seen;
}

Deno.test("simulated way brings segments at the rate, half a round trip later, in order", () => {
  // A segment takes 100 ms.
  const way = new SimulatedWay(
    { bytesPerSecond: 14_480, roundTripMs: 300, loss: 0 },
    NO_LOSS,
  );
  const sent = Uint8Array.from({ length: 3 * SEGMENT + 10 }, (_, i) => i % 251);
  way.put(sent, 0);
  equal(way.dueMs, 250);
  const first = new Uint8Array(100);
  equal(way.take(first, 249), 0);
  equal(way.take(first, 250), 100);
  deepEqual(first, sent.subarray(0, 100));
  deepEqual(arrivals(way, 1000), [
    [250, SEGMENT - 100],
    [350, SEGMENT],
    [450, SEGMENT],
    [451, 10],
  ]);
  equal(way.dueMs, undefined);
});

Deno.test("simulated way holds back what is behind a lost segment until it has come again", () => {
  const way = new SimulatedWay({ bytesPerSecond: 14_480, roundTripMs: 300, loss: 0.5 }, losing(1));
  way.put(new Uint8Array(3 * SEGMENT), 0);
  // The second is 300 + 200 ms late; the third has come meanwhile, and waits for it.
  deepEqual(arrivals(way, 2000), [[250, SEGMENT], [850, 2 * SEGMENT]]);
});

Deno.test("simulated way waits twice as long each time the same segment is lost", () => {
  let losses = 2;
  const way = new SimulatedWay(
    { bytesPerSecond: undefined, roundTripMs: 100, loss: 0.5 },
    { fraction: () => losses-- > 0 ? 0 : 1 },
  );
  way.put(new Uint8Array(1), 0);
  equal(way.dueMs, 50 + 300 + 600);
});

Deno.test("simulated way has room for as much as a socket holds, and again when some has left", () => {
  const way = new SimulatedWay({ bytesPerSecond: 14_480, roundTripMs: 0, loss: 0 }, NO_LOSS);
  const room = way.room(0);
  equal(room, 16 * 1024);
  way.put(new Uint8Array(room), 0);
  equal(way.room(0), 0);
  equal(way.room(50), 0);
  const againMs = way.roomAtMs(0);
  ok(way.room(againMs) >= SEGMENT);
});

Deno.test("simulated way without a rate holds a window, whatever is put in", () => {
  const way = new SimulatedWay({ ...parseLineSimulation("rtt=10s") }, NO_LOSS);
  let held = 0;
  for (let room = way.room(0); room > 0; room = way.room(0)) {
    const piece = Math.min(room, 100_000);
    way.put(new Uint8Array(piece), 0);
    held += piece;
  }
  ok(held <= 4 * 1024 * 1024 && held > 4 * 1024 * 1024 - SEGMENT);
  equal(way.roomAtMs(0), 5000);
});
