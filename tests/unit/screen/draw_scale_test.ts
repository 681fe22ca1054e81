import { equal, ok } from "node:assert/strict";
import { DrawScale } from "../../../lib/screen/draw_scale.ts";

/** Draws on a terminal that takes so many bytes a second, for so long. Returns how many pictures that were. */
function draw(scale: DrawScale, bytesPerSecond: number, clock: { ms: number }, forMs: number) {
  const untilMs = clock.ms + forMs;
  let pictures = 0;
  while (clock.ms < untilMs) {
    const { share } = scale;
    const drawMs = Math.max(20, 1000 * 180_000 * share ** 1.25 / bytesPerSecond);
    clock.ms += Math.max(50, drawMs);
    scale.drawn({ share, drawMs }, clock.ms);
    pictures++;
  }
  return pictures;
}

Deno.test("draw scale leaves a quick terminal alone", () => {
  const scale = new DrawScale();
  draw(scale, 20_000_000, { ms: 0 }, 5_000);
  equal(scale.share, 1);
});

Deno.test("D5: draw scale draws at least eight smaller pictures a second on a terminal of 200 kB/s", () => {
  const scale = new DrawScale();
  const clock = { ms: 0 };
  draw(scale, 200_000, clock, 3_000);
  const pictures = draw(scale, 200_000, clock, 10_000);
  ok(pictures >= 80, `${pictures}`);
  ok(scale.share < 0.3);
});

Deno.test("draw scale draws large again when the terminal is quick again, a size at a time", () => {
  const scale = new DrawScale();
  const clock = { ms: 0 };
  draw(scale, 200_000, clock, 5_000);
  const { share } = scale;
  draw(scale, 20_000_000, clock, 3_200);
  ok(scale.share > share && scale.share < 1);
  draw(scale, 20_000_000, clock, 60_000);
  equal(scale.share, 1);
});

Deno.test("draw scale does not take one slow picture for a slow terminal", () => {
  const scale = new DrawScale();
  for (let i = 0; i < 5; i++) scale.drawn({ share: 1, drawMs: 30 }, 50 * i);
  scale.drawn({ share: 1, drawMs: 280 }, 400);
  for (let i = 0; i < 5; i++) scale.drawn({ share: 1, drawMs: 30 }, 500 + 50 * i);
  equal(scale.share, 1);
});

Deno.test("draw scale passes over a picture of the size before", () => {
  const scale = new DrawScale();
  scale.drawn({ share: 1, drawMs: 900 }, 900);
  const { share } = scale;
  equal(scale.drawn({ share: 1, drawMs: 900 }, 1_800), false);
  equal(scale.share, share);
});
