import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { explain, ProbeReader, probeVideo } from "../../../lib/media/ffmpeg/probe.ts";
import { scanTimeline } from "../../../lib/media/library/timeline_scan.ts";
import { fixture, footage, openFfmpeg, tempFolder, withFfmpeg } from "./media_kit.ts";

async function problemOf(content: string | Uint8Array): Promise<string> {
  const path = `${await tempFolder()}/video.mp4`;
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  const result = await probeVideo(await openFfmpeg(), path);
  return result.ok ? "none" : result.problem;
}

withFfmpeg("probe refuses a text file and an empty file for what they are", async () => {
  equal(await problemOf("This is a text file with the wrong name.\n".repeat(50)), "not-media");
  equal(await problemOf(""), "not-media");
});

withFfmpeg("SR-71: probe refuses playlists in disguise, which would open other files", async () => {
  const other = (await fixture("vfr41.mp4")).path;
  equal(await problemOf(`ffconcat version 1.0\nfile ${other}\n`), "playlist");
  equal(
    await problemOf(
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${other}\n#EXT-X-ENDLIST\n`,
    ),
    "playlist",
  );
});

withFfmpeg("probe tells that the index of a cut file is missing", async () => {
  const whole = await Deno.readFile((await fixture("vfr41.mp4")).path);
  equal(await problemOf(whole.subarray(0, 600)), "index-missing");
});

withFfmpeg("SR-71: probe refuses a picture of more than 8K before decoding it", async () => {
  const path = `${await tempFolder()}/huge.avi`;
  const made = await new Deno.Command((await openFfmpeg()).path, {
    args: [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "color=s=8000x4400:r=1",
      "-frames:v",
      "1",
      "-c:v",
      "mjpeg",
      path,
    ],
  }).output();
  ok(made.success);
  deepStrictEqual(await probeVideo(await openFfmpeg(), path), {
    ok: false,
    problem: "too-many-pixels",
  });
});

withFfmpeg("probe gives the size as drawn: turned as the file says", async () => {
  const result = await probeVideo(await openFfmpeg(), (await fixture("turned.mp4")).path);
  ok(result.ok);
  deepStrictEqual([result.facts.widthPx, result.facts.heightPx], [36, 64]);
});

withFfmpeg(
  "timeline counts the decoded frames of a variable rate and keeps their times",
  async () => {
    const { timeline } = await scanTimeline(await openFfmpeg(), (await fixture("vfr41.mp4")).path, {
      durationMs: 2000,
    });
    equal(timeline.count, 41);
    deepStrictEqual([...timeline.ptsMs.subarray(18, 22)], [750, 792, 1125, 1167]);
    equal(timeline.durationMs, 2000);
  },
);

withFfmpeg("timeline counts on when the picture size changes in the middle", async () => {
  const { timeline } = await scanTimeline(await openFfmpeg(), (await fixture("sized.ts")).path, {
    durationMs: undefined,
  });
  // The decoder drops one frame of the twenty at the change; the frames of the second size are there.
  equal(timeline.count, 19);
});

withFfmpeg("probe and timeline tell what is known of the real footage", async () => {
  const ffmpeg = await openFfmpeg();
  const expected: readonly (readonly [path: string, words: string])[] = [
    [footage("cockatoo.mp4"), "1280x720 280"],
    [footage("realshort.mp4"), "320x240 36"],
    [(await fixture("city.mpg")).path, "720x405 30"],
    [footage("launch.webm"), "640x360 194"],
    // The container says 214; ffmpeg's Theora decoder gives four columns more.
    [footage("race1906.ogv"), "218x160 288"],
  ];
  for (const [path, words] of expected) {
    const result = await probeVideo(ffmpeg, path);
    ok(result.ok, path);
    const { widthPx, heightPx, durationMs } = result.facts;
    const { timeline } = await scanTimeline(ffmpeg, path, { durationMs });
    equal(`${widthPx}x${heightPx} ${timeline.count}`, words, path);
    equal(timeline.cutShort, false, path);
  }
});

withFfmpeg("timeline says that a film cut in the middle is cut short", async () => {
  const whole = await Deno.readFile(footage("launch.webm"));
  const path = `${await tempFolder()}/cut.webm`;
  await Deno.writeFile(path, whole.subarray(0, whole.length / 2));
  const result = await probeVideo(await openFfmpeg(), path);
  ok(result.ok);
  const { timeline } = await scanTimeline(await openFfmpeg(), path, {
    durationMs: result.facts.durationMs,
  });
  equal(timeline.cutShort, true);
  ok(timeline.count > 50 && timeline.count < 194);
});

