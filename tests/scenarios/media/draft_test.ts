/** A film that was never counted is watched at once, by what its container lists. */

import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { encodeHex } from "../../../lib/base/bytes.ts";
import type { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import type { RenditionReader } from "../../../lib/media/frames/rendition_reader.ts";
import type { VideoFile } from "../../../lib/media/library/renditions.ts";
import {
  footage,
  NotingFfmpeg,
  openFfmpeg,
  openStore,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"];
/** Three quarters of a minute: more than is counted while somebody waits. */
const LENGTH_SECONDS = 48;

async function makeFilm(
  ffmpeg: Ffmpeg,
  name: string,
  args: readonly string[],
  seconds = LENGTH_SECONDS,
): Promise<VideoFile> {
  const path = `${await tempFolder()}/${name}`;
  const made = await new Deno.Command(ffmpeg.path, {
    args: [
      ...["-v", "error", "-f", "lavfi", "-i", `testsrc=s=64x48:r=25:d=${seconds}`],
      ...["-pix_fmt", "yuv420p", "-g", "48", ...args, path],
    ],
  }).output();
  ok(made.success, new TextDecoder().decode(made.stderr));
  return await videoFile(path);
}

async function digest(reader: RenditionReader, frame: number): Promise<string> {
  const { jpeg, ptsMs } = await reader.read(frame);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", jpeg));
  return `${frame}@${ptsMs} ${encodeHex(hash)}`;
}

for (
  const [name, args] of [
    ["h264.mp4", X264],
    ["open-gop.mkv", ["-c:v", "libx264", "-bf", "3", "-x264-params", "open-gop=1:scenecut=0"]],
    ["late.mkv", [...X264, "-output_ts_offset", "7.3"]],
    ["variable.mp4", [...X264, "-vf", "select=gt(random(1)\\,0.1)", "-vsync", "vfr"]],
  ] as const
) {
  withFfmpeg(`draft of ${name} lists what a decode counts`, async () => {
    const ffmpeg = await openFfmpeg();
    const file = await makeFilm(ffmpeg, name, args);
    await using store = await openStore({ ffmpeg });
    const { timeline, isDraft, index } = await store.facts.firstTimeline(file);
    equal(isDraft, true);
    const { count, ptsMs, durationMs } = await store.facts.timeline(file);
    deepStrictEqual([timeline.count, timeline.durationMs], [count, durationMs]);
    deepStrictEqual(timeline.ptsMs, ptsMs);
    const counted = await store.facts.firstTimeline(file);
    equal(counted.isDraft, false);
    deepStrictEqual(index?.ticks, counted.index?.ticks);
    equal(index?.startTicks, counted.index?.startTicks);
  });
}

withFfmpeg("draft of what lists no pictures, or is counted in a moment, is none", async () => {
  const ffmpeg = await openFfmpeg();
  await using store = await openStore({ ffmpeg });
  for (
    const [name, args, seconds] of [
      ["film.ts", X264, LENGTH_SECONDS],
      ["film.mpg", ["-c:v", "mpeg2video"], LENGTH_SECONDS],
      ["film.avi", ["-c:v", "mpeg4"], LENGTH_SECONDS],
      ["film.mkv", ["-c:v", "mpeg4"], LENGTH_SECONDS],
      ["short.mp4", X264, 10],
    ] as const
  ) {
    const file = await makeFilm(ffmpeg, name, args, seconds);
    equal((await store.facts.firstTimeline(file)).isDraft, false, name);
  }
  equal((await store.facts.firstTimeline(await videoFile(footage("cockatoo.mp4")))).isDraft, false);
});

withFfmpeg(
  "draft gives the pictures of a decode, which nobody waits for, and leaves none of them to who comes later",
  async () => {
    const noting = await NotingFfmpeg.open();
    const { ffmpeg } = noting;
    const file = await makeFilm(ffmpeg, "film.mp4", X264);
    const places = [0, 700, 1100, 300];
    const read = async (reader: RenditionReader) => {
      const found = [];
      for (const place of places) found.push(await digest(reader, place));
      return found;
    };
    await using store = await openStore({ ffmpeg });
    const first = await store.facts.firstTimeline(file);
    const drafted = await (async () => {
      using reader = await store.reader(file, "240p", { first });
      return await read(reader);
    })();
    // And where there was time for it, what else is in the segments that they are in.
    ok(noting.seeks >= 3, "began in the middle");
    equal(await store.facts.keptTimeline(file), undefined, "not counted");
    equal(await store.hasFrames(file, "240p", { fromFrame: 0, toFrame: 10 }), false);
    using reader = await store.reader(file, "240p");
    deepStrictEqual(await read(reader), drafted);
  },
);

withFfmpeg(
  "draft that lists more than can be decoded is said, and the next viewer has what there is",
  async () => {
    const ffmpeg = await openFfmpeg();
    const file = await makeFilm(ffmpeg, "film.mp4", [...X264, "-bf", "0"]);
    // The last tenth of the pictures is no H.264 any more; the list of them stands behind and is whole.
    const bytes = await Deno.readFile(file.path);
    const moov = findLast(bytes, "moov") - 4;
    ok(moov > 0);
    bytes.fill(0, Math.floor(moov * 0.9), moov);
    await Deno.writeFile(file.path, bytes);
    const damaged = await videoFile(file.path);
    await using store = await openStore({ ffmpeg });
    const first = await store.facts.firstTimeline(damaged);
    equal(first.isDraft, true);
    const { count } = first.timeline;
    {
      using reader = await store.reader(damaged, "240p", { first, fromFrame: count - 1 });
      await rejects(() => reader.read(count - 1), { code: "pictures-missing" });
    }
    const next = await store.facts.firstTimeline(damaged);
    equal(next.isDraft, false);
    ok(next.timeline.count < count, `${next.timeline.count} of ${count}`);
    using reader = await store.reader(damaged, "240p", { first: next });
    await reader.read(next.timeline.count - 1);
  },
);

function findLast(bytes: Uint8Array, name: string): number {
  const wanted = new TextEncoder().encode(name);
  for (let at = bytes.length - wanted.length; at > 0; at--) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
