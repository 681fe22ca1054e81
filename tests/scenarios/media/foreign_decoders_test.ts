/** Sixel pictures of a whole film, as decoders that no one here wrote read them: each of every picture above a floor. */

import { equal, ok } from "node:assert/strict";
import type { Bitmap } from "../../../lib/base/bitmap.ts";
import { SixelEncoder } from "../../../lib/terminal/graphics/sixel.ts";
import { decodeSixel, psnr } from "../../kit/pictures.ts";
import { HAS_XTERM, XtermDecoder } from "../../kit/xterm_decoder.ts";
import { readsSixel, SIXEL_PROGRAMS } from "../../kit/sixel_programs.ts";
import { FFMPEG_PATH, footage, tempFolder, withFfmpeg } from "./media_kit.ts";

const WIDTH_PX = 320;
const HEIGHT_PX = 180;
const SIZE_BYTES = WIDTH_PX * HEIGHT_PX * 3;
/** The least that 256 colours are to have of any picture. */
const FLOOR_DECIBEL = 33;

async function ffmpeg(...args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout } = await new Deno.Command(FFMPEG_PATH, {
    args: ["-v", "error", ...args, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
  }).output();
  ok(success);
  return stdout;
}

function bitmaps(raw: Uint8Array): Bitmap[] {
  return Array.from({ length: raw.length / SIZE_BYTES }, (_, i) => ({
    ...{ widthPx: WIDTH_PX, heightPx: HEIGHT_PX },
    rgb: raw.subarray(i * SIZE_BYTES, (i + 1) * SIZE_BYTES),
  }));
}

/** Every picture of the film, and its bytes for a terminal: whole ones, by one encoder, whose palette goes on from each to the next. */
async function film(name: string): Promise<{ pictures: Bitmap[]; coded: Uint8Array[] }> {
  const scale = `scale=${WIDTH_PX}:${HEIGHT_PX}:flags=area`;
  const pictures = bitmaps(await ffmpeg("-i", footage(name), "-vf", scale));
  const encoder = new SixelEncoder({ colourRegisters: 256, synchronized: false });
  const coded = pictures.map((picture) => {
    encoder.erase();
    return encoder.encode(picture, PLACEMENT);
  });
  return { pictures, coded };
}

const PLACEMENT = {
  ...{ column: 0, row: 0, widthCells: WIDTH_PX / 10, heightCells: HEIGHT_PX / 20 },
  ...{ widthPx: WIDTH_PX, heightPx: HEIGHT_PX },
};

async function decodeBy(program: string, coded: readonly Uint8Array[]): Promise<Bitmap[]> {
  const folder = await tempFolder();
  for (const [index, bytes] of coded.entries()) {
    const text = new TextDecoder("latin1").decode(bytes);
    const begin = text.indexOf("\x1bP");
    const from = `${folder}/${index}.six`;
    await Deno.writeFile(from, bytes.subarray(begin, text.indexOf("\x1b\\", begin) + 2));
    const args = [...SIXEL_PROGRAMS[program](from, `${folder}/${index}.png`)];
    ok((await new Deno.Command(program, { args }).output()).success, `picture ${index}`);
    await Deno.remove(from);
  }
  // Some programs take the last runs beyond the raster for columns of their own.
  const crop = `crop=${WIDTH_PX}:${HEIGHT_PX}:0:0`;
  return bitmaps(await ffmpeg("-i", `${folder}/%d.png`, "-vf", crop));
}

function judge(pictures: readonly Bitmap[], shown: readonly Bitmap[]): void {
  equal(shown.length, pictures.length);
  ok(pictures.length > 100);
  for (const [index, picture] of pictures.entries()) {
    const decibel = psnr(shown[index], picture);
    ok(decibel >= FLOOR_DECIBEL, `picture ${index}: ${decibel} dB`);
  }
}

const FILMS = ["launch.webm", "cockatoo.mp4"];

/** Each of the films, by a program that this machine may lack. */
async function judgeBy(program: string, test: Deno.TestContext): Promise<void> {
  for (const name of FILMS) {
    await test.step(name, async () => {
      const { pictures, coded } = await film(name);
      judge(pictures, await decodeBy(program, coded));
    });
  }
}

withFfmpeg("D1: every picture of a film is read by npm's sixel above 33 dB", async () => {
  for (const name of FILMS) {
    const { pictures, coded } = await film(name);
    judge(pictures, coded.map(decodeSixel));
  }
});

Deno.test({
  name: "D1: every picture of a film is read by libsixel above 33 dB (needs sixel2png)",
  ignore: FFMPEG_PATH === "" || !readsSixel("sixel2png"),
  fn: (test) => judgeBy("sixel2png", test),
});

Deno.test({
  name: "D1: every picture of a film is read by ImageMagick above 33 dB (needs convert)",
  ignore: FFMPEG_PATH === "" || !readsSixel("convert"),
  fn: (test) => judgeBy("convert", test),
});

Deno.test({
  name:
    "D1: every picture of a film is shown by xterm above 33 dB, by its own pixels (needs Xvfb and xterm)",
  ignore: FFMPEG_PATH === "" || !HAS_XTERM,
  async fn(test) {
    await using xterm = await XtermDecoder.open(await tempFolder());
    for (const name of FILMS) {
      await test.step(name, async () => {
        const { pictures, coded } = await film(name);
        ok(pictures.length > 100);
        for (const [index, picture] of pictures.entries()) {
          const decibel = await xterm.decode(coded[index], picture, FLOOR_DECIBEL);
          ok(decibel >= FLOOR_DECIBEL, `picture ${index}: ${decibel} dB`);
        }
      });
    }
  },
});
