import {
  deepStrictEqual,
  equal,
  notDeepStrictEqual,
  ok,
  rejects,
  throws,
} from "node:assert/strict";
import { checkJpeg } from "../../../lib/media/picture/jpeg_check.ts";
import { JpegDecoder } from "../../../lib/media/picture/jpeg_decoder.ts";
import { RenditionPlan } from "../../../lib/media/library/rendition_plan.ts";
import { encodeTimeline, makeTimeline } from "../../../lib/media/library/timeline.ts";
import type { RenditionReader } from "../../../lib/media/frames/rendition_reader.ts";
import {
  fixture,
  footage,
  NotingFfmpeg,
  openFfmpeg,
  openStore,
  tempFolder,
  videoFile,
  withFfmpeg,
} from "./media_kit.ts";

/** Every frame of the reader, as text that tells them apart. */
async function readAll(reader: RenditionReader, fromFrame = 0): Promise<string[]> {
  const frames: string[] = [];
  for (let frame = fromFrame; frame < reader.toFrame; frame++) {
    const { jpeg, ptsMs } = await reader.read(frame);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", jpeg));
    frames.push(`${frame}@${ptsMs} ${digest.toString().slice(0, 20)}`);
  }
  return frames;
}

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesIn(path));
    else found.push(path);
  }
  return found.sort();
}

withFfmpeg(
  "store gives every decoded frame of a variable rate, each a checked JPEG of the rendition's size",
  async () => {
    await using store = await openStore({ ffmpeg: await openFfmpeg() });
    const file = await fixture("vfr41.mp4");
    using reader = await store.reader(file, "240p");
    deepStrictEqual([reader.widthPx, reader.heightPx, reader.timeline.count], [426, 240, 41]);
    for (let frame = 0; frame < 41; frame++) {
      const { jpeg, ptsMs } = await reader.read(frame);
      equal(ptsMs, reader.timeline.ptsMs[frame]);
      const check = checkJpeg(jpeg, reader);
      ok(check.ok, `frame ${frame}`);
    }
  },
);

withFfmpeg(
  "store gives the frames of a plan in thirds: exactly a third of each rendition",
  async () => {
    await using store = await openStore({ ffmpeg: await openFfmpeg() });
    const file = await fixture("vfr41.mp4");
    const timeline = await store.facts.timeline(file);
    const plan = new RenditionPlan("thirds", {
      "240p": timeline,
      "720p": timeline,
      "1080p": timeline,
    });
    equal(plan.total, 41);
    const heights: number[] = [];
    for (const part of plan.parts) {
      using reader = await store.reader(file, part.rendition, part);
      for (let frame = part.fromFrame; frame < part.toFrame; frame++) {
        const check = checkJpeg((await reader.read(frame)).jpeg);
        ok(check.ok);
        heights.push(check.facts.heightPx);
      }
    }
    const expected = [...Array(13).fill(240), ...Array(14).fill(720), ...Array(14).fill(1080)];
    deepStrictEqual(heights, expected);
  },
);

withFfmpeg(
  "store extracts once for viewers who come together, and not again for those who come later",
  async () => {
    const noting = await NotingFfmpeg.open();
    const folder = await tempFolder();
    const file = await fixture("vfr41.mp4");
    {
      await using store = await openStore({ ffmpeg: noting.ffmpeg, folder });
      const readers = await Promise.all([1, 2, 3, 4].map(() => store.reader(file, "240p")));
      const seen = await Promise.all(readers.map((reader) => readAll(reader)));
      for (const frames of seen) deepStrictEqual(frames, seen[0]);
      readers.forEach((reader) => reader.close());
      equal(noting.extractions, 1);
      using late = await store.reader(file, "240p");
      deepStrictEqual(await readAll(late), seen[0]);
    }
    await using again = await openStore({ ffmpeg: noting.ffmpeg, folder });
    using reader = await again.reader(file, "240p");
    await readAll(reader);
    equal(noting.extractions, 1);
  },
);

