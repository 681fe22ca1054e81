/** Sixel pictures that are flat, that have more than 255 colours, and of which only parts are sent; decoded by npm `sixel`. */

import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Bitmap } from "../../../../lib/base/bitmap.ts";
import { SixelEncoder } from "../../../../lib/terminal/graphics/sixel.ts";
import type { Placement } from "../../../../lib/terminal/graphics/placement.ts";
import { changedStripes } from "../../../../lib/terminal/graphics/stripes.ts";
import { decodeSixel, paintPicture, psnr, realPicture } from "../../../kit/pictures.ts";

const runs = Deno.env.get("SLOW") === "1" ? 500 : 25;
const CELL_PX = 19;

function placementOf({ widthPx, heightPx }: Bitmap): Placement {
  const cells = { widthCells: Math.ceil(widthPx / 9), heightCells: Math.ceil(heightPx / CELL_PX) };
  return { column: 2, row: 1, ...cells, widthPx, heightPx, cellHeightPx: CELL_PX };
}

function encoderOf(colourRegisters = 256): SixelEncoder {
  return new SixelEncoder({ colourRegisters, synchronized: false });
}

/** What is on the screen after each of the pictures in `bytes` was drawn over it. */
function drawOver(
  screen: Bitmap | undefined,
  bytes: Uint8Array,
): { screen: Bitmap; parts: number; isWhole: boolean } {
  const text = new TextDecoder("latin1").decode(bytes);
  let drawn = screen;
  let parts = 0;
  let isWhole = false;
  // deno-lint-ignore no-control-regex -- escape sequences are what is looked at here
  for (const { index, 1: row } of text.matchAll(/\x1b\[(\d+);\d+H\x1bP/g)) {
    const part = decodeSixel(bytes.subarray(index));
    parts++;
    isWhole ||= part.heightPx === drawn?.heightPx;
    if (drawn === undefined) {
      drawn = part;
      continue;
    }
    const from = (Number(row) - 2) * CELL_PX;
    ok(from + part.heightPx <= drawn.heightPx, "nothing is painted below the picture");
    equal(part.heightPx % 6, 0, "a part ends with a whole sixel");
    drawn.rgb.set(part.rgb, from * part.widthPx * 3);
  }
  ok(drawn !== undefined);
  return { screen: drawn, parts, isWhole };
}

/** Rectangles of flat colours that sixel can say exactly. */
function rectangles(widthPx: number, heightPx: number, seed: number, count: number): Bitmap {
  let state = seed | 1;
  const random = (most: number) => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 8) % most;
  };
  const all = Array.from({ length: count }, () => {
    const colour = [51 * random(6), 51 * random(6), 51 * random(6)] as const;
    const [x, y] = [random(widthPx), random(heightPx)];
    return { colour, x, y, width: 1 + random(widthPx), height: 1 + random(heightPx) };
  });
  return paintPicture(
    widthPx,
    heightPx,
    (px, py) =>
      all.findLast(({ x, y, width, height }) =>
        px >= x && px < x + width && py >= y && py < y + height
      )?.colour ?? [255, 255, 255],
  );
}

for (const registers of [256, 1024]) {
  Deno.test(`sixel of flat rectangles is exact with ${registers} registers, however wide they are`, () => {
    fc.assert(
      fc.property(
        fc.record({
          widthPx: fc.integer({ min: 1, max: 700 }),
          bands: fc.integer({ min: 1, max: 8 }),
          count: fc.integer({ min: 0, max: 12 }),
          seed: fc.integer(),
        }),
        ({ widthPx, bands, count, seed }) => {
          const picture = rectangles(widthPx, 6 * bands, seed, count);
          const encoder = encoderOf(registers);
          encoder.setDetail("fine");
          const bytes = encoder.encode(picture, placementOf(picture));
          deepEqual(decodeSixel(bytes), picture);
        },
      ),
      // Two pixels of a third colour, between those that a palette is made of.
      { numRuns: runs, examples: [[{ widthPx: 696, bands: 3, count: 2, seed: 14 }]] },
    );
  });
}