Deno.test("probe takes sizes and lengths that a file makes up for what they are worth", () => {
  const frame = (size: string, sar = "1/1") =>
    `[showinfo@w @ 0x1] n:   0 pts:      0 pts_time:0 pos: 1 fmt:yuv420p sar:${sar} s:${size} i:P iskey:1`;
  const facts = (...lines: string[]) => {
    const reader = new ProbeReader("w");
    for (const line of lines) reader.take(line);
    return reader.facts();
  };
  equal(facts(), undefined);
  equal(facts(frame("64x36"))?.durationMs, undefined);
  equal(facts("  Duration: 00:00:03.50, start: 0", frame("64x36"))?.durationMs, 3500);
  equal(facts("  Duration: 999999:00:00.00, start: 0", frame("64x36"))?.durationMs, undefined);
  equal(facts("  Duration: N/A, start: 0", frame("64x36"))?.durationMs, undefined);
  equal(facts(frame("64x36", "2/1"))?.widthPx, 128);
  equal(facts(frame("64x36", "100000/1")), undefined);
  equal(facts(frame("64x36", "1/100000")), undefined);
  equal(facts(frame("0x0")), undefined);
});

Deno.test("probe takes HD without a matrix for BT.709, and whatever says one at its word", () => {
  const matrix = (...lines: string[]) => {
    const reader = new ProbeReader("w");
    const frame = "n:   0 pts:      0 pts_time:0 pos: 1 fmt:yuv420p sar:1/1 s:64x36 i:P iskey:1";
    for (const line of [...lines, `[showinfo@w @ 0x1] ${frame}`]) reader.take(line);
    return reader.facts()?.matrix;
  };
  const stream = (format: string) =>
    matrix(`  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), ${format}, 24 fps`);
  for (const format of ["yuv420p(progressive)", "yuv420p", "yuv420p10le(tv, progressive)"]) {
    equal(stream(`${format}, 1920x1080 [SAR 1:1 DAR 16:9]`), "bt709", format);
  }
  equal(stream("yuv420p(tv, unknown/bt709/bt709), 1280x720"), "bt709");
  equal(stream("yuv420p, 720x577"), "bt709");
  for (
    const format of [
      ...["yuv420p(tv, bt709, progressive), 1280x720", "yuv420p(tv, smpte170m), 1280x720"],
      ...["yuv420p(bt2020nc/bt2020/smpte2084), 3840x2160", "yuvj420p(pc), 1280x720"],
      ...["rgb24, 1280x720", "yuv420p(progressive), 720x576", "gbrp(pc, gbr), 1280x720"],
    ]
  ) equal(stream(format), undefined, format);
  const cover = "  Stream #0:1: Video: mjpeg, yuvj444p(pc), 600x600 (attached pic)";
  equal(matrix(cover, "  Stream #0:0: Video: vp8, yuv420p, 1280x720"), "bt709");
});

Deno.test("probe tells films whose light goes beyond white by their transfer", () => {
  const transfer = (format: string) => {
    const reader = new ProbeReader("w");
    const frame = "n:   0 pts:      0 pts_time:0 pos: 1 fmt:yuv420p sar:1/1 s:64x36 i:P iskey:1";
    reader.take(`  Stream #0:0(und): Video: hevc (Main 10) (hev1 / 0x31766568), ${format}, 24 fps`);
    reader.take(`[showinfo@w @ 0x1] ${frame}`);
    return reader.facts()?.transfer;
  };
  equal(transfer("yuv420p10le(tv, bt2020nc/bt2020/smpte2084, progressive), 3840x2160"), "pq");
  equal(transfer("yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 1920x1080"), "hlg");
  equal(transfer("yuv420p10le(tv, unknown/bt2020/smpte2084), 1920x1080"), "pq");
  equal(transfer("yuv420p10le(tv, bt2020nc/bt2020/bt2020-10), 1920x1080"), undefined);
  equal(transfer("yuv420p(tv, bt709, progressive), 1280x720"), undefined);
});

Deno.test("probe explains words that it does not know as no media", () => {
  equal(explain([]), "not-media");
  equal(explain(["anything"]), "not-media");
  equal(explain(["Input #0, mov, from 'file:x'", "Conversion failed!"]), "undecodable");
});
