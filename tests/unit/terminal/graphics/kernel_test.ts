// deno-lint-ignore-file no-control-regex -- escape sequences are what is looked at here

import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeBase64 } from "../../../../lib/base/bytes.ts";
import { Bug, UsageError } from "../../../../lib/base/errors.ts";
import { Kernel } from "../../../../lib/terminal/graphics/kernel.ts";
import { KERNEL_SOURCE_SHA256 } from "../../../../lib/terminal/graphics/kernel_wasm.ts";
import { hashKernelSource } from "../../../../tools/build_kernel.ts";
import { flatPicture, paintPicture, psnr, realPicture } from "../../../kit/pictures.ts";

const runs = Deno.env.get("SLOW") === "1" ? 2_000 : 60;

const ascii = new TextDecoder("latin1");

Deno.test("kernel is built from the source beside it", async () => {
  assert.equal(await hashKernelSource(), KERNEL_SOURCE_SHA256);
});

Deno.test("base64 equals the plain encoder for any bytes", () => {
  const kernel = new Kernel();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 10_000 }), (bytes) => {
      assert.equal(ascii.decode(kernel.base64(bytes)), encodeBase64(bytes));
    }),
    { numRuns: runs },
  );
});

Deno.test("kittyChunks keeps every chunk at 4,096 characters and says more until the last", () => {
  const kernel = new Kernel();
  for (const length of [1, 3071, 3072, 3073, 6144, 6145, 100_000]) {
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(length, 65_536)));
    const commands = `\x1b_Gm=${bytes.length > 3072 ? 1 : 0};` +
      ascii.decode(kernel.kittyChunks(bytes));
    const chunks = [...commands.matchAll(/\x1b_Gm=([01]);([^\x1b]*)\x1b\\/g)];
    assert.equal(chunks.map((chunk) => chunk[0]).join(""), commands);
    assert.equal(chunks.map((chunk) => chunk[2]).join(""), encodeBase64(bytes));
    chunks.forEach(([, more, data], index) => {
      const isLast = index === chunks.length - 1;
      assert.equal(more, isLast ? "0" : "1");
      assert.ok(isLast ? data.length <= 4096 : data.length === 4096);
    });
  }
});

Deno.test("resize leaves a flat picture flat at every size", () => {
  const kernel = new Kernel();
  for (const [widthPx, heightPx] of [[1, 1], [7, 5], [64, 48], [333, 97]]) {
    const rgb = kernel.loadPicture(flatPicture(37, 23, [10, 200, 77]), widthPx, heightPx);
    assert.ok(rgb.every((value, i) => value === [10, 200, 77][i % 3]));
  }
});

Deno.test("resize to twice the size and back gives nearly the same picture", () => {
  const picture = realPicture();
  const large = new Kernel().loadPicture(picture, 384, 216);
  const again = new Kernel().loadPicture({ widthPx: 384, heightPx: 216, rgb: large }, 192, 108);
  assert.ok(psnr({ ...picture, rgb: again }, picture) > 34);
});

Deno.test("resize does not shift the picture", () => {
  // The middle of a ramp must stay the middle.
  const ramp = paintPicture(256, 4, (x) => [x, x, x]);
  const half = new Kernel().loadPicture(ramp, 128, 2);
  for (let x = 0; x < 128; x++) assert.ok(Math.abs(half[3 * x] - (2 * x + 0.5)) <= 1);
});

Deno.test("quantise keeps its dither in place from frame to frame", () => {
  const kernel = new Kernel();
  kernel.setDither(20);
  kernel.indexTable.forEach((_, colour, table) => table[colour] = colour >> 10);
  kernel.loadPicture(flatPicture(32, 32, [100, 0, 0]), 32, 32);
  const first = kernel.quantise().slice();
  kernel.loadPicture(flatPicture(32, 32, [100, 0, 0]), 32, 32);
  assert.deepEqual(kernel.quantise(), first);
  assert.ok(new Set(first).size > 2, "the dither has an effect");
});

Deno.test("quantise clamps what the dither pushes out of range", () => {
  const kernel = new Kernel();
  kernel.setDither(127);
  kernel.indexTable.forEach((_, colour, table) => table[colour] = colour & 31);
  for (const value of [0, 255]) {
    kernel.loadPicture(flatPicture(8, 8, [0, 0, value]), 8, 8);
    // Half of the dither pushes outwards; what wraps around would show up at the other end.
    const outermost = kernel.quantise().filter((index) => index === (value >> 3)).length;
    assert.ok(outermost >= 32);
  }
});

