/**
 * Awkward and broken videos, by picture as well as by count: each picture of the store is compared with what ffmpeg by itself makes of the
 * same one. They are made by a tool that is not in this repository: HELIOGRAPH_MEDIA_CASES names their folder, which has a CASES.json.
 */

import { equal, ok } from "node:assert/strict";
import type { Bitmap } from "../../../lib/base/bitmap.ts";
import { JpegDecoder } from "../../../lib/media/picture/jpeg_decoder.ts";
import { psnr } from "../../kit/pictures.ts";
import { FFMPEG_PATH, openFfmpeg, openStore, videoFile } from "./media_kit.ts";

const FOLDER = Deno.env.get("HELIOGRAPH_MEDIA_CASES") ?? "";

/** Files that play, with their frames; undefined: as many as ffmpeg decodes. The others are refused, for this problem. */
const CASES: Readonly<Record<string, { readonly frames?: number } | { readonly problem: string }>> =
  {
    "base.mp4": { frames: 60 },
    "rotated-90.mp4": { frames: 60 },
    "odd-427x239.webm": {},
    "anamorphic-sar2.mp4": {},
    "vfr-gap.mp4": { frames: 34 },
    "one-frame.mp4": { frames: 1 },
    "1000fps.mp4": { frames: 500 },
    "sound-only.m4a": { problem: "no-video" },
  };
/** JPEG at quality 5 and half the colour, of footage that is hard to code: 31.7 (odd-427x239) and more were measured. */
const FLOOR_DECIBEL = 31;

/** All pictures of a file as ffmpeg decodes and scales them. */
async function decoded(
  path: string,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): Promise<Bitmap[]> {
  const { stdout } = await new Deno.Command(FFMPEG_PATH, {
    args: [
      ...["-v", "quiet", "-i", path, "-map", "0:V:0", "-vsync", "passthrough"],
      ...["-vf", `scale=${widthPx}:${heightPx}:flags=bicubic+accurate_rnd`],
      ...["-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    ],
  }).output();
  const sizeBytes = widthPx * heightPx * 3;
  return Array.from({ length: Math.floor(stdout.length / sizeBytes) }, (_, i) => ({
    ...{ widthPx, heightPx },
    rgb: stdout.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  }));
}

/** All of the short ones; every seventh of those that say so. */
const EVERY = 7;
const LONG_FRAMES = 100;

async function compare(name: string, expected: (typeof CASES)[string]): Promise<void> {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const file = await videoFile(`${FOLDER}/${name}`);
  if ("problem" in expected) {
    const probe = await store.probe(file);
    equal(probe.ok ? "plays" : probe.problem, expected.problem);
    return;
  }
  using reader = await store.reader(file, "240p");
  const own = await decoded(file.path, reader);
  const { count } = reader.timeline;
  equal(count, expected.frames ?? own.length);
  equal(own.length, count);
  const decoder = await JpegDecoder.open();
  for (let frame = 0; frame < count; frame += count > LONG_FRAMES ? EVERY : 1) {
    const picture = decoder.decode((await reader.read(frame)).jpeg, { announced: reader });
    ok(picture.ok, `frame ${frame}`);
    const decibel = psnr(picture.bitmap, own[frame]);
    ok(decibel >= FLOOR_DECIBEL, `frame ${frame}: ${decibel} dB`);
  }
}

Deno.test({
  name: "awkward videos have the very pictures of their files, or are refused",
  ignore: FFMPEG_PATH === "" || FOLDER === "",
  async fn(test) {
    for (const [name, expected] of Object.entries(CASES)) {
      await test.step(name, () => compare(name, expected));
    }
  },
});
