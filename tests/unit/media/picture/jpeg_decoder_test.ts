import { deepStrictEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { chooseScale, JpegDecoder } from "../../../../lib/media/picture/jpeg_decoder.ts";
import { rebuildJpeg } from "../../../../lib/media/picture/jpeg_check.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 5000 : 200;
const PICTURE = Deno.readFileSync("tests/fixtures/media/picture.jpg");

/** The picture's pixels in a copy. */
function pixels(decoder: JpegDecoder, jpeg: Uint8Array): Uint8Array {
  const result = decoder.decode(jpeg);
  ok(result.ok);
  return result.bitmap.rgb.slice();
}

Deno.test("JPEG decoder gives the picture at its full size", async () => {
  const result = (await JpegDecoder.open()).decode(PICTURE, {
    announced: { widthPx: 48, heightPx: 32 },
  });
  ok(result.ok);
  const { widthPx, heightPx, rgb } = result.bitmap;
  deepStrictEqual([widthPx, heightPx, rgb.length], [48, 32, 48 * 32 * 3]);
  // The test pattern begins black in its corner and has a saturated colour somewhere.
  ok(Math.max(...rgb) > 200 && Math.min(...rgb) < 50);
});

Deno.test("JPEG decoder gives a smaller picture for a smaller scale, rounded up", async () => {
  const decoder = await JpegDecoder.open();
  const sizes = ([1, 2, 3, 4, 5, 6, 7, 8] as const).map((scale) => {
    const result = decoder.decode(PICTURE, { scale });
    ok(result.ok);
    equal(result.bitmap.rgb.length, result.bitmap.widthPx * result.bitmap.heightPx * 3);
    return `${result.bitmap.widthPx}x${result.bitmap.heightPx}`;
  });
  deepStrictEqual(sizes, ["6x4", "12x8", "18x12", "24x16", "30x20", "36x24", "42x28", "48x32"]);
});

Deno.test("JPEG decoder gives the same pixels for a rebuilt picture", async () => {
  const decoder = await JpegDecoder.open();
  const rebuilt = rebuildJpeg(PICTURE);
  ok(rebuilt !== undefined);
  deepStrictEqual(pixels(decoder, rebuilt), pixels(decoder, PICTURE));
});

Deno.test("SR-67: JPEG decoder refuses what the check refuses", async () => {
  const decoder = await JpegDecoder.open();
  deepStrictEqual(decoder.decode(new Uint8Array(0)), { ok: false, problem: "not-jpeg" });
  deepStrictEqual(decoder.decode(PICTURE, { announced: { widthPx: 1, heightPx: 1 } }), {
    ok: false,
    problem: "size-mismatch",
  });
  const progressive = Deno.readFileSync("tests/fixtures/media/progressive.jpg");
  deepStrictEqual(decoder.decode(progressive), { ok: false, problem: "not-baseline" });
});

Deno.test("SR-67: JPEG decoder survives damaged pictures and decodes the next one as before", async () => {
  const decoder = await JpegDecoder.open();
  const expected = pixels(decoder, PICTURE);
  let damaged = 0;
  const change = fc.tuple(fc.integer({ min: 20, max: PICTURE.length - 3 }), fc.nat(254));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const jpeg = PICTURE.slice();
      for (const [at, byte] of changes) jpeg[at] = byte;
      const result = decoder.decode(jpeg);
      if (!result.ok && result.problem === "damaged") damaged++;
      deepStrictEqual(pixels(decoder, PICTURE), expected);
    }),
    { numRuns, seed: 20 },
  );
  ok(damaged > 0, "no picture reached the library and failed there");
});

Deno.test("JPEG decoder chooses the smallest scale that covers the box", () => {
  const full = { widthPx: 1920, heightPx: 1080 };
  equal(chooseScale(full, { widthPx: 640, heightPx: 360 }), 3);
  equal(chooseScale({ widthPx: 1280, heightPx: 720 }, { widthPx: 640, heightPx: 360 }), 4);
  equal(chooseScale(full, { widthPx: 1, heightPx: 1 }), 1);
  equal(chooseScale(full, full), 8);
  equal(chooseScale(full, { widthPx: 9999, heightPx: 1 }), 8);
});
