import { deepStrictEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import {
  decodePictureIndex,
  encodePictureIndex,
  makePictureIndex,
  seekStarts,
} from "../../../../lib/media/library/picture_index.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 2000 : 100;
const clock = { tickSeconds: 1 / 90_000, startMicroseconds: 1_400_000 };

function pictures(...ticks: number[]) {
  return ticks.map((tick, i) => ({ ticks: tick, checksum: 0xffffffff - i }));
}

Deno.test("picture index counts from the file's own clock", () => {
  const index = makePictureIndex(pictures(0, 3600, 7200), clock);
  deepStrictEqual([index?.startTicks, ...index?.ticks ?? []], [126_000, 126_000, 129_600, 133_200]);
});

Deno.test("picture index is none where times do not tell pictures apart", () => {
  for (const ticks of [[], [0, 0], [0, 2, 1], [0, NaN], [NaN], [Infinity]]) {
    equal(makePictureIndex(pictures(...ticks), clock), undefined, `${ticks}`);
  }
  equal(makePictureIndex(pictures(0, 1), { ...clock, tickSeconds: 0 }), undefined);
});

Deno.test("picture index survives its file, as does the word that there is none", () => {
  deepStrictEqual(decodePictureIndex(encodePictureIndex(undefined)), { index: undefined });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.maxSafeInteger(), { minLength: 1, maxLength: 50 }),
      fc.nat(1e9),
      (ticks, startMicroseconds) => {
        ticks.sort((a, b) => a - b);
        const index = makePictureIndex(pictures(...ticks), { tickSeconds: 1, startMicroseconds });
        deepStrictEqual(decodePictureIndex(encodePictureIndex(index)), { index });
      },
    ),
    { numRuns },
  );
});

Deno.test("picture index file that is cut, extended, out of order or none is not read", () => {
  const bytes = encodePictureIndex(makePictureIndex(pictures(0, 1, 2), clock));
  for (let length = 0; length < bytes.length; length++) {
    equal(decodePictureIndex(bytes.slice(0, length)), undefined, `${length}`);
  }
  equal(decodePictureIndex(new Uint8Array([...bytes, 0])), undefined);
  const swapped = encodePictureIndex({
    ...{ tickSeconds: 1, startTicks: 0 },
    ...{ ticks: Float64Array.of(2, 1), checksums: Uint32Array.of(1, 2) },
  });
  equal(decodePictureIndex(swapped), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      equal(decodePictureIndex(new Uint8Array(noise)), undefined);
    }),
    { numRuns },
  );
});

Deno.test("seek begins at the keyframe before a frame, else well before it, else at the beginning", () => {
  const ticks = Array.from({ length: 2_000 }, (_, i) => i * 40);
  const index = makePictureIndex(pictures(...ticks), { tickSeconds: 0.001, startMicroseconds: 0 });
  if (index === undefined) throw new Error("no index");
  const keys = Uint32Array.of(0, 500, 1000);
  deepStrictEqual(seekStarts(index, keys, 499), [150]);
  deepStrictEqual(seekStarts(index, keys, 500), [20_150, 10_000]);
  deepStrictEqual(seekStarts(index, keys, 1999), [40_150, 30_000]);
  // Not into the keyframe behind, where each picture is one.
  deepStrictEqual(seekStarts(index, Uint32Array.from({ length: 2_000 }, (_, i) => i), 1000), [
    40_039,
    30_000,
  ]);
});