Deno.test("sixel has as many colours as the terminal has registers, from 16 to 1,023, and is the better for it", () => {
  const picture = paintPicture(192, 108, (x, y) => [x * 1.3, y * 2.3, x * y & 255]);
  let before = 0;
  for (const registers of [16, 64, 128, 256, 512, 1024, 65_536]) {
    const encoder = encoderOf(registers);
    encoder.setDetail("fine");
    const bytes = encoder.encode(picture, placementOf(picture));
    const used = new Set(new TextDecoder("latin1").decode(bytes).match(/#\d+(?=;2;)/g)).size;
    ok(used <= Math.min(registers, 1023), `${used} of ${registers}`);
    ok(used >= Math.min(registers, 1023) * 0.7, `${used} of ${registers}`);
    const decibel = psnr(decodeSixel(bytes), picture);
    ok(decibel >= before, `${decibel} dB with ${registers}`);
    before = decibel;
  }
  ok(before >= 30, `${before} dB`);
});

Deno.test("sixel has fewer bytes with less detail", () => {
  const picture = realPicture();
  const sizes = (["fine", "usual", "coarse", "least"] as const).map((detail) => {
    const encoder = encoderOf(1024);
    encoder.setDetail(detail);
    const bytes = encoder.encode(picture, placementOf(picture));
    ok(psnr(decodeSixel(bytes), picture) >= 28);
    return bytes.length;
  });
  ok(sizes.every((size, i) => i === 0 || size < 0.9 * sizes[i - 1]), `${sizes}`);
});

Deno.test("sixel sends the changed rows alone, and the screen is what a whole picture would be", () => {
  const encoder = encoderOf();
  const picture = paintPicture(270, 114, (x, y) => [51 * (x % 5), 51 * (y % 6), 0]);
  const placement = placementOf(picture);
  const first = encoder.encode(picture, placement);
  let { screen } = drawOver(undefined, first);
  let wholes = 0;
  let parts = 0;
  for (let i = 0; i < 36; i++) {
    // A clock that ticks, at the top, in the middle and at the bottom.
    const top = [0, 40, 113][i % 3];
    const colour = i % 6 < 3 ? [204, 255, 0] : [0, 0, 0];
    for (let x = 5 + i; x < 17 + i; x++) picture.rgb.set(colour, (top * 270 + x) * 3);
    const bytes = encoder.encode(picture, placement);
    ok(bytes.length > 0);
    const drawn = drawOver(screen, bytes);
    screen = drawn.screen;
    parts = drawn.isWhole ? 0 : parts + drawn.parts;
    ok(parts <= 12, "xterm keeps sixteen pictures");
    if (drawn.isWhole) wholes++;
    ok(psnr(screen, picture) >= 50, `${i}: ${psnr(screen, picture)} dB`);
  }
  ok(wholes >= 2 && wholes <= 16, `${wholes} whole pictures of 36`);
});

Deno.test("sixel sends nothing for the same picture, and all of it where cells are not known for sure", () => {
  const picture = realPicture();
  const { cellHeightPx: _cell, ...placement } = placementOf(picture);
  const encoder = encoderOf();
  const whole = encoder.encode(picture, placement).length;
  equal(encoder.encode(picture, placement).length, 0);
  picture.rgb.fill(255, 0, 3);
  const again = encoder.encode(picture, placement);
  ok(again.length > 0.9 * whole);
});

Deno.test("stripes cover every changed row, end with whole sixels inside of the picture, and begin at cells", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 3, max: 40 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      (bands, cellHeightPx, changes) => {
        const heightPx = 6 * bands;
        const before = new Uint8Array(heightPx * 2);
        const now = before.slice();
        for (const change of changes) now[change % now.length] = 1;
        const stripes = changedStripes(before, now, { heightPx, cellHeightPx, most: 12 });
        for (const { from, count } of stripes ?? []) {
          equal(from % cellHeightPx, 0);
          equal(count % 6, 0);
          ok(from >= 0 && from + count <= heightPx);
        }
        for (let row = 0; row < heightPx && stripes !== undefined; row++) {
          if (now[2 * row] === 0 && now[2 * row + 1] === 0) continue;
          ok(stripes.some(({ from, count }) => row >= from && row < from + count), `row ${row}`);
        }
      },
    ),
    { numRuns: 10 * runs },
  );
});