withFfmpeg(
  "store reads without ffmpeg what was extracted before, and says what it lacks for the rest",
  async () => {
    const folder = await tempFolder();
    const file = await fixture("vfr41.mp4");
    {
      await using store = await openStore({ ffmpeg: await openFfmpeg(), folder });
      await store.prepare(file, "240p");
    }
    await using store = await openStore({ folder });
    using reader = await store.reader(file, "240p");
    equal((await readAll(reader)).length, 41);
    using other = await store.reader(file, "720p");
    const missing = { name: "MediaError", code: "ffmpeg-missing" };
    await rejects(other.read(0), missing);
    await rejects(store.facts.timeline(await fixture("turned.mp4")), missing);
  },
);

withFfmpeg(
  "store gives a file turned upright, and one whose picture size changes at one size",
  async () => {
    await using store = await openStore({ ffmpeg: await openFfmpeg() });
    using turned = await store.reader(await fixture("turned.mp4"), "240p");
    deepStrictEqual([turned.widthPx, turned.heightPx], [136, 240]);
    ok(checkJpeg((await turned.read(7)).jpeg, turned).ok);
    using sized = await store.reader(await fixture("sized.ts"), "240p");
    for (let frame = 0; frame < sized.toFrame; frame++) {
      ok(checkJpeg((await sized.read(frame)).jpeg, sized).ok);
    }
  },
);

withFfmpeg(
  "store gives after a cold seek the same frames as from the beginning",
  async () => {
    const file = await videoFile(footage("launch.webm"));
    const ffmpeg = await openFfmpeg();
    await using whole = await openStore({ ffmpeg });
    using first = await whole.reader(file, "240p");
    const frames = await readAll(first);
    equal(frames.length, 194);
    await using cold = await openStore({ ffmpeg });
    using seeker = await cold.reader(file, "240p", { fromFrame: 150 });
    deepStrictEqual(await readAll(seeker, 150), frames.slice(150));
    // And back to the beginning, which was not extracted yet.
    deepStrictEqual(await readAll(seeker), frames);
  },
);

withFfmpeg("store lets a viewer follow an extraction that is under way", async () => {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  using reader = await store.reader(await videoFile(footage("launch.webm")), "720p");
  await reader.read(0);
  equal(reader.readNow(193), undefined);
  equal((await readAll(reader)).length, 194);
});

withFfmpeg("store keeps within its quota and extracts again what was evicted", async () => {
  const noting = await NotingFfmpeg.open();
  const file = await videoFile(footage("launch.webm"));
  await using store = await openStore({ ffmpeg: noting.ffmpeg, quotaBytes: 2_000_000 });
  using reader = await store.reader(file, "240p");
  const frames = await readAll(reader);
  ok(store.usedBytes <= 2_000_000, `${store.usedBytes} bytes`);
  const before = noting.extractions;
  deepStrictEqual(await readAll(reader), frames);
  ok(noting.extractions > before);
  ok(store.usedBytes <= 2_000_000);
});

withFfmpeg("store too small for a single segment says so", async () => {
  await using store = await openStore({ ffmpeg: await openFfmpeg(), quotaBytes: 10_000 });
  using reader = await store.reader(await videoFile(footage("launch.webm")), "240p");
  await rejects(reader.read(0), { name: "MediaError", code: "cache-full" });
});

withFfmpeg(
  "store closed in the middle leaves nothing unfinished, and goes on from there when opened again",
  async () => {
    const root = await tempFolder();
    const file = await videoFile(footage("launch.webm"));
    const ffmpeg = await openFfmpeg();
    const first = await openStore({ ffmpeg, folder: root });
    const reader = await first.reader(file, "240p");
    await reader.keep(70);
    await first.close();
    reader.close();
    const left = await filesIn(root);
    deepStrictEqual(left.filter((path) => path.endsWith(".part")), []);
    ok(left.some((path) => path.endsWith("seg-00000.idx")));
    await using second = await openStore({ ffmpeg, folder: root });
    using again = await second.reader(file, "240p");
    equal((await readAll(again)).length, 194);
  },
);

