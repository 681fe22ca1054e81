/** Whatever bytes are changed in a picture: an answer, never a throw, and nothing larger than the box. */

import { ok } from "node:assert/strict";
import fc from "fast-check";
import { decodeStill } from "../../lib/media/stills/still_decoder.ts";
import { judgeStill } from "../../lib/media/stills/still_header.ts";
import { still } from "../kit/stills.ts";

const isSlow = Deno.env.get("SLOW") === "1";
const BOX = { widthPx: 40, heightPx: 40 };
const FILES = ["still.png", "interlaced.png", "still.webp", "lossless.webp", "alpha.webp"]
  .concat(["moving.webp", "moving.gif", "interlaced.gif", "picture.jpg", "progressive.jpg"])
  .map(still);

/** A picture with some bytes changed, and perhaps its end cut off or something put behind it. */
const mangled = fc.record({
  file: fc.constantFrom(...FILES),
  changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    maxLength: 6,
  }),
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
  more: fc.uint8Array({ maxLength: 20 }),
}).map(({ file, changes, cut, more }) => {
  const length = cut < 0.2 ? Math.floor(file.length * cut * 5) : file.length;
  const bytes = new Uint8Array(length + more.length);
  bytes.set(file.subarray(0, length));
  bytes.set(more, length);
  for (const [place, value] of changes) bytes[Math.floor(place * (bytes.length - 1))] = value;
  return bytes;
});

Deno.test("SR-67: a header of whatever bytes gets an answer, and its size is one that is decoded", () => {
  fc.assert(
    fc.property(fc.oneof(mangled, fc.uint8Array({ maxLength: 300 })), (file) => {
      const judgement = judgeStill(file);
      if (!judgement.ok) return;
      const { facts, first, canvas } = judgement.still;
      ok(facts.widthPx * facts.heightPx <= 40_000_000 && facts.frames <= 200);
      ok(first.xPx + first.widthPx <= canvas.widthPx);
      ok(first.yPx + first.heightPx <= canvas.heightPx);
    }),
    { numRuns: isSlow ? 50_000 : 2_000 },
  );
});

Deno.test("SR-67: a picture of whatever bytes ends in pixels or in a word", () => {
  fc.assert(
    fc.property(mangled, (file) => {
      const result = decodeStill(file, { box: BOX, ground: [0, 0, 0] });
      if (!result.ok) return;
      const { widthPx, heightPx, rgb } = result.bitmap;
      ok(widthPx >= 1 && widthPx <= BOX.widthPx && heightPx >= 1 && heightPx <= BOX.heightPx);
      ok(rgb.length === widthPx * heightPx * 3);
    }),
    { numRuns: isSlow ? 5_000 : 150 },
  );
});
