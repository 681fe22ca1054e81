import { deepEqual, equal, ok } from "node:assert/strict";
import { guessBytes, rungsOf } from "../../../../lib/media/library/rungs.ts";

const names = (widthPx: number, heightPx: number) =>
  rungsOf({ widthPx, heightPx }).map((rung) =>
    `${rung.folder} ${rung.widthPx}x${rung.heightPx} q${rung.quality}`
  );

Deno.test("rungs go up to the file's own size, and never beyond it", () => {
  deepEqual(names(1280, 720), [
    ...["144p 256x144 q9", "240p 426x240 q5", "360p-q9 640x360 q9", "360p 640x360 q6"],
    ...["480p-q8 854x480 q8", "480p 854x480 q5", "720p-q8 1280x720 q8", "720p 1280x720 q5"],
  ]);
  deepEqual(names(720, 405), [
    ...["144p 256x144 q9", "240p 426x240 q5", "360p-q9 640x360 q9", "360p 640x360 q6"],
    ...["480p-own-q8 720x406 q8", "480p-own 720x406 q5"],
  ]);
  deepEqual(names(100, 60), ["144p-own 100x60 q9"]);
});

Deno.test("SR-67: rungs of the largest files stay within what a client decodes", () => {
  const largest = rungsOf({ widthPx: 7680, heightPx: 4320 }).at(-1);
  deepEqual([largest?.name, largest?.widthPx, largest?.heightPx], ["2160p", 3840, 2160]);
  for (const rung of rungsOf({ widthPx: 8000, heightPx: 1000 })) ok(rung.widthPx <= 4096);
});

Deno.test("rungs of unknown size are guessed from one that was seen", () => {
  const [small, medium, , , , , coarse, large] = rungsOf({ widthPx: 1280, heightPx: 720 });
  // Nine times the pixels, 4.5 times the bytes.
  equal(Math.round(guessBytes(medium, 10_000, large) / 1000), 45);
  ok(guessBytes(medium, 10_000, small) < 4_000);
  equal(Math.round(guessBytes(medium, 10_000, coarse) / 1000), 32);
});