withFfmpeg("store ends an extraction when its last viewer leaves", async () => {
  const root = await tempFolder();
  await using store = await openStore({ ffmpeg: await openFfmpeg(), folder: root });
  const file = await videoFile(footage("cockatoo.mp4"));
  const reader = await store.reader(file, "1080p");
  const waiting = reader.read(3);
  await waiting;
  reader.close();
  await store.close();
  const segments = (await filesIn(root)).filter((path) => path.endsWith(".idx"));
  ok(segments.length < 4, `${segments.length} segments of 5`);
});

withFfmpeg("store notices a damaged segment and extracts it again", async () => {
  const root = await tempFolder();
  const file = await fixture("vfr41.mp4");
  const ffmpeg = await openFfmpeg();
  await using store = await openStore({ ffmpeg, folder: root });
  let frames: string[];
  {
    using reader = await store.reader(file, "240p");
    frames = await readAll(reader);
  }
  // The last frame can be read before its segment has its name; that it has, though everybody has left, is what is waited for.
  let data: string | undefined;
  while (data === undefined) {
    data = (await filesIn(root)).find((path) => path.endsWith(".hfs"));
  }
  await Deno.truncate(data, 100);
  using reader = await store.reader(file, "240p");
  deepStrictEqual(await readAll(reader), frames);
});

withFfmpeg("store extracts anew when the file was replaced", async () => {
  const path = `${await tempFolder()}/video.mp4`;
  await Deno.copyFile((await fixture("vfr41.mp4")).path, path);
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  equal((await store.facts.timeline(await videoFile(path))).count, 41);
  await Deno.copyFile((await fixture("turned.mp4")).path, path);
  equal((await store.facts.timeline(await videoFile(path))).count, 8);
});

withFfmpeg(
  "store refuses what is no video, with the reason, and asks ffmpeg only once",
  async () => {
    const path = `${await tempFolder()}/video.mp4`;
    await Deno.writeTextFile(path, "ffconcat version 1.0\nfile /etc/passwd\n");
    await using store = await openStore({ ffmpeg: await openFfmpeg() });
    const file = await videoFile(path);
    deepStrictEqual(await store.facts.probe(file), { ok: false, problem: "playlist" });
    await rejects(store.facts.timeline(file), { code: "video-refused", message: /playlist/ });
    await rejects(store.reader(file, "240p"), { code: "video-refused" });
  },
);

withFfmpeg("store gives a wait up when its signal aborts, and the reader serves on", async () => {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  using reader = await store.reader(await fixture("vfr41.mp4"), "1080p");
  const stop = new AbortController();
  const waiting = reader.read(40, { signal: stop.signal });
  stop.abort(new Error("left"));
  await rejects(waiting, /left/);
  equal((await reader.read(40)).frame, 40);
});

withFfmpeg("reader refuses frames outside of its range and after it was closed", async () => {
  await using store = await openStore({ ffmpeg: await openFfmpeg() });
  const reader = await store.reader(await fixture("vfr41.mp4"), "240p", {
    fromFrame: 0,
    toFrame: 10,
  });
  const refused = { name: "UsageError", code: "frame-out-of-range" };
  for (const frame of [-1, 10, 41, 0.5, NaN]) throws(() => reader.readNow(frame), refused);
  reader.close();
  reader.close();
  await rejects(reader.read(0), refused);
});

for (
  const [what, size, tags] of [
    ["that says that its matrix is not that of JPEG", "128x72", ["-colorspace", "bt709"]],
    ["in HD that does not say its matrix (D7)", "1280x720", []],
  ] as const
) {
  withFfmpeg(`store keeps the colours of a film ${what}`, async () => {
    const ffmpeg = await openFfmpeg();
    const path = `${await tempFolder()}/green.mp4`;
    const made = await new Deno.Command(ffmpeg.path, {
      args: [
        ...["-v", "error", "-f", "lavfi", "-i", `color=0x20c040:s=${size}:r=5,format=rgb24`],
        ...["-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", ...tags],
        ...["-frames:v", "3", "-c:v", "mpeg2video", "-q:v", "1", path],
      ],
    }).output();
    ok(made.success);
    await using store = await openStore({ ffmpeg });
    using reader = await store.reader(await videoFile(path), "240p");
    const decoded = (await JpegDecoder.open()).decode((await reader.read(0)).jpeg);
    ok(decoded.ok);
    const [red, green, blue] = decoded.bitmap.rgb.subarray(30_000, 30_003);
    const error = Math.max(Math.abs(red - 32), Math.abs(green - 192), Math.abs(blue - 64));
    ok(error <= 4, `${red},${green},${blue}`);
  });
}

