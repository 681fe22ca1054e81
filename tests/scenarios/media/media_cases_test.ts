/**
 * Awkward and broken videos, by picture as well as by count: each picture of the store is compared with what ffmpeg by itself makes
 * of the same one.
 */

import { equal, ok } from "node:assert/strict";
import type { Bitmap } from "../../../lib/base/bitmap.ts";
import { JpegDecoder } from "../../../lib/media/picture/jpeg_decoder.ts";
import { canMakeMediaCases, MEDIA_CASES, type MediaCase } from "../../kit/media_cases.ts";
import { psnr } from "../../kit/pictures.ts";
import { FFMPEG_PATH, openFfmpeg, openStore, tempFolder, videoFile } from "./media_kit.ts";

/** JPEG at quality 5 and half the colour, of footage that is hard to code. */
const FLOOR_DECIBEL = 31;
/** All pictures of the short ones; every seventh of those that have more. */
const LONG_FRAMES = 100;
const EVERY = 7;

/** All pictures of a file as ffmpeg decodes and scales them. */
async function decoded(
  path: string,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  matrix: string | undefined,
): Promise<Bitmap[]> {
  const told = matrix === undefined ? "" : `:in_color_matrix=${matrix}`;
  const { stdout } = await new Deno.Command(FFMPEG_PATH, {
    args: [
      ...["-v", "quiet", "-i", `file:${path}`, "-map", "0:V:0", "-vsync", "passthrough"],
      ...["-vf", `scale=${widthPx}:${heightPx}:flags=bicubic+accurate_rnd${told}`],
      ...["-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    ],
  }).output();
  const sizeBytes = widthPx * heightPx * 3;
  return Array.from({ length: Math.floor(stdout.length / sizeBytes) }, (_, i) => ({
    ...{ widthPx, heightPx },
    rgb: stdout.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  }));
}

async function compare(path: string, { outcome }: MediaCase): Promise<void> {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const file = await videoFile(path);
  const probe = await store.facts.probe(file);
  if ("problem" in outcome) {
    equal(probe.ok ? "plays" : probe.problem, outcome.problem);
    return;
  }
  ok(probe.ok, probe.ok ? "" : probe.problem);
  using reader = await store.reader(file, "240p");
  const own = await decoded(file.path, reader, probe.facts.matrix);
  const { count, cutShort } = reader.timeline;
  equal(count, outcome.plays === "as decoded" ? own.length : outcome.plays);
  equal(own.length, count);
  ok(count > 0);
  equal(cutShort, outcome.cutShort ?? false);
  const { widthPx, heightPx } = reader;
  const { shape = widthPx / heightPx } = outcome;
  // Sides are even.
  ok(Math.abs(widthPx - heightPx * shape) <= 2, `${widthPx}×${heightPx}`);
  const decoder = await JpegDecoder.open();
  for (let frame = 0; frame < count; frame += count > LONG_FRAMES ? EVERY : 1) {
    const picture = decoder.decode((await reader.read(frame)).jpeg, { announced: reader });
    ok(picture.ok, `frame ${frame}`);
    const decibel = psnr(picture.bitmap, own[frame]);
    ok(decibel >= FLOOR_DECIBEL, `frame ${frame}: ${decibel} dB`);
  }
}

Deno.test({
  name:
    "D9, D10: awkward videos have the very pictures of their files, or are refused (needs encoders)",
  ignore: FFMPEG_PATH === "" || !canMakeMediaCases(),
  async fn(test) {
    const folder = await tempFolder();
    for (const one of MEDIA_CASES) {
      await test.step(one.name, async () => {
        const path = `${folder}/${one.name}`;
        await one.make(path, `${folder}/base.mp4`);
        await compare(path, one);
      });
    }
    // A name is never a command.
    for await (const { name } of Deno.readDir(folder)) ok(name !== "pwned");
  },
});
