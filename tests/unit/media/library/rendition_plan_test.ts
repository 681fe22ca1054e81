import { deepStrictEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  partLength,
  planParts,
  RenditionPlan,
} from "../../../../lib/media/library/rendition_plan.ts";
import { frameAt, type Timeline } from "../../../../lib/media/library/timeline.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 2000 : 100;

function steady(count: number, periodMs = 40): Timeline {
  const ptsMs = Uint32Array.from({ length: count }, (_, i) => i * periodMs);
  return {
    count,
    ptsMs,
    keyFrames: Uint32Array.of(0),
    durationMs: count * periodMs,
    cutShort: false,
  };
}

/** Frames of each rendition, as [first, last + 1]. */
function parts(n: number, m = n, k = n): Record<string, readonly [number, number]> {
  const counts = new Map([["240p", n], ["720p", m], ["1080p", k]]);
  return Object.fromEntries(
    planParts("thirds", (rendition) => counts.get(rendition) ?? 0)
      .map(({ rendition, fromFrame, toFrame }) => [rendition, [fromFrame, toFrame]]),
  );
}

Deno.test("thirds of a count that three divides are three equal parts", () => {
  deepStrictEqual(parts(300), { "240p": [0, 100], "720p": [100, 200], "1080p": [200, 300] });
});

Deno.test("thirds of a count that three does not divide are cut by rounding down", () => {
  deepStrictEqual(parts(100), { "240p": [0, 33], "720p": [33, 66], "1080p": [66, 100] });
  deepStrictEqual(parts(41), { "240p": [0, 13], "720p": [13, 27], "1080p": [27, 41] });
  deepStrictEqual(parts(5), { "240p": [0, 1], "720p": [1, 3], "1080p": [3, 5] });
});

Deno.test("thirds of fewer than three frames leave out the parts without a frame", () => {
  deepStrictEqual(parts(1), { "1080p": [0, 1] });
  deepStrictEqual(parts(2), { "720p": [0, 1], "1080p": [1, 2] });
});

Deno.test("thirds of renditions that differ are cut on the count of each", () => {
  deepStrictEqual(parts(90, 100, 50), { "240p": [0, 30], "720p": [33, 66], "1080p": [33, 50] });
});

Deno.test("plan in thirds has every frame once and times that never go back, whatever the counts", () => {
  const count = fc.integer({ min: 1, max: 400 });
  const period = fc.integer({ min: 1, max: 100 });
  fc.assert(
    fc.property(
      fc.tuple(count, count, count),
      fc.tuple(period, period, period),
      (counts, periods) => {
        const [n, m, k] = counts;
        const plan = new RenditionPlan("thirds", {
          "240p": steady(n, periods[0]),
          "720p": steady(m, periods[1]),
          "1080p": steady(k, periods[2]),
        });
        const third = Math.floor;
        equal(plan.total, third(n / 3) + third(2 * m / 3) - third(m / 3) + k - third(2 * k / 3));
        let latest = 0;
        for (let index = 0; index < plan.total; index++) {
          const frame = plan.frame(index);
          ok(frame !== undefined && frame.ptsMs >= latest);
          latest = frame.ptsMs;
        }
        ok(plan.durationMs >= latest);
        equal(plan.frame(plan.total), undefined);
        equal(plan.frame(-1), undefined);
      },
    ),
    { numRuns },
  );
});

Deno.test("plan names for each index of the stream the rendition and the place in it", () => {
  const plan = new RenditionPlan("thirds", {
    "240p": steady(4),
    "720p": steady(7),
    "1080p": steady(5),
  });
  const frames = Array.from({ length: plan.total }, (_, i) => {
    const frame = plan.frame(i);
    return `${frame?.rendition}/${frame?.frame}@${frame?.ptsMs}`;
  });
  deepStrictEqual(frames, [
    "240p/0@0",
    "720p/2@80",
    "720p/3@120",
    "1080p/3@120",
    "1080p/4@160",
  ]);
  equal(frameAt(plan.ptsMs, 119), 1);
  equal(frameAt(plan.ptsMs, 120), 3);
});

Deno.test("plan of a fixed rendition is that rendition from its first to its last frame", () => {
  const plan = new RenditionPlan("fixed:720p", { "720p": steady(41) });
  deepStrictEqual(plan.parts, [{ rendition: "720p", fromFrame: 0, toFrame: 41 }]);
  equal(plan.total, 41);
  equal(plan.durationMs, 41 * 40);
});

Deno.test("row S4.15: plan of keyframes has them alone, at their own times, up to the end of the video", () => {
  const timeline = { ...steady(41), keyFrames: Uint32Array.of(0, 12, 40) };
  const plan = new RenditionPlan("keyframes", { "720p": timeline });
  deepStrictEqual([plan.total, plan.durationMs, plan.parts.map(partLength)], [3, 41 * 40, [3]]);
  deepStrictEqual([0, 1, 2, 3].map((index) => plan.frame(index)), [
    { rendition: "720p", frame: 0, ptsMs: 0 },
    { rendition: "720p", frame: 12, ptsMs: 480 },
    { rendition: "720p", frame: 40, ptsMs: 1600 },
    undefined,
  ]);
  deepStrictEqual([0, 479, 480, 1599, 1600].map((ms) => frameAt(plan.ptsMs, ms)), [0, 0, 1, 1, 2]);
});

Deno.test("plan without a timeline that it needs is a bug", () => {
  throws(() => new RenditionPlan("thirds", { "240p": steady(4) }), { name: "Bug" });
});
