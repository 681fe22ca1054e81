// deno-lint-ignore-file no-control-regex -- escape sequences are what is looked at here

import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, utf8 } from "../../../../lib/base/bytes.ts";
import type { Bitmap } from "../../../../lib/base/bitmap.ts";
import type { Placement } from "../../../../lib/terminal/graphics/placement.ts";
import { Kernel } from "../../../../lib/terminal/graphics/kernel.ts";
import { SixelEncoder } from "../../../../lib/terminal/graphics/sixel.ts";
import {
  decodeSixel,
  flatPicture,
  paintPicture,
  psnr,
  realPicture,
} from "../../../kit/pictures.ts";

const runs = Deno.env.get("SLOW") === "1" ? 1_000 : 40;

function placementOf(widthPx: number, heightPx: number): Placement {
  return { column: 2, row: 1, widthCells: 20, heightCells: 6, widthPx, heightPx };
}

function encodeOnce(bitmap: Bitmap, colourRegisters = 256): Uint8Array {
  const encoder = new SixelEncoder({ colourRegisters, synchronized: false });
  return encoder.encode(bitmap, placementOf(bitmap.widthPx, bitmap.heightPx));
}

const text = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

Deno.test("sixel of real footage decodes to the same picture above 37 dB", () => {
  const picture = realPicture();
  assert.ok(psnr(decodeSixel(encodeOnce(picture)), picture) >= 37);
});

