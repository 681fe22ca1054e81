/**
 * Sixel pictures a second at 640×360 on real footage, beside the npm package `sixel` and, when it is on PATH, mpv --vo=sixel:
 * all on the same frames in the same run, so that the ratios hold on any machine. Run:
 * `deno run -A tests/bench/sixel_bench.ts [VIDEO]`. Without VIDEO it takes the footage beside the repository. Needs ffmpeg.
 */

import sixel from "sixel";
import type { Bitmap } from "../../lib/base/bitmap.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { LocalPainter } from "../../lib/screen/frame_painter.ts";
import type { Placement } from "../../lib/terminal/graphics/placement.ts";
import { SixelEncoder } from "../../lib/terminal/graphics/sixel.ts";
import { decodeSixel, psnr } from "../kit/pictures.ts";
import { PLAIN_TERMINAL } from "../kit/screens.ts";

const WIDTH_PX = 640;
const HEIGHT_PX = 360;
const FRAMES = 120;
const ROUNDS = 5;

const placement: Placement = {
  column: 0,
  row: 0,
  widthCells: 80,
  heightCells: 20,
  widthPx: WIDTH_PX,
  heightPx: HEIGHT_PX,
};

const footage = Deno.args[0] ??
  new URL("../../videos/launch.webm", import.meta.url).pathname;

async function ffmpeg(...outputArguments: string[]): Promise<Uint8Array> {
  const { success, stdout } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-nostdin", "-i", `file:${footage}`, "-frames:v", `${FRAMES}`],
      ...[...outputArguments, "-"],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("ffmpeg failed");
  return stdout;
}

async function readPictures(): Promise<Bitmap[]> {
  const scale = `scale=${WIDTH_PX}:${HEIGHT_PX}:flags=area`;
  const raw = await ffmpeg("-vf", scale, "-f", "rawvideo", "-pix_fmt", "rgb24");
  const sizeBytes = WIDTH_PX * HEIGHT_PX * 3;
  return Array.from({ length: raw.length / sizeBytes }, (_, i) => ({
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    rgb: raw.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  }));
}

/** Each JPEG by itself: `-f mjpeg` writes one after the other, and each ends with FF D9 and begins with FF D8. */
async function readJpegs(widthPx: number, heightPx: number): Promise<Uint8Array[]> {
  const scale = `scale=${widthPx}:${heightPx}:flags=area`;
  const all = await ffmpeg("-vf", scale, "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "mjpeg");
  const starts: number[] = [];
  for (let at = all.indexOf(0xff); at >= 0; at = all.indexOf(0xff, at + 1)) {
    if (all[at + 1] === 0xd8 && all[at + 2] === 0xff) starts.push(at);
  }
  return starts.map((start, i) => all.subarray(start, starts[i + 1] ?? all.length));
}

/** Milliseconds for one of `count`, in the best of several rounds: what others do to the machine only adds. */
async function best(count: number, round: () => Promise<void> | void): Promise<number> {
  let fastest = Infinity;
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    await round();
    fastest = Math.min(fastest, (performance.now() - start) / count);
  }
  return fastest;
}

function report(name: string, ms: number, note: string): void {
  const rate = (1000 / ms).toFixed(0).padStart(5);
  console.log(`${name.padEnd(34)} ${ms.toFixed(2).padStart(7)} ms ${rate} pictures/s  ${note}`);
}

async function benchEncoder(pictures: readonly Bitmap[], colourRegisters: number): Promise<number> {
  const encoder = new SixelEncoder({ colourRegisters, synchronized: false });
  let sizeBytes = 0;
  const ms = await best(pictures.length, () => {
    sizeBytes = 0;
    for (const picture of pictures) sizeBytes += encoder.encode(picture, placement).length;
  });
  const decoded = decodeSixel(encoder.encode(pictures[0], placement));
  const size = `${(sizeBytes / pictures.length / 1000).toFixed(0)} kB`;
  report(
    `sixel, ${colourRegisters} colours`,
    ms,
    `${size}, ${psnr(decoded, pictures[0]).toFixed(1)} dB`,
  );
  return ms;
}

