/**
 * 720p frames per second from the frame store to 16 viewers, in the process and over loopback TCP, beside a folder with one file per
 * frame that is read whole. Run: `deno run -A tests/bench/frame_store_bench.ts [SECONDS]`. Needs ffmpeg.
 */

import { systemClock } from "../../lib/base/clock.ts";
import { concatBytes, utf8 } from "../../lib/base/bytes.ts";
import { Ffmpeg } from "../../lib/media/ffmpeg/ffmpeg.ts";
import { locateFfmpeg } from "../../lib/media/ffmpeg/ffmpeg_locate.ts";
import { FrameStore } from "../../lib/media/frames/frame_store.ts";
import type { VideoFile } from "../../lib/media/library/renditions.ts";

const VIEWERS = 16;
const FRAMES = 192;
const seconds = Number(Deno.args[0] ?? "2");

/** Gives frame `index` to one viewer. */
type Source = (index: number) => Promise<Uint8Array>;

/** A film of 720p: real footage when it lies beside the repository, else a moving test picture. */
async function makeVideo(ffmpeg: Ffmpeg, folder: string): Promise<VideoFile> {
  const footage = new URL("../../videos/cockatoo.mp4", import.meta.url).pathname;
  const real = await Deno.stat(footage).then(() => true, () => false);
  const path = real ? footage : `${folder}/film.mp4`;
  const pattern = ["-f", "lavfi", "-i", "testsrc2=s=1280x720", "-frames:v", String(FRAMES)];
  if (!real) {
    const args = ["-v", "error", ...pattern, "-c:v", "mpeg2video", "-q:v", "4", path];
    const { success } = await new Deno.Command(ffmpeg.path, { args }).output();
    if (!success) throw new Error("ffmpeg could not make the film");
  }
  const info = await Deno.stat(path);
  return {
    path: await Deno.realPath(path),
    sizeBytes: info.size,
    modifiedMs: info.mtime?.getTime() ?? 0,
  };
}

/** Runs all viewers for the time given; frames per second of all together. */
async function measure(view: (index: number, viewer: number) => Promise<void>): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  const counts = await Promise.all(Array.from({ length: VIEWERS }, async (_, viewer) => {
    let count = 0;
    for (; performance.now() < end; count++) {
      await view((count + viewer * 11) % FRAMES, viewer);
      // Viewers take turns, as sessions on one event loop do.
      if (count % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    return count;
  }));
  const sum = counts.reduce((total, count) => total + count);
  return sum / (performance.now() - start) * 1000;
}

/** The same over loopback, a length before each frame; both ends in this process. */
async function measureTcp(sources: readonly Source[]): Promise<number> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const drains = sources.map(async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    const buffer = new Uint8Array(1 << 18);
    while (await connection.read(buffer) !== null);
    connection.close();
  });
  for (const _ of sources) connections.push(await listener.accept());
  const rate = await measure(async (index, viewer) => {
    const jpeg = await sources[viewer](index);
    const packet = concatBytes(utf8(String(jpeg.length).padEnd(64)), jpeg);
    for (let at = 0; at < packet.length;) {
      at += await connections[viewer].write(packet.subarray(at));
    }
  });
  connections.forEach((connection) => connection.close());
  listener.close();
  await Promise.all(drains);
  return rate;
}

function report(name: string, rate: number, baseline: number): void {
  const ratio = (rate / baseline).toFixed(1);
  console.log(`${name.padEnd(44)} ${rate.toFixed(0).padStart(8)} frames/s  ${ratio} x`);
}

async function main(): Promise<void> {
  const located = await locateFfmpeg();
  if (!located.found) return console.log("skipped: no ffmpeg");
  await Deno.mkdir("tests/tmp", { recursive: true });
  const folder = await Deno.makeTempDir({ dir: "tests/tmp" });
  const ffmpeg = await Ffmpeg.open({ path: located.path, workFolder: `${folder}/work` });
  const file = await makeVideo(ffmpeg, folder);
  await using store = await FrameStore.open({
    folder: `${folder}/cache`,
    quotaBytes: 1e9,
    ffmpeg,
    clock: systemClock,
  });
  const start = performance.now();
  await store.prepare(file, "720p", { toFrame: FRAMES });
  const extracted = FRAMES / (performance.now() - start) * 1000;
  const open = (reuseBuffer: boolean) =>
    Promise.all(Array.from({ length: VIEWERS }, () => store.reader(file, "720p", { reuseBuffer })));
  const readers = await open(false);
  const reusing = await open(true);
  let bytes = 0;
  for (let index = 0; index < FRAMES; index++) {
    const { jpeg } = await readers[0].read(index);
    bytes += jpeg.length;
    await Deno.writeFile(`${folder}/${index}.jpg`, jpeg);
  }
  console.log(
    `720p, ${(bytes / FRAMES / 1000).toFixed(0)} KB a frame, ${VIEWERS} viewers, ${seconds} s each`,
  );
  console.log(
    `${"counted and extracted by ffmpeg".padEnd(44)} ${extracted.toFixed(0).padStart(8)} frames/s`,
  );
  const files: Source = (index) => Deno.readFile(`${folder}/${index}.jpg`);
  const sourcesOf = (from: typeof readers) =>
    from.map((reader): Source => async (index) => (await reader.read(index)).jpeg);
  const variants = [
    ["one file per frame", readers.map(() => files)],
    ["frame store, fresh buffers", sourcesOf(readers)],
    ["frame store, reused buffers", sourcesOf(reusing)],
  ] as const;
  const places = [
    [
      "in the process",
      (sources: readonly Source[]) => measure(async (i, v) => void await sources[v](i)),
    ],
    ["over loopback TCP", measureTcp],
  ] as const;
  for (const [place, run] of places) {
    let baseline: number | undefined;
    for (const [name, sources] of variants) {
      const rate = await run(sources);
      baseline ??= rate;
      report(`${name}, ${place}`, rate, baseline);
    }
  }
  for (const reader of [...readers, ...reusing]) reader.close();
  await store.close();
  await Deno.remove(folder, { recursive: true });
}

if (import.meta.main) await main();
