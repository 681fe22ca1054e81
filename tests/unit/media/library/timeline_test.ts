import { deepStrictEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  decodeTimeline,
  encodeTimeline,
  frameAt,
  makeTimeline,
} from "../../../../lib/media/library/timeline.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 2000 : 100;

Deno.test("timeline begins at 0 and keeps the gaps of a variable rate", () => {
  const timeline = makeTimeline([540, 580, 620, 1620, 1660], { durationMs: 1200 });
  deepStrictEqual([...timeline.ptsMs], [0, 40, 80, 1080, 1120]);
  equal(timeline.count, 5);
  equal(timeline.durationMs, 1200);
  equal(timeline.cutShort, false);
});

Deno.test("timeline goes on by one period where a time is missing, goes back or jumps by over an hour", () => {
  const rate = { ratePerSecond: 25 };
  deepStrictEqual([...makeTimeline([0, NaN, 80], rate).ptsMs], [0, 40, 80]);
  deepStrictEqual([...makeTimeline([NaN, NaN, NaN], rate).ptsMs], [0, 40, 80]);
  deepStrictEqual([...makeTimeline([1000, 40, 80], rate).ptsMs], [0, 40, 80]);
  deepStrictEqual([...makeTimeline([0, 40, 9_999_999, 10_000_039], rate).ptsMs], [0, 40, 80, 120]);
});

Deno.test("timeline says that a file is cut short when clearly less can be decoded than announced", () => {
  equal(makeTimeline([0, 40, 80], { durationMs: 5000, ratePerSecond: 25 }).cutShort, true);
  equal(makeTimeline([0, 40, 80], { durationMs: 5000, ratePerSecond: 25 }).durationMs, 120);
  equal(makeTimeline([0, 40, 80], { durationMs: 600, ratePerSecond: 25 }).cutShort, false);
  equal(makeTimeline([0, 40, 80], { durationMs: 700, ratePerSecond: 25 }).cutShort, true);
  // Matroska says when the last picture is over by a clock that may begin late.
  const late = { durationMs: 7120, ratePerSecond: 25, startMs: 7000 };
  equal(makeTimeline([0, 40, 80], late).cutShort, false);
  equal(makeTimeline([0, 40, 80], late).durationMs, 120);
  equal(makeTimeline([0, 40, 80], { ...late, durationMs: 8000 }).cutShort, true);
});

Deno.test("timeline of a single picture lasts one period", () => {
  const timeline = makeTimeline([7], { ratePerSecond: 20 });
  deepStrictEqual([timeline.count, timeline.durationMs, ...timeline.ptsMs], [1, 50, 0]);
});

Deno.test("timeline is monotonic whatever times a file tells, and survives its file", () => {
  const time = fc.oneof(fc.double({ min: -1e7, max: 1e7, noNaN: true }), fc.constant(NaN));
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 200 }), fc.nat(1e6), (times, ms) => {
      const keyFrames = [...times.keys()].filter((place) => place % 7 === ms % 7);
      const timeline = makeTimeline(times, { durationMs: ms, keyFrames });
      equal(timeline.keyFrames[0], 0);
      equal(timeline.ptsMs[0], 0);
      for (let i = 1; i < timeline.count; i++) ok(timeline.ptsMs[i] >= timeline.ptsMs[i - 1]);
      ok(timeline.durationMs >= timeline.ptsMs[timeline.count - 1]);
      deepStrictEqual(decodeTimeline(encodeTimeline(timeline)), timeline);
    }),
    { numRuns },
  );
});

Deno.test("timeline file that is cut, extended or no timeline is not read", () => {
  const bytes = encodeTimeline(makeTimeline([0, 40, 80]));
  for (let length = 0; length < bytes.length; length++) {
    equal(decodeTimeline(bytes.slice(0, length)), undefined);
  }
  equal(decodeTimeline(new Uint8Array([...bytes, 0])), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      equal(decodeTimeline(new Uint8Array(noise)), undefined);
    }),
    { numRuns },
  );
});

Deno.test("timeline file with keyframes that go back, lie outside or begin late is not read", () => {
  const good = makeTimeline([0, 40, 80], { keyFrames: [0, 2] });
  deepStrictEqual(decodeTimeline(encodeTimeline(good)), good);
  for (const keyFrames of [[], [1], [0, 0], [0, 2, 1], [0, 3], [0, 1, 2, 2]]) {
    const bytes = encodeTimeline({ ...good, keyFrames: Uint32Array.from(keyFrames) });
    equal(decodeTimeline(bytes), undefined, keyFrames.join());
  }
});

Deno.test("frameAt finds the frame that is on the screen", () => {
  const ptsMs = new Uint32Array([0, 40, 80, 1080]);
  deepStrictEqual([-5, 0, 39, 40, 79, 500, 1080, 9999].map((ms) => frameAt(ptsMs, ms)), [
    ...[0, 0, 0, 1, 1, 2, 3, 3],
  ]);
});
