import { deepEqual, equal, ok } from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { crop } from "../../../lib/screen/stills/crop.ts";
import { encodeStill, stillMethod } from "../../../lib/screen/stills/encode_still.ts";
import type { Capabilities } from "../../../lib/terminal/capability/capability.ts";
import { parseKitty } from "../../kit/kitty_reader.ts";
import { decodeSixel, flatPicture, realPicture } from "../../kit/pictures.ts";
import { PLAIN_TERMINAL } from "../../kit/screens.ts";

const KITTY: Capabilities = {
  ...PLAIN_TERMINAL,
  method: "kitty",
  kitty: { sharedMemory: false, temporaryFile: true, png: true, jpeg: true },
};
const SIXEL: Capabilities = {
  ...PLAIN_TERMINAL,
  method: "sixel",
  sixel: { colourRegisters: 256, maxSizePx: undefined },
};
const WHOLE = {
  ...{ column: 9, row: 4, widthCells: 20, heightCells: 6, widthPx: 160, heightPx: 108 },
};
const ALL = { whole: WHOLE, seen: WHOLE, abovePx: 0 };

Deno.test("SR-67: pixels of a picture go through no file, and the terminal decodes nothing that came from elsewhere", () => {
  const { bytes, erasure, encoder } = encodeStill(
    realPicture(),
    ALL,
    { method: "kitty", capabilities: KITTY },
    systemRandom,
  );
  const [show] = parseKitty(bytes);
  // The terminal would take a temporary file, and a JPEG.
  equal(show.keys.t, "d");
  equal(show.keys.c, "20");
  equal(show.keys.r, "6");
  ok(
    parseKitty(erasure).some(({ keys }) => keys.a === "d" && keys.i === show.keys.i),
  );
  encoder?.close();
  equal(stillMethod({ ...PLAIN_TERMINAL, method: "iterm2", iterm2: true }), "blocks");
  equal(stillMethod({ ...SIXEL, method: "iterm2", iterm2: true }), "sixel");
  equal(stillMethod({ ...PLAIN_TERMINAL, method: "none" }), undefined);
});

Deno.test("the part of a picture that is seen is the part that is drawn", () => {
  const white = flatPicture(160, 54, [255, 255, 255]);
  const black = flatPicture(160, 54, [0, 0, 0]);
  const rgb = new Uint8Array(2 * white.rgb.length);
  rgb.set(white.rgb);
  rgb.set(black.rgb, white.rgb.length);
  const picture = { widthPx: 160, heightPx: 108, rgb };
  const drawn = (from: number, count: number) => {
    const part = crop(WHOLE, { from, count }, { row: 2, method: "sixel", cellHeightPx: 18 });
    ok(part !== undefined);
    const options = { method: "sixel", capabilities: SIXEL } as const;
    const { bytes } = encodeStill(picture, part, options, systemRandom);
    const bitmap = decodeSixel(bytes);
    const mean = bitmap.rgb.reduce((sum, value) => sum + value, 0) / bitmap.rgb.length;
    return { heightPx: bitmap.heightPx, isWhite: mean > 200, isBlack: mean < 50 };
  };
  deepEqual(drawn(0, 3), { heightPx: 54, isWhite: true, isBlack: false });
  deepEqual(drawn(3, 3), { heightPx: 54, isWhite: false, isBlack: true });
});

Deno.test("a part of a picture stays within its rows, by every method", () => {
  for (const method of ["kitty", "sixel", "blocks"] as const) {
    for (let from = 0; from < 6; from++) {
      for (let count = 1; from + count <= 6; count++) {
        const heightPx = method === "blocks" ? 12 : 108;
        const whole = { ...WHOLE, heightPx };
        const part = crop(whole, { from, count }, { row: 7, method, cellHeightPx: 18 });
        ok(part !== undefined);
        equal(part.seen.row, 7);
        equal(part.seen.heightCells, count);
        ok(part.seen.heightPx <= count * (method === "blocks" ? 2 : 18));
        ok(part.abovePx + part.seen.heightPx <= heightPx);
      }
    }
  }
});