async function benchNpmSixel(pictures: readonly Bitmap[]): Promise<number> {
  const few = pictures.slice(0, 2).map(({ rgb }) => {
    const rgba = new Uint8Array(WIDTH_PX * HEIGHT_PX * 4).fill(255);
    for (let i = 0; i < WIDTH_PX * HEIGHT_PX; i++) rgba.set(rgb.subarray(i * 3, i * 3 + 3), i * 4);
    return rgba;
  });
  const ms = await best(few.length, () => {
    for (const rgba of few) sixel.image2sixel(rgba, WIDTH_PX, HEIGHT_PX, 256);
  });
  report("npm sixel, 256 colours", ms, "");
  return ms;
}

/** mpv's own work: the same run with `--vo=null` is taken off. Undefined when mpv is not there. */
async function benchMpv(fixedPalette: boolean): Promise<number | undefined> {
  const run = async (...output: string[]) => {
    const { success } = await new Deno.Command("mpv", {
      args: [
        ...["--no-config", "--no-audio", "--untimed", "--really-quiet", `--frames=${FRAMES}`],
        ...["--vd-lavc-threads=1", "--hwdec=no", ...output, footage],
      ],
      stdout: "null",
      stderr: "null",
    }).output();
    if (!success) throw new Error("mpv failed");
  };
  try {
    const palette = `--vo-sixel-fixedpalette=${fixedPalette ? "yes" : "no"}`;
    const size = [`--vo-sixel-width=${WIDTH_PX}`, `--vo-sixel-height=${HEIGHT_PX}`];
    const nothing = await best(FRAMES, () => run("--vo=null"));
    const drawn = await best(FRAMES, () => run("--vo=sixel", palette, ...size));
    report(`mpv, ${fixedPalette ? "fixed" : "adaptive"} palette`, drawn - nothing, "");
    return drawn - nothing;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("mpv is not on PATH: skipped");
    return undefined;
  }
}

/** From the JPEG to the terminal's bytes, as the Worker does it. */
async function benchJpeg(widthPx: number, heightPx: number): Promise<void> {
  const jpegs = await readJpegs(widthPx, heightPx);
  const capabilities = { ...PLAIN_TERMINAL, sixel: { colourRegisters: 256, maxSizePx: undefined } };
  const painter = await LocalPainter.open({ method: "sixel", capabilities }, systemRandom);
  const ms = await best(jpegs.length, async () => {
    for (const [index, jpegBytes] of jpegs.entries()) {
      const frame = { jpegBytes, widthPx, heightPx, index, ptsMs: 0 };
      const result = await painter.paint(frame, placement);
      if (!result.ok) throw new Error(`frame refused: ${result.problem}`);
    }
  });
  await painter.close();
  report(`JPEG ${widthPx}×${heightPx} to sixel`, ms, "");
}

const pictures = await readPictures();
console.log(`${pictures.length} frames of ${footage.split("/").pop()} at ${WIDTH_PX}×${HEIGHT_PX}`);
const ours = await benchEncoder(pictures, 256);
await benchEncoder(pictures, 16);
const npm = await benchNpmSixel(pictures);
const adaptive = await benchMpv(false);
const fixed = await benchMpv(true);
await benchJpeg(640, 360);
await benchJpeg(1280, 720);
console.log(`ratio to npm sixel: ${(npm / ours).toFixed(1)} (goal 20)`);
if (adaptive !== undefined && fixed !== undefined) {
  console.log(`ratio to mpv, adaptive palette: ${(adaptive / ours).toFixed(1)} (goal 6)`);
  console.log(`ratio to mpv, fixed palette: ${(fixed / ours).toFixed(1)}`);
}