for (
  const [change, code] of [
    [(path: string) => Deno.remove(path), "video-gone"],
    [(path: string) => Deno.truncate(path, 1000), "video-changed"],
  ] as const
) {
  withFfmpeg(
    `store tells of a ${code} while it is watched, and keeps no picture of it`,
    async () => {
      const path = `${await tempFolder()}/film.mp4`;
      await Deno.copyFile(footage("cockatoo.mp4"), path);
      await using store = await openStore({ ffmpeg: await openFfmpeg() });
      const file = await videoFile(path);
      using reader = await store.reader(file, "240p", { fromFrame: 200, toFrame: 210 });
      await reader.read(200);
      await change(path);
      using late = await store.reader(file, "480p");
      await rejects(late.read(0), { name: "MediaError", code });
      equal(await store.hasFrames(file, "480p", { fromFrame: 0, toFrame: 64 }), false);
    },
  );
}

for (
  const [rendition, size, noise] of [
    ["1080p", "1920x1080", "random(1)*255:random(2)*255:random(3)*255"],
    // Too large at the second quality as well.
    ["1440p", "2560x1440", "random(1)*255:128:128"],
  ] as const
) {
  withFfmpeg(
    `store makes pictures of noise coarser in ${rendition}, so that they stay below the limit of a frame`,
    async () => {
      const ffmpeg = await openFfmpeg();
      const path = `${await tempFolder()}/noise.avi`;
      const made = await new Deno.Command(ffmpeg.path, {
        args: [
          ...["-v", "error", "-f", "lavfi", "-i", `nullsrc=s=${size}:r=5,geq=${noise}`],
          ...["-frames:v", "2", "-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p", path],
        ],
      }).output();
      ok(made.success);
      await using store = await openStore({ ffmpeg });
      using reader = await store.reader(await videoFile(path), rendition);
      const frames = [await reader.read(0), await reader.read(1)];
      for (const { jpeg } of frames) ok(jpeg.length <= 1024 * 1024 && checkJpeg(jpeg, reader).ok);
      notDeepStrictEqual(frames[0].jpeg, frames[1].jpeg);
    },
  );
}

withFfmpeg(
  "reader that reuses its buffer gives the same frames, each until the next read",
  async () => {
    await using store = await openStore({ ffmpeg: await openFfmpeg() });
    const file = await fixture("vfr41.mp4");
    using fresh = await store.reader(file, "240p");
    using reusing = await store.reader(file, "240p", { reuseBuffer: true });
    deepStrictEqual(await readAll(reusing), await readAll(fresh));
    const first = (await reusing.read(0)).jpeg;
    const other = (await reusing.read(40)).jpeg;
    equal(first.buffer === other.buffer, true);
  },
);

withFfmpeg(
  "store whose timeline says more frames than ffmpeg gives tells so once, then counts anew",
  async () => {
    const root = await tempFolder();
    const file = await fixture("vfr41.mp4");
    const ffmpeg = await openFfmpeg();
    {
      await using store = await openStore({ ffmpeg, folder: root });
      equal((await store.facts.timeline(file)).count, 41);
    }
    const path = (await filesIn(root)).find((name) => name.endsWith("timeline.hgt"));
    ok(path !== undefined);
    const wrong = makeTimeline(Array.from({ length: 50 }, (_, i) => i * 40));
    await Deno.writeFile(path, encodeTimeline(wrong));
    await using store = await openStore({ ffmpeg, folder: root });
    using reader = await store.reader(file, "240p");
    await rejects(reader.read(49), { name: "MediaError", code: "frame-missing" });
    using again = await store.reader(file, "240p");
    equal((await readAll(again)).length, 41);
  },
);
