import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { concatBytes, decodeHex, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import type { Ffmpeg } from "../../../lib/media/ffmpeg/ffmpeg.ts";
import {
  decodePictureIndex,
  encodePictureIndex,
} from "../../../lib/media/library/picture_index.ts";
import { readX264Build } from "../../../lib/media/ffmpeg/x264_build.ts";
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

const X264_ID = decodeHex("dc45e9bde6d948b7962cd820d923eeef") ?? new Uint8Array(0);

const PLACES = [250, 140, 299, 201];

async function digest(reader: RenditionReader, frame: number): Promise<string> {
  const { jpeg, ptsMs } = await reader.read(frame);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", jpeg));
  return `${frame}@${ptsMs} ${encodeHex(hash)}`;
}

/** 300 pictures, each another one, with keyframes and B-frames as usual. */
async function makeFilm(ffmpeg: Ffmpeg, name: string, args: readonly string[]): Promise<VideoFile> {
  const path = `${await tempFolder()}/${name}`;
  const made = await new Deno.Command(ffmpeg.path, {
    args: [
      ...["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=12"],
      ...["-pix_fmt", "yuv420p", "-g", "48", ...args, path],
    ],
  }).output();
  ok(made.success, new TextDecoder().decode(made.stderr));
  return await videoFile(path);
}

/** The pictures of a decode from the beginning. */
async function inOrder(ffmpeg: Ffmpeg, file: VideoFile, places: readonly number[]) {
  await using store = await openStore({ ffmpeg });
  using reader = await store.reader(file, "240p");
  const wanted = new Map<number, string>();
  for (let frame = 0; frame <= Math.max(...places); frame++) {
    if (places.includes(frame)) wanted.set(frame, await digest(reader, frame));
    else await reader.read(frame);
  }
  return places.map((place) => wanted.get(place));
}

for (
  const [name, args] of [
    ["h264.mp4", ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"]],
    ["open-gop.mkv", ["-c:v", "libx264", "-bf", "3", "-x264-params", "open-gop=1:scenecut=0"]],
    ["h264.ts", ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"]],
    ["mpeg2.mpg", ["-c:v", "mpeg2video", "-bf", "2", "-b:v", "400k"]],
    ["mpeg4.avi", ["-c:v", "mpeg4", "-q:v", "4"]],
    ["keys-only.mkv", ["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"]],
    ["late.mkv", ["-c:v", "libx264", "-preset", "ultrafast", "-output_ts_offset", "7.3"]],
  ] as const
) {
  withFfmpeg(`seek in ${name} gives the pictures of a decode from the beginning`, async () => {
    const file = await makeFilm(await openFfmpeg(), name, args);
    const noting = await NotingFfmpeg.open();
    const expected = await inOrder(noting.ffmpeg, file, PLACES);
    await using store = await openStore({ ffmpeg: noting.ffmpeg });
    await store.facts.timeline(file);
    const before = noting.seeks;
    for (const [i, place] of PLACES.entries()) {
      using reader = await store.reader(file, "240p", { fromFrame: place });
      equal(await digest(reader, place), expected[i]);
    }
    ok(noting.seeks > before, "none began in the middle");
  });
}

for (const name of ["cockatoo.mp4", "race1906.ogv", "launch.webm"]) {
  withFfmpeg(`seek in the real film ${name} gives the pictures of its whole decode`, async () => {
    const ffmpeg = await openFfmpeg();
    const file = await videoFile(footage(name));
    const places = [190, 150];
    const expected = await inOrder(ffmpeg, file, places);
    await using store = await openStore({ ffmpeg });
    using reader = await store.reader(file, "240p");
    deepStrictEqual([await digest(reader, 190), await digest(reader, 150)], expected);
  });
}

withFfmpeg("seek in a 4:4:4 film of an older x264 begins in the middle, too", async () => {
  const noting = await NotingFfmpeg.open();
  const file = await videoFile(footage("cockatoo.mp4"));
  await using store = await openStore({ ffmpeg: noting.ffmpeg });
  await store.facts.timeline(file);
  using reader = await store.reader(file, "240p", { fromFrame: 190 });
  await digest(reader, 190);
  // One more may bring what else is in the segment, and begins in the middle as well.
  const { seeks } = noting;
  ok(seeks >= 1, "none began in the middle");
  equal(noting.extractions, seeks);
});

Deno.test("the build of x264 is read before the first picture, wherever the index stands", async () => {
  const words = (build: string) => concatBytes(X264_ID, utf8(`x264 - core ${build} r50`));
  const box = (name: string, body: Uint8Array) => {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, 8 + body.length);
    head.set(utf8(name), 4);
    return concatBytes(head, body);
  };
  const long = new Uint8Array(300_000);
  const path = `${await tempFolder()}/film.mp4`;
  const cases: readonly (readonly [Uint8Array, number | undefined])[] = [
    [concatBytes(box("ftyp", long.subarray(0, 8)), box("mdat", words("142"))), 142],
    [concatBytes(box("moov", long), box("free", long), box("mdat", words("164"))), 164],
    [concatBytes(utf8("matroska"), words("85")), 85],
    [concatBytes(box("moov", long), box("mdat", utf8("x264 - core 142"))), undefined],
    [concatBytes(box("moov", long), words("142")), undefined],
    [concatBytes(X264_ID, utf8("x264 - core none")), undefined],
    [long.subarray(0, 20), undefined],
    [new Uint8Array(0), undefined],
  ];
  for (const [bytes, build] of cases) {
    await Deno.writeFile(path, bytes);
    equal(await readX264Build(path), build);
  }
  equal(await readX264Build(`${path}.none`), undefined);
});

withFfmpeg(
  "seek whose pictures are not those of the index decodes from the beginning instead",
  async () => {
    const file = await makeFilm(await openFfmpeg(), "film.mp4", ["-c:v", "libx264", "-bf", "2"]);
    const noting = await NotingFfmpeg.open();
    const expected = await inOrder(noting.ffmpeg, file, PLACES);
    const root = await tempFolder();
    {
      await using store = await openStore({ ffmpeg: noting.ffmpeg, folder: root });
      await store.facts.timeline(file);
    }
    const [source] = [...Deno.readDirSync(root)].map((entry) => `${root}/${entry.name}`);
    const path = `${source}/pictures.hgi`;
    const kept = decodePictureIndex(await Deno.readFile(path))?.index;
    ok(kept !== undefined);
    // As a format whose keyframes are none: right times, other samples.
    const checksums = kept.checksums.map((checksum, i) => i < 200 ? checksum : checksum ^ 1);
    await Deno.writeFile(path, encodePictureIndex({ ...kept, checksums }));
    await using store = await openStore({ ffmpeg: noting.ffmpeg, folder: root });
    using reader = await store.reader(file, "240p", { fromFrame: 250 });
    const found = [];
    for (const place of PLACES) found.push(await digest(reader, place));
    deepStrictEqual(found, expected);
  },
);

withFfmpeg("seek far ahead does not wait for the pictures between", async () => {
  const file = await makeFilm(await openFfmpeg(), "long.mp4", [
    ...["-vf", "loop=loop=19:size=300", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"],
  ]);
  const root = await tempFolder();
  await using store = await openStore({ ffmpeg: await openFfmpeg(), folder: root });
  using reader = await store.reader(file, "240p");
  await reader.read(0);
  await reader.read(5800);
  // 90 segments lie between: those that were made are the ones near both places.
  const [source] = [...Deno.readDirSync(root)].map((entry) => `${root}/${entry.name}`);
  const made = [...Deno.readDirSync(`${source}/240p`)].filter(({ name }) => name.endsWith(".idx"));
  ok(made.length < 40, `${made.length} segments`);
});

withFfmpeg("seek brings the picture that is waited for first, then its segment whole", async () => {
  const file = await makeFilm(await openFfmpeg(), "film.mp4", ["-c:v", "libx264", "-bf", "2"]);
  const noting = await NotingFfmpeg.open();
  // They lie in one segment, from 192 to 255.
  const places = [250, 255, 192, 249, 250];
  const expected = await inOrder(noting.ffmpeg, file, places);
  const root = await tempFolder();
  const store = await openStore({ ffmpeg: noting.ffmpeg, folder: root });
  await store.facts.timeline(file);
  const before = noting.seekFrames.length;
  const reader = await store.reader(file, "240p", { fromFrame: places[0] });
  const found = [await digest(reader, places[0])];
  equal(noting.seekFrames[before], 300 - places[0]);
  for (const place of places.slice(1)) found.push(await digest(reader, place));
  deepStrictEqual(found, expected);
  reader.close();
  await store.prepare(file, "240p");
  ok(await store.isExtracted(file, "240p"));
  await store.close();
  const [source] = [...Deno.readDirSync(root)].map((entry) => `${root}/${entry.name}`);
  const names = [...Deno.readDirSync(`${source}/240p`)].map(({ name }) => name);
  deepStrictEqual(names.filter((name) => name.endsWith(".part")), []);
});

withFfmpeg(
  "seek leaves the beginning of its segment for when there is nothing nearer",
  async () => {
    const file = await makeFilm(await openFfmpeg(), "long.mp4", [
      ...["-vf", "loop=loop=3:size=300", "-c:v", "libx264", "-preset", "ultrafast"],
    ]);
    const noting = await NotingFfmpeg.open();
    await using store = await openStore({ ffmpeg: noting.ffmpeg });
    await store.facts.timeline(file);
    const before = noting.seekFrames.length;
    using reader = await store.reader(file, "240p", { fromFrame: 250 });
    for (let frame = 250; frame < 330; frame++) await reader.read(frame);
    deepStrictEqual(noting.seekFrames.slice(before), [1200 - 250]);
    while (noting.seekFrames.length < before + 2) await systemClock.sleep(5);
    deepStrictEqual(noting.seekFrames.slice(before), [1200 - 250, 64]);
  },
);