Deno.test("the dither matrix has each rank once", () => {
  const kernel = new Kernel();
  kernel.setDither(127);
  // Blue 0…252 in steps of 4 against a threshold at 128: how many pass counts the ranks below.
  kernel.indexTable.forEach((_, colour, table) => table[colour] = (colour & 31) >= 16 ? 1 : 0);
  let previous = 0;
  for (let value = 0; value < 256; value++) {
    kernel.loadPicture(flatPicture(8, 8, [0, 0, value]), 8, 8);
    const passed = kernel.quantise().reduce((sum, index) => sum + index, 0);
    assert.ok(
      passed - previous >= 0 && passed - previous <= 1,
      `${value}: ${previous} → ${passed}`,
    );
    previous = passed;
  }
});

/** The squares of the three channels between a pixel and a colour. */
function squaredOff(rgb: Uint8Array, pixel: number, palette: Uint8Array, colour: number): number {
  return [0, 1, 2].reduce(
    (sum, channel) => sum + (rgb[3 * pixel + channel] - palette[3 * colour + channel]) ** 2,
    0,
  );
}

/** Every colour in the middle of a cell of the kernel's table, so that it is looked up exactly. */
const CELL_MIDDLES = Uint8Array.from(
  { length: 255 * 3 },
  (_, at) => (at * 37 + (at >> 3) * 11) % 64 * 4 + 2,
);

Deno.test("chooseColours takes the nearest colour when none has a price", () => {
  const kernel = new Kernel();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 255 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 20 }),
      (colours, widthPx, heightPx) => {
        const palette = CELL_MIDDLES.subarray(0, 3 * colours);
        const rgb = Uint8Array.from(
          { length: widthPx * heightPx * 3 },
          (_, at) => (at * 29 + colours * 7) % 64 * 4 + 2,
        );
        kernel.loadPicture({ widthPx, heightPx, rgb }, widthPx, heightPx);
        kernel.setPalette(palette);
        const indexes = kernel.chooseColours(0);
        assert.equal(indexes.length, widthPx * heightPx);
        let sum = 0;
        indexes.forEach((index, pixel) => {
          const all = Array.from(
            { length: colours },
            (_, colour) => squaredOff(rgb, pixel, palette, colour),
          );
          assert.equal(all[index], Math.min(...all));
          sum += all[index];
        });
        assert.ok(Math.abs(kernel.codedError(1) - sum / indexes.length) < 1e-6);
      },
    ),
    { numRuns: runs },
  );
});

Deno.test("chooseColours keeps the error of each pixel within its price", () => {
  const kernel = new Kernel();
  const { widthPx, heightPx, rgb: levels } = realPicture();
  const rgb = levels.map((level) => level & 0xfc | 2);
  const palette = CELL_MIDDLES;
  kernel.loadPicture({ widthPx, heightPx, rgb }, widthPx, heightPx);
  kernel.setPalette(palette);
  const nearest = kernel.chooseColours(0).slice();
  for (const price of [1, 24, 64, 400]) {
    const indexes = kernel.chooseColours(price);
    let changed = 0;
    indexes.forEach((index, pixel) => {
      const own = squaredOff(rgb, pixel, palette, nearest[pixel]);
      assert.ok(squaredOff(rgb, pixel, palette, index) <= own + price);
      if (index !== nearest[pixel]) changed++;
    });
    if (price >= 64) assert.ok(changed > 0, "neighbours are taken");
  }
});

Deno.test("setPalette refuses more colours than the table can name", () => {
  const kernel = new Kernel();
  assert.throws(() => kernel.setPalette(new Uint8Array(256 * 3)), Bug);
});

Deno.test("loadPicture refuses a size that the kernel cannot draw", () => {
  const kernel = new Kernel();
  const picture = flatPicture(2, 2, [0, 0, 0]);
  assert.throws(() => kernel.loadPicture(picture, 4096, 10), UsageError);
  assert.throws(() => kernel.loadPicture(picture, 0, 10), UsageError);
  assert.equal(kernel.loadPicture(picture, 4095, 1).length, 4095 * 3);
});
