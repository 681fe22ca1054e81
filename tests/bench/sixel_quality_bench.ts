/**
 * What sixel pictures look like, what they weigh and what they cost, beside chafa, img2sixel and mpv where these are on PATH:
 * all on the same pictures in the same run. Run: `deno task bench sixel_quality`. Needs ffmpeg. Every picture goes through the
 * encoder in order, since its palette has memory; every `SCORED_EVERY`th is decoded by npm `sixel` and compared.
 */

import type { Bitmap } from "../../lib/base/bitmap.ts";
import type { Placement } from "../../lib/terminal/graphics/placement.ts";
import { SixelEncoder } from "../../lib/terminal/graphics/sixel.ts";
import { decodeSixel } from "../kit/pictures.ts";
import { addUp, cpuSeconds, type Score, score } from "./sixel/scores.ts";

const WIDTH_PX = 640;
const HEIGHT_PX = 360;
const SCORED_EVERY = 10;
const PICTURES = 60;
/** The first pass warms up. */
const PASSES = 3;
const SCALE = `scale=${WIDTH_PX}:${HEIGHT_PX}:flags=area+accurate_rnd+full_chroma_int`;

const videos = new URL("../../videos/", import.meta.url).pathname;

/** Footage, and what is made of it: arguments of ffmpeg. */
const CLIPS: Readonly<
  Record<string, { readonly input: readonly string[]; readonly filter: string }>
> = {
  cockatoo: { input: ["-i", `${videos}cockatoo.mp4`], filter: "null" },
  launch: { input: ["-i", `${videos}launch.webm`], filter: "null" },
  phone: { input: ["-i", `${videos}realshort.mp4`], filter: "null" },
  old: { input: ["-i", `${videos}race1906.ogv`], filter: "null" },
  fade: { input: ["-i", `${videos}cockatoo.mp4`], filter: "fade=in:0:60" },
  night: { input: ["-i", `${videos}launch.webm`], filter: "eq=brightness=-0.25:gamma=0.6" },
  grain: { input: ["-i", `${videos}launch.webm`], filter: "noise=alls=12:allf=t+u" },
  animation: { input: ["-f", "lavfi", "-i", "mandelbrot=size=640x360:rate=24"], filter: "null" },
  charts: {
    input: ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=24"],
    filter: "scale=320:-1,scale=640:360:flags=neighbor",
  },
};

const placement: Placement = {
  ...{ column: 0, row: 0, widthCells: 80, heightCells: 20 },
  ...{ widthPx: WIDTH_PX, heightPx: HEIGHT_PX },
};

async function readClip(name: string): Promise<Bitmap[]> {
  const { input, filter } = CLIPS[name];
  const { success, stdout } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-nostdin", ...input, "-map", "0:v:0", "-frames:v", `${PICTURES}`],
      ...["-vf", `${filter},${SCALE}`, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("ffmpeg failed");
  const sizeBytes = WIDTH_PX * HEIGHT_PX * 3;
  return Array.from({ length: stdout.length / sizeBytes }, (_, i) => ({
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    rgb: stdout.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  }));
}

function measureOurs(pictures: readonly Bitmap[]): Score {
  const scores: Score[] = [];
  let cpuMs = Infinity;
  for (let pass = 0; pass < PASSES; pass++) {
    const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: false });
    const encoded: Uint8Array[] = [];
    const begin = cpuSeconds();
    for (const picture of pictures) encoded.push(encoder.encode(picture, placement));
    cpuMs = Math.min(cpuMs, (cpuSeconds() - begin) * 1_000 / pictures.length);
    if (pass > 0) continue;
    for (let i = 0; i < pictures.length; i += SCORED_EVERY) {
      scores.push(score(decodeSixel(encoded[i]), pictures[i], encoded[i].length));
    }
  }
  return { ...addUp(scores), cpuMs };
}

/** Programs that draw one PPM file. Their CPU is with their start and reading the file: no ratio is made of it. */
const PEERS: Readonly<Record<string, (path: string) => readonly [string, ...string[]]>> = {
  chafa: (path) => ["chafa", "-f", "sixels", "-s", "80x45", "--stretch", path],
  img2sixel: (path) => ["img2sixel", "-p", "256", path],
  "img2sixel -d none": (path) => ["img2sixel", "-p", "256", "-d", "none", path],
};

