import assert from "node:assert/strict";
import {
  AdaptivePalette,
  ANSI_16_PALETTE,
  INDEX_TABLE_SIZE,
  indexNearest,
  SIXEL_16_PALETTE,
  xterm256Palette,
} from "../../../../lib/terminal/graphics/palette.ts";
import { Kernel } from "../../../../lib/terminal/graphics/kernel.ts";
import { quantiseByVariance } from "../../../../lib/terminal/graphics/wu.ts";
import { flatPicture, paintPicture, realPicture } from "../../../kit/pictures.ts";

function indexOf([red, green, blue]: readonly number[]): number {
  return (red >> 3) << 10 | (green >> 3) << 5 | blue >> 3;
}

Deno.test("quantiseByVariance finds the colours exactly when there are few", () => {
  const colours = [[255, 255, 255], [0, 0, 0], [200, 30, 40], [30, 200, 40], [
    250,
    250,
    8,
  ]] as const;
  const { rgb } = paintPicture(50, 50, (x, y) => colours[(x * 7 + y * 3) % colours.length]);
  const palette = quantiseByVariance(rgb, { colours: 256, step: 1 });
  const found = colours.map((_, index) => [...palette.subarray(3 * index, 3 * index + 3)].join());
  assert.equal(palette.length, colours.length * 3);
  assert.deepEqual(found.sort(), colours.map((colour) => colour.join()).sort());
});

Deno.test("quantiseByVariance makes as many colours as it may, and no more", () => {
  const { rgb } = realPicture();
  for (const colours of [2, 16, 255, 256]) {
    assert.equal(quantiseByVariance(rgb, { colours, step: 1 }).length, colours * 3);
  }
});

/** A palette that follows pictures of `realPicture`'s size, and the kernel that has it. */
class Followed {
  readonly kernel = new Kernel();
  readonly adaptive = new AdaptivePalette({ colours: 255, shown: (level) => level });

  follow(rgb: Uint8Array): boolean {
    const { widthPx, heightPx } = realPicture();
    return this.adaptive.follow(
      this.kernel.loadPicture({ widthPx, heightPx, rgb }, widthPx, heightPx),
      this.kernel,
    );
  }

  /** The peak signal to noise ratio, in dB, of the picture drawn by the palette as it is. */
  drawnDb(): number {
    return 10 * Math.log10(3 * 255 * 255 / Math.max(this.kernel.codedError(1), 0.18));
  }
}

Deno.test("AdaptivePalette keeps its palette while the colours stay, and renews it when they move", () => {
  const followed = new Followed();
  const { rgb } = realPicture();
  assert.equal(followed.follow(rgb), true);
  const nearlySame = rgb.slice();
  nearlySame.copyWithin(0, rgb.length / 2, rgb.length / 2 + rgb.length / 100);
  assert.equal(followed.follow(nearlySame), false);
  const before = followed.adaptive.palette;
  assert.equal(followed.follow(rgb.map((value) => 255 - value)), true);
  assert.notDeepEqual(followed.adaptive.palette, before);
});

Deno.test("AdaptivePalette compares with the frame of its palette, so a slow fade renews it too", () => {
  const followed = new Followed();
  const { rgb } = realPicture();
  let renewals = 0;
  for (let step = 0; step < 50; step++) {
    if (followed.follow(rgb.map((value) => value * (50 - step) / 50))) renewals++;
  }
  assert.ok(renewals > 3 && renewals < 50, `${renewals} renewals`);
});

for (const [what, brightest] of [["a fade from black", 1], ["a night scene", 0.24]] as const) {
  Deno.test(`D1: AdaptivePalette draws no picture of ${what} much worse than with a palette of its own`, () => {
    const followed = new Followed();
    const { rgb } = realPicture();
    for (let step = 0; step <= 48; step++) {
      const picture = rgb.map((value) => value * brightest * step / 48);
      followed.follow(picture);
      const own = new Followed();
      own.follow(picture);
      const best = own.drawnDb();
      const drawn = followed.drawnDb();
      // Above 40 dB nobody sees the difference.
      assert.ok(drawn > Math.min(40, best - 1), `picture ${step}: ${drawn} dB, ${best} at best`);
    }
  });
}

Deno.test("AdaptivePalette measures its error against the colours as the terminal shows them", () => {
  const kernel = new Kernel();
  const adaptive = new AdaptivePalette({ colours: 255, shown: () => 90 });
  const { rgb } = flatPicture(8, 6, [100, 100, 100]);
  adaptive.follow(kernel.loadPicture({ widthPx: 8, heightPx: 6, rgb }, 8, 6), kernel);
  assert.equal(kernel.codedError(1), 300);
});

for (
  const [name, palette, size] of [
    ["xterm's 256 colours", xterm256Palette(), 256],
    ["the ANSI colours", ANSI_16_PALETTE, 16],
    ["the sixel colours", SIXEL_16_PALETTE, 16],
  ] as const
) {
  Deno.test(`indexNearest gives each of ${name} itself or its equal`, () => {
    assert.equal(palette.length, size * 3);
    const table = new Uint8Array(INDEX_TABLE_SIZE);
    indexNearest(palette, table);
    for (let i = 0; i < size; i++) {
      const colour = palette.subarray(3 * i, 3 * i + 3);
      const found = table[indexOf([...colour])];
      const off = Math.max(...colour.map((value, c) => Math.abs(value - palette[3 * found + c])));
      assert.ok(off <= 8, `colour ${i} is ${off} off`);
    }
  });
}

Deno.test("xterm's cube and greys are where xterm has them", () => {
  const palette = xterm256Palette();
  assert.deepEqual([...palette.subarray(16 * 3, 17 * 3)], [0, 0, 0]);
  assert.deepEqual([...palette.subarray(110 * 3, 111 * 3)], [135, 175, 215]);
  assert.deepEqual([...palette.subarray(231 * 3, 232 * 3)], [255, 255, 255]);
  assert.deepEqual([...palette.subarray(232 * 3, 233 * 3)], [8, 8, 8]);
  assert.deepEqual([...palette.subarray(255 * 3, 256 * 3)], [238, 238, 238]);
});
