/** Films whose light goes far beyond white, beside the formulas of ITU-R BT.2100, which this computes by itself. */

import { ok } from "node:assert/strict";
import { JpegDecoder } from "../../../lib/media/picture/jpeg_decoder.ts";
import {
  FFMPEG_PATH,
  openFfmpeg,
  openStore,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

const SIZE = 64;
/** A white sheet is 203 cd/m² (BT.2408). */
const WHITE = 203;

/** The signal of light in cd/m², 0 to 1: the inverse of what the product does. */
const SIGNAL = {
  smpte2084: (light: number) => {
    const y = (light / 10_000) ** (2610 / 16_384);
    return ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32);
  },
  "arib-std-b67": (light: number) => {
    const scene = (light / 1000) ** (1 / 1.2);
    return scene <= 1 / 12
      ? Math.sqrt(3 * scene)
      : 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073;
  },
} as const;

/** A film of one grey of ten bits, in a lossless codec that every ffmpeg has. */
async function greyFilm(transfer: keyof typeof SIGNAL, light: number): Promise<string> {
  const folder = await tempFolder();
  const picture = new Uint16Array(SIZE * SIZE * 3 / 2).fill(512);
  picture.fill(Math.round(64 + 876 * SIGNAL[transfer](light)), 0, SIZE * SIZE);
  await Deno.writeFile(`${folder}/grey.yuv`, new Uint8Array(picture.buffer));
  const path = `${folder}/grey.mkv`;
  const { success } = await new Deno.Command(FFMPEG_PATH, {
    args: [
      ...["-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", `${SIZE}x${SIZE}`],
      ...["-i", `${folder}/grey.yuv`, "-c:v", "ffv1", "-color_range", "tv"],
      ...["-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer, path],
    ],
  }).output();
  ok(success);
  return path;
}

/** What is shown of it, 0 to 255. */
async function shown(path: string): Promise<number> {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  using reader = await store.reader(await videoFile(path), "240p");
  const decoded = (await JpegDecoder.open()).decode((await reader.read(0)).jpeg);
  ok(decoded.ok);
  const [red, green, blue] = decoded.bitmap.rgb.subarray(3_000, 3_003);
  ok(Math.abs(red - green) <= 2 && Math.abs(blue - green) <= 2, `${red},${green},${blue}`);
  return green;
}

for (const transfer of ["smpte2084", "arib-std-b67"] as const) {
  withFfmpeg(`store shows shades of ${transfer} as they are on an SDR display`, async () => {
    for (const light of [2, 10, 40]) {
      const wanted = 255 * (light / WHITE) ** (1 / 2.4);
      const is = await shown(await greyFilm(transfer, light));
      ok(Math.abs(is - wanted) <= 3, `${light} cd/m²: ${is} for ${wanted}`);
    }
  });

  withFfmpeg(`D11: store tells light of ${transfer} apart far beyond white`, async () => {
    const shades: number[] = [];
    for (const light of [WHITE, 400, 990]) {
      shades.push(await shown(await greyFilm(transfer, light)));
    }
    const [white, bright, brightest] = shades;
    ok(white >= 205 && bright >= white + 8 && brightest >= bright + 8, `${shades}`);
  });
}