/** Undefined when the program is not there. */
async function measurePeer(peer: string, pictures: readonly Bitmap[]): Promise<Score | undefined> {
  const scores: Score[] = [];
  const path = await Deno.makeTempFile({ suffix: ".ppm" });
  try {
    for (let i = 0; i < pictures.length; i += SCORED_EVERY) {
      const head = new TextEncoder().encode(`P6\n${WIDTH_PX} ${HEIGHT_PX}\n255\n`);
      await Deno.writeFile(path, new Uint8Array([...head, ...pictures[i].rgb]));
      const [program, ...args] = PEERS[peer](path);
      const { stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
      scores.push(score(decodeSixel(stdout), pictures[i], stdout.length));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(path);
  }
  return addUp(scores);
}

/** mpv's pictures are img2sixel's, by the same library; here only what drawing costs it, without what `--vo=null` does. */
async function measureMpv(pictures: readonly Bitmap[]): Promise<number | undefined> {
  const path = await Deno.makeTempFile({ suffix: ".rgb" });
  const run = async (...output: string[]) => {
    const begin = cpuSeconds("children");
    await new Deno.Command("mpv", {
      args: [
        ...["--no-config", "--really-quiet", "--no-audio", "--untimed", "--framedrop=no"],
        ...["--demuxer=rawvideo", `--demuxer-rawvideo-w=${WIDTH_PX}`],
        ...[`--demuxer-rawvideo-h=${HEIGHT_PX}`, "--demuxer-rawvideo-mp-format=rgb24"],
        ...[...output, path],
      ],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).output();
    return (cpuSeconds("children") - begin) * 1_000 / pictures.length;
  };
  try {
    for (const { rgb } of pictures) await Deno.writeFile(path, rgb, { append: true });
    const nothing = await run("--vo=null");
    const size = [`--vo-sixel-width=${WIDTH_PX}`, `--vo-sixel-height=${HEIGHT_PX + 8}`];
    const cells = ["--vo-sixel-cols=80", "--vo-sixel-rows=46"];
    const pad = ["--vo-sixel-pad-x=0", "--vo-sixel-pad-y=0"];
    const palette = "--vo-sixel-fixedpalette=no";
    return await run("--vo=sixel", palette, ...size, ...cells, ...pad) - nothing;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(path);
  }
}

function report(name: string, one: Score, ours: Score): void {
  const db = [one.meanDb, one.leastDb, one.blurDb].map((value) => value.toFixed(1).padStart(5));
  const ratio = (one.sizeBytes / ours.sizeBytes).toFixed(2);
  const parts = [
    `${(one.sizeBytes / 1_000).toFixed(0).padStart(4)} kB (${ratio} ×)`,
    `PSNR ${db[0]}, least ${db[1]}, blurred ${db[2]} dB`,
    `SSIM ${one.ssim.toFixed(4)}`,
    one.cpuMs === undefined ? "" : `CPU ${one.cpuMs.toFixed(2)} ms`,
  ];
  console.log(`  ${name.padEnd(18)} ${parts.join("  ")}`);
}

for (const clip of Object.keys(CLIPS)) {
  const pictures = await readClip(clip);
  const ours = measureOurs(pictures);
  console.log(`${clip}: ${pictures.length} pictures, ${WIDTH_PX}×${HEIGHT_PX}`);
  report("ours", ours, ours);
  for (const peer of Object.keys(PEERS)) {
    const found = await measurePeer(peer, pictures);
    if (found === undefined) console.log(`  ${peer} is not on PATH: skipped`);
    else report(peer, found, ours);
  }
  const mpv = await measureMpv(pictures);
  if (mpv === undefined) console.log("  mpv is not on PATH: skipped");
  else {console.log(
      `  mpv, adaptive      CPU ${mpv.toFixed(2)} ms: ${(mpv / (ours.cpuMs ?? 1)).toFixed(1)} ×`,
    );}
}