Deno.test("sixel with 16 registers uses 16 colours and stays recognisable", () => {
  const picture = realPicture();
  const bytes = encodeOnce(picture, 16);
  assert.equal(new Set(text(bytes).match(/#\d+/g)).size, 16);
  assert.ok(psnr(decodeSixel(bytes), picture) >= 16);
});

/** Whole percents, which sixel can say exactly, and in 256 different entries of the table. */
const EXACT_COLOURS = Array.from(
  { length: 256 },
  (_, i) => [51 * (i % 6), 51 * (Math.floor(i / 6) % 6), 25.5 * Math.floor(i / 36)] as const,
);

/** Draws indexes with `EXACT_COLOURS` by the kernel alone: no palette, no dither, no loss. */
function roundTrip(kernel: Kernel, widthPx: number, heightPx: number, indexAt: () => number) {
  const colours = EXACT_COLOURS.map((colour) => colour.map(Math.round));
  colours.forEach(([red, green, blue], index) => {
    kernel.indexTable[(red >> 3) << 10 | (green >> 3) << 5 | blue >> 3] = index;
  });
  const picture = paintPicture(widthPx, heightPx, () => {
    const [red, green, blue] = colours[indexAt()];
    return [red, green, blue];
  });
  kernel.loadPicture(picture, widthPx, heightPx);
  kernel.quantise();
  const palette = EXACT_COLOURS.map((colour, index) =>
    `#${index};2;${colour.map((channel) => Math.round(channel / 2.55)).join(";")}`
  );
  const head = `\x1bP0;0;0q"1;1;${widthPx};${heightPx}${palette.join("")}`;
  const decoded = decodeSixel(concatBytes(utf8(head), kernel.sixelBody(), utf8("\x1b\\")));
  return { picture, decoded };
}

Deno.test("sixel body decodes to the very same pixels for any picture", () => {
  const kernel = new Kernel();
  fc.assert(
    fc.property(
      fc.record({
        widthPx: fc.integer({ min: 1, max: 90 }),
        heightPx: fc.integer({ min: 1, max: 40 }),
        colours: fc.integer({ min: 1, max: 256 }),
        runLength: fc.integer({ min: 1, max: 12 }),
        seed: fc.integer(),
      }),
      ({ widthPx, heightPx, colours, runLength, seed }) => {
        let left = 0;
        let index = 0;
        const random = noise(seed);
        const { picture, decoded } = roundTrip(kernel, widthPx, heightPx, () => {
          if (left-- === 0) {
            index = random() % colours;
            left = random() % runLength;
          }
          return index;
        });
        assert.deepEqual(decoded, picture);
      },
    ),
    { numRuns: runs },
  );
});

Deno.test("sixel body of noise stays exact at every awkward size", () => {
  const kernel = new Kernel();
  for (const [widthPx, heightPx] of [[1, 1], [1, 7], [4095, 6], [300, 13], [641, 61], [2, 600]]) {
    const { picture, decoded } = roundTrip(kernel, widthPx, heightPx, noise(widthPx));
    assert.deepEqual(decoded, picture);
  }
});

/** Numbers from 0 to 255, the same for the same seed. */
function noise(seed: number): () => number {
  let state = seed | 1;
  return () => (state = Math.imul(state, 1664525) + 1013904223 | 0) >>> 24;
}

Deno.test("sixel resizes to the placement", () => {
  const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: false });
  const decoded = decodeSixel(encoder.encode(realPicture(), placementOf(96, 54)));
  assert.deepEqual([decoded.widthPx, decoded.heightPx], [96, 54]);
});

Deno.test("sixel picture is one whole: cursor saved, moved, painted and put back", () => {
  const bytes = text(encodeOnce(flatPicture(10, 12, [255, 0, 0])));
  assert.match(bytes, /^\x1b7\x1b\[2;3H\x1bP0;0;0q"1;1;10;12[#0-9;!?~$-]*\x1b\\\x1b8$/);
  assert.doesNotMatch(bytes, /-\x1b\\/, "no band after the last");
});

Deno.test("sixel uses synchronized output only when the terminal has it", () => {
  const picture = flatPicture(10, 12, [255, 0, 0]);
  const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: true });
  assert.match(
    text(encoder.encode(picture, placementOf(10, 12))),
    /^\x1b\[\?2026h\x1b7.*\x1b8\x1b\[\?2026l$/s,
  );
  assert.doesNotMatch(text(encodeOnce(picture)), /2026/);
});

Deno.test("sixel erases the old cells when the placement changes, and nothing before the first frame", () => {
  const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: false });
  const picture = flatPicture(10, 12, [255, 0, 0]);
  assert.equal(encoder.erase().length, 0);
  encoder.encode(picture, placementOf(10, 12));
  const moved = text(encoder.encode(picture, { ...placementOf(10, 12), row: 9 }));
  for (let row = 2; row < 8; row++) assert.ok(moved.includes(`\x1b[${row};3H${" ".repeat(20)}`));
  assert.ok(moved.indexOf(" ".repeat(20)) < moved.indexOf("\x1bP"), "before the picture");
  assert.doesNotMatch(text(encoder.encode(picture, { ...placementOf(10, 12), row: 9 })), / {20}/);
  assert.match(text(encoder.erase()), / {20}/);
  assert.equal(encoder.erase().length, 0);
});

/** A film of the real picture: what it shows at a step of `FILM_STEPS`. */
type Film = (rgb: Uint8Array, step: number) => Uint8Array;
const FILM_STEPS = 24;

const FILMS: Readonly<Record<string, { readonly film: Film; readonly leastDb: number }>> = {
  "a fade from black": {
    film: (rgb, step) => rgb.map((value) => value * step / FILM_STEPS),
    leastDb: 37,
  },
  "a night scene": {
    film: (rgb, step) => rgb.map((value) => value * (0.2 + step / 500)),
    leastDb: 37,
  },
  "film grain": {
    film: (rgb, step) => {
      const random = noise(2 * step + 1);
      return rgb.map((value) => Math.max(0, Math.min(255, value + random() % 25 - 12)));
    },
    leastDb: 33,
  },
  "a cut": {
    film: (rgb, step) => step < FILM_STEPS / 2 ? rgb : rgb.map((value) => 255 - value),
    leastDb: 37,
  },
  "flat text": {
    film: (rgb, step) => rgb.map((_, at) => (Math.floor(at / 9) + step) % 7 < 3 ? 255 : 16),
    leastDb: 40,
  },
};

for (const [name, { film, leastDb }] of Object.entries(FILMS)) {
  Deno.test(`sixel of ${name} decodes above ${leastDb} dB in every picture`, () => {
    const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: false });
    const { widthPx, heightPx, rgb } = realPicture();
    let shown = flatPicture(1, 1, [0, 0, 0]);
    for (let step = 0; step <= FILM_STEPS; step++) {
      const picture = { widthPx, heightPx, rgb: film(rgb, step) };
      const bytes = encoder.encode(picture, placementOf(widthPx, heightPx));
      // The one before stays on the screen.
      if (bytes.length > 0) shown = decodeSixel(bytes);
      const db = psnr(shown, picture);
      assert.ok(db >= leastDb, `picture ${step}: ${db} dB`);
    }
  });
}

Deno.test("sixel names no register that the terminal does not have", () => {
  for (const colourRegisters of [16, 64, 128, 256, 1_024]) {
    const named = text(encodeOnce(realPicture(), colourRegisters)).match(/#\d+/g) ?? [];
    const largest = Math.max(...named.map((name) => Number(name.slice(1))));
    assert.ok(largest < Math.min(256, colourRegisters), `${largest} of ${colourRegisters}`);
  }
});

Deno.test("sixel sends nothing for the picture that is shown, and all of it once it was erased", () => {
  const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: true });
  const picture = realPicture();
  const placement = placementOf(picture.widthPx, picture.heightPx);
  assert.ok(encoder.encode(picture, placement).length > 0);
  assert.equal(encoder.encode(picture, placement).length, 0);
  const other = { ...picture, rgb: picture.rgb.slice().fill(0, 0, 300) };
  assert.ok(psnr(decodeSixel(encoder.encode(other, placement)), other) >= 37);
  assert.ok(psnr(decodeSixel(encoder.encode(picture, placement)), picture) >= 37);
  encoder.erase();
  assert.ok(psnr(decodeSixel(encoder.encode(picture, placement)), picture) >= 37);
});
