import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { posterOfFile } from "../../../lib/media/frames/poster.ts";
import { JpegDecoder } from "../../../lib/media/picture/jpeg_decoder.ts";
import { POSTER_MAX_BYTES } from "../../../lib/protocol/limits.ts";
import {
  FFMPEG_PATH,
  fixture,
  footage,
  NotingFfmpeg,
  openFfmpeg,
  openStore,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

/** A film by ffmpeg's own sources. */
async function made(source: string, ...options: readonly string[]): Promise<string> {
  const path = `${await tempFolder()}/film.mkv`;
  const { success } = await new Deno.Command(FFMPEG_PATH, {
    args: ["-v", "error", "-f", "lavfi", "-i", source, "-c:v", "ffv1", ...options, path],
  }).output();
  ok(success);
  return path;
}

async function colourAt(jpeg: Uint8Array): Promise<readonly number[]> {
  const decoded = (await JpegDecoder.open()).decode(jpeg);
  ok(decoded.ok);
  const { rgb } = decoded.bitmap;
  const middle = 3 * (Math.floor(rgb.length / 6) + 8);
  return [...rgb.subarray(middle, middle + 3)];
}

withFfmpeg(
  "poster is made once, small, in the shape of the film, also for others who ask",
  async () => {
    const noting = await NotingFfmpeg.open();
    const folder = await tempFolder();
    const file = await videoFile(footage("cockatoo.mp4"));
    {
      await using store = await openStore({ ffmpeg: noting.ffmpeg, folder });
      const [first, second] = await Promise.all([
        store.posters.poster(file, undefined),
        store.posters.poster(file, undefined),
      ]);
      deepStrictEqual([first.widthPx, first.heightPx], [320, 180]);
      equal(first, second);
      ok((await JpegDecoder.open()).decode(first.jpeg, { announced: first }).ok);
    }
    await using store = await openStore({ folder });
    const kept = await store.posters.poster(file, undefined);
    deepStrictEqual([kept.widthPx, kept.heightPx], [320, 180]);
    equal(noting.extractions, 1);
    await rejects(store.posters.poster(file, 3), { code: "ffmpeg-missing" });
  },
);

withFfmpeg("poster is none of the black pictures around it", async () => {
  const path = await made(
    "color=0x20c040:s=320x240:r=10:d=20",
    "-vf",
    "drawbox=c=black:t=fill:enable='lt(t,2.4)'",
  );
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const { jpeg } = await store.posters.poster(await videoFile(path), undefined);
  const [red, green, blue] = await colourAt(jpeg);
  const error = Math.max(Math.abs(red - 32), Math.abs(green - 192), Math.abs(blue - 64));
  ok(error <= 6, `${red},${green},${blue}`);
});

withFfmpeg("poster of a tenth is the picture of that moment", async () => {
  // Each second is a shade darker.
  const path = await made("color=white:s=64x64:r=10:d=10", "-vf", "fade=out:st=0:d=10");
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const file = await videoFile(path);
  for (const tenth of [0, 3, 9]) {
    const [shade] = await colourAt((await store.posters.poster(file, tenth)).jpeg);
    ok(Math.abs(shade - 255 * (1 - tenth / 10)) <= 12, `${tenth}: ${shade}`);
  }
});

withFfmpeg("poster of noise fits into one packet, and of a tall picture into its box", async () => {
  const path = await made("nullsrc=s=320x480:r=5:d=1", "-vf", "geq=random(1)*255:128:128");
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const { widthPx, heightPx, jpeg } = await store.posters.poster(await videoFile(path), undefined);
  ok(jpeg.length <= POSTER_MAX_BYTES);
  deepStrictEqual([widthPx, heightPx], [160, 240]);
});

withFfmpeg("poster of a file that announces more than it holds is of its beginning", async () => {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const file = await videoFile(await cut(footage("launch.webm"), 0.3));
  ok((await store.posters.poster(file, 9)).jpeg.length > 0);
  await rejects(store.posters.poster(await fixture("make.sh"), undefined), {
    code: "video-refused",
  });
});

async function cut(path: string, share: number): Promise<string> {
  const target = `${await tempFolder()}/cut.webm`;
  const whole = await Deno.readFile(path);
  await Deno.writeFile(target, whole.subarray(0, Math.floor(share * whole.length)));
  return target;
}

withFfmpeg(
  "a file of one's own has a poster of at most so many bytes, and none where it is no video",
  async () => {
    const { signal } = new AbortController();
    // How long ffmpeg takes is the machine's affair.
    const clock = { ...systemClock, deadline: () => signal };
    const wanted = { maxBytes: 8192, clock, signal };
    const jpeg = await posterOfFile(footage("cockatoo.mp4"), wanted);
    ok(jpeg !== undefined && jpeg.length <= 8192);
    ok((await JpegDecoder.open()).decode(jpeg).ok);
    const text = `${await tempFolder()}/text.mp4`;
    await Deno.writeTextFile(text, "no video at all");
    equal(await posterOfFile(text, wanted), undefined);
    const gone = AbortSignal.abort(new DOMException("enough", "AbortError"));
    await rejects(posterOfFile(footage("cockatoo.mp4"), { ...wanted, signal: gone }), {
      name: "AbortError",
    });
  },
);
