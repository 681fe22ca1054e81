/**
 * Cold and cached seeks in a film of two hours with a keyframe every ten seconds: how long the first picture takes, and whether each
 * is byte for byte the one that a decode from the beginning gives (the film is one minute, 120 times, so that minute has them all).
 * Run: `deno run -A tests/bench/seek_bench.ts [HEIGHT] [--counted]`, e.g. 360 or 1080. Needs ffmpeg with libx264. `--counted` counts
 * the film first, which decodes all of it; else the pictures are numbered by what the container lists, as for a first viewer.
 * Beside it what ffmpeg alone takes to start and show a keyframe, and to decode the 250 pictures up to the next one.
 */

import { equalBytes } from "../../lib/base/bytes.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { Ffmpeg } from "../../lib/media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../../lib/media/ffmpeg/ffmpeg_locate.ts";
import { FrameStore } from "../../lib/media/frames/frame_store.ts";
import type { VideoFile } from "../../lib/media/library/renditions.ts";
import type { RenditionName } from "../../lib/protocol/hop/video.ts";

const FOOTAGE = new URL("../../videos/race1906.ogv", import.meta.url).pathname;
const RENDITIONS: readonly RenditionName[] = ["240p", "720p"];
/** Minutes of the film, and places in them: behind a keyframe, before the next one, and between. */
const PLACES = [[61, 0], [7, 249], [110, 1015], [33, 747], [90, 1249], [119, 1498], [15, 380]]
  .concat([[75, 640], [48, 1370], [102, 130]]);

async function ffmpegTo(path: string, before: readonly string[], after: readonly string[]) {
  const args = ["-v", "error", ...before, "-an", ...after, path];
  const { success } = await new Deno.Command("ffmpeg", { args }).output();
  if (!success) throw new Error(`ffmpeg could not make ${path}`);
  const info = await Deno.stat(path);
  return {
    path: await Deno.realPath(path),
    sizeBytes: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
  };
}

/** A minute of footage with grain, and the film of two hours. */
async function makeFilms(folder: string, heightPx: number): Promise<[VideoFile, VideoFile]> {
  const size = `${Math.round(heightPx * 8 / 9) * 2}x${heightPx}`;
  const minute = await ffmpegTo(`${folder}/minute.mp4`, ["-stream_loop", "-1", "-i", FOOTAGE], [
    ...["-t", "60", "-r", "25", "-vf", `scale=${size},setsar=1,noise=alls=6:allf=t`],
    ...["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-crf", "26"],
    ...["-g", "250", "-keyint_min", "250", "-sc_threshold", "0"],
  ]);
  const before = ["-stream_loop", "119", "-i", minute.path];
  return [minute, await ffmpegTo(`${folder}/film.mp4`, before, ["-c", "copy"])];
}

async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const startMs = performance.now();
  return [await action(), performance.now() - startMs];
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0);
  return `${ms(sorted[0])} to ${ms(sorted[sorted.length - 1])} ms, median ${
    ms(sorted[sorted.length >> 1])
  }`;
}

async function measure(
  store: FrameStore,
  [minute, film]: [VideoFile, VideoFile],
  rendition: RenditionName,
): Promise<void> {
  await store.prepare(minute, rendition);
  using expected = await store.reader(minute, rendition);
  const first = await store.facts.firstTimeline(film);
  using reader = await store.reader(film, rendition, { first });
  await reader.read(0);
  const [cold, cached, next]: [number[], number[], number[]] = [[], [], []];
  let wrong = 0;
  for (const [minutes, frame] of PLACES) {
    const place = minutes * expected.timeline.count + frame;
    const [picture, ms] = await timed(() => reader.read(place));
    const wanted = await expected.read(frame);
    if (!equalBytes(picture.jpeg, wanted.jpeg)) wrong++;
    cold.push(ms);
    cached.push((await timed(() => reader.read(place)))[1]);
    if (place + 24 < first.timeline.count) {
      next.push((await timed(() => reader.read(place + 24)))[1]);
    }
  }
  const numbers = first.isDraft ? "listed" : "counted";
  console.log(`${rendition} (${numbers}) cold ${describe(cold)}; ${wrong} of ${cold.length} wrong`);
  console.log(`  one by one: ${cold.map((ms) => ms.toFixed(0)).join(" ")}`);
  console.log(`  again ${describe(cached)}; a second further ${describe(next)}`);
}

/** What no seek can pass: ffmpeg's own start and decode, without checks, scaling or JPEG. */
async function measureBare(path: string): Promise<void> {
  for (const pictures of [1, 250]) {
    const times: number[] = [];
    for (const minutes of [7, 33, 61, 90, 119]) {
      const args = ["-v", "error", "-threads", "2", "-ss", `${minutes * 60 + 30.2}`];
      args.push("-noaccurate_seek", "-i", path, "-map", "0:V:0", "-frames:v", `${pictures}`);
      const command = new Deno.Command("ffmpeg", { args: [...args, "-f", "null", "-"] });
      times.push((await timed(() => command.output()))[1]);
    }
    console.log(`ffmpeg alone, ${pictures} decoded: ${describe(times)}`);
  }
}

async function main(): Promise<void> {
  const located = await locateFfmpeg();
  if (!located.found) return console.log("skipped: no ffmpeg");
  const heightPx = Number(Deno.args.find((arg) => !arg.startsWith("--")) ?? "360");
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  const ffmpeg = await Ffmpeg.open({ path: located.path, workFolder: `${folder}/work` });
  const films = await makeFilms(folder, heightPx);
  {
    await using store = await FrameStore.open({
      folder: `${folder}/cache`,
      quotaBytes: 4e9,
      ffmpeg,
      clock: systemClock,
    });
    if (Deno.args.includes("--counted")) await store.facts.timeline(films[1]);
    console.log(`${heightPx} lines, 2 h, load ${Deno.loadavg()[0].toFixed(1)}`);
    for (const rendition of RENDITIONS) await measure(store, films, rendition);
    await measureBare(films[1].path);
  }
  await Deno.remove(folder, { recursive: true });
}

if (import.meta.main) await main();
