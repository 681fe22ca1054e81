import assert from "node:assert/strict";
import {
  AdaptivePalette,
  ANSI_16_PALETTE,
  INDEX_TABLE_SIZE,
  indexNearest,
  SIXEL_16_PALETTE,
  xterm256Palette,
} from "../../../../lib/terminal/graphics/palette.ts";
import { quantiseByVariance } from "../../../../lib/terminal/graphics/wu.ts";
import { paintPicture, realPicture } from "../../../kit/pictures.ts";

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
  const indexOfColour = new Uint8Array(INDEX_TABLE_SIZE).fill(255);
  const palette = quantiseByVariance(rgb, { colours: 256, step: 1, indexOfColour });
  assert.equal(palette.length, colours.length * 3);
  for (const colour of colours) {
    const index = indexOfColour[indexOf(colour)];
    assert.deepEqual([...palette.subarray(index * 3, index * 3 + 3)], [...colour]);
  }
  assert.ok(indexOfColour.every((index) => index < colours.length), "no colour is left out");
});

Deno.test("quantiseByVariance makes as many colours as it may, and no more", () => {
  const { rgb } = realPicture();
  for (const colours of [2, 16, 255, 256]) {
    const indexOfColour = new Uint8Array(INDEX_TABLE_SIZE);
    const palette = quantiseByVariance(rgb, { colours, step: 1, indexOfColour });
    assert.equal(palette.length, colours * 3);
    assert.ok(indexOfColour.every((index) => index < colours));
  }
});

Deno.test("AdaptivePalette keeps its palette while the colours stay, and renews it when they move", () => {
  const palette = new AdaptivePalette(256);
  const table = new Uint8Array(INDEX_TABLE_SIZE);
  const { rgb } = realPicture();
  assert.equal(palette.follow(rgb, table), true);
  const nearlySame = rgb.slice();
  nearlySame.copyWithin(0, rgb.length / 2, rgb.length / 2 + rgb.length / 100);
  assert.equal(palette.follow(nearlySame, table), false);
  const before = palette.palette;
  assert.equal(palette.follow(rgb.map((value) => 255 - value), table), true);
  assert.notDeepEqual(palette.palette, before);
});

Deno.test("AdaptivePalette compares with the frame of its palette, so a slow fade renews it too", () => {
  const palette = new AdaptivePalette(256);
  const table = new Uint8Array(INDEX_TABLE_SIZE);
  const { rgb } = realPicture();
  let renewals = 0;
  for (let step = 0; step < 50; step++) {
    if (palette.follow(rgb.map((value) => value * (50 - step) / 50), table)) renewals++;
  }
  assert.ok(renewals > 3 && renewals < 50, `${renewals} renewals`);
});

/** The peak signal to noise ratio, in dB, of a picture drawn by the palette as it is. */
function drawnDb(rgb: Uint8Array, palette: Uint8Array, table: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = 3 * table[indexOf([rgb[at], rgb[at + 1], rgb[at + 2]])];
    for (let channel = 0; channel < 3; channel++) {
      sum += (rgb[at + channel] - palette[colour + channel]) ** 2;
    }
  }
  return 10 * Math.log10(255 * 255 / Math.max(sum / rgb.length, 0.06));
}

for (const [what, brightest] of [["a fade from black", 1], ["a night scene", 0.24]] as const) {
  Deno.test(`AdaptivePalette draws no picture of ${what} much worse than with a palette of its own`, () => {
    const followed = new AdaptivePalette(256);
    const table = new Uint8Array(INDEX_TABLE_SIZE);
    const { rgb } = realPicture();
    for (let step = 0; step <= 48; step++) {
      const picture = rgb.map((value) => value * brightest * step / 48);
      followed.follow(picture, table);
      const ownTable = new Uint8Array(INDEX_TABLE_SIZE);
      const own = new AdaptivePalette(256);
      own.follow(picture, ownTable);
      const best = drawnDb(picture, own.palette, ownTable);
      const drawn = drawnDb(picture, followed.palette, table);
      // Above 40 dB nobody sees the difference.
      assert.ok(drawn > Math.min(40, best - 1), `picture ${step}: ${drawn} dB, ${best} at best`);
    }
  });
}

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
