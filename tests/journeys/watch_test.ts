import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Journey, jsonLines } from "./programs.ts";

/** Pictures of videos/realshort.mp4, by decoding it. */
const FRAMES = 36;
const HEIGHTS_PX: Readonly<Record<string, number>> = { "240p": 240, "720p": 720, "1080p": 1080 };
/** As ffprobe tells: `-show_entries frame=key_frame`. */
const KEYFRAMES = [0, 30];
/** The film is 320×240. */
const WIDTHS_PX: Readonly<Record<string, number>> = { "240p": 320, "720p": 960, "1080p": 1440 };

async function journeyWithVideos(): Promise<Journey> {
  const journey = await Journey.open({ videosFolder: join(PROJECT_ROOT, "videos") });
  const registered = await journey.register("alice");
  equal(registered.code, 0, registered.stderr);
  return journey;
}

/** Height of a baseline or progressive JPEG, from its frame header (ITU-T T.81 §B.2.2). */
function jpegHeightPx(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 2; at < bytes.length; at += 2 + view.getUint16(at + 2)) {
    if ([0xffc0, 0xffc1, 0xffc2].includes(view.getUint16(at))) return view.getUint16(at + 5);
  }
  return 0;
}

/** What `--save` wrote: the header of each picture, and the picture itself read for its height. */
function readSaved(folder: string): { index: unknown; rendition: unknown; heightPx: number }[] {
  const headers = jsonLines(Deno.readTextFileSync(join(folder, "frames.jsonl")));
  const pictures = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".jpg")).sort();
  deepEqual(pictures, headers.map((_, i) => `${String(i).padStart(6, "0")}.jpg`));
  return headers.map(({ index, rendition }, i) => {
    const heightPx = jpegHeightPx(Deno.readFileSync(join(folder, pictures[i])));
    return { index, rendition, heightPx };
  });
}

Deno.test("watch saves exactly one third of the frames from each rendition, in order, through the real programs", async () => {
  await using journey = await journeyWithVideos();
  const saved = join(journey.folder, "saved");
  const watched = await journey.run("alice", [
    ...["watch", "realshort", "--mode", "thirds", "--render", "none", "--speed", "max"],
    ...["--save", saved, "--json"],
  ]);
  equal(watched.code, 0, watched.stderr);
  // What was announced before the first picture (S4.13) is what came.
  const { format, durationMs } = jsonLines(watched.stdout).at(-1)!;
  deepEqual(format, {
    codec: "jpeg",
    framesPerSecond: Math.round(1e6 * FRAMES / Number(durationMs)) / 1000,
    parts: Object.entries(HEIGHTS_PX).map(([rendition, heightPx]) => ({
      ...{ rendition, frames: FRAMES / 3, heightPx },
      widthPx: WIDTHS_PX[rendition],
    })),
  });
  const renditions = ["240p", "720p", "1080p"].flatMap((name) => Array(FRAMES / 3).fill(name));
  deepEqual(
    readSaved(saved),
    renditions.map((rendition, index) => ({ index, rendition, heightPx: HEIGHTS_PX[rendition] })),
  );
});

/** Every frame of realshort in a mode: what was saved, and which frames of the file they say they are. */
async function saveAll(journey: Journey, mode: string) {
  const saved = join(journey.folder, mode.replace(":", "-"));
  const watched = await journey.run("alice", [
    ...["watch", "realshort", "--mode", mode, "--render", "none", "--save", saved, "--json"],
  ]);
  equal(watched.code, 0, watched.stderr);
  const source = jsonLines(Deno.readTextFileSync(join(saved, "frames.jsonl"))).map((it) =>
    it.source
  );
  return { frames: readSaved(saved), source };
}

Deno.test("watch in the mode adaptive has every frame under its own number, in sizes up to the video's, through the real programs", async () => {
  await using journey = await journeyWithVideos();
  const { frames, source } = await saveAll(journey, "adaptive");
  const numbers = Array.from({ length: FRAMES }, (_, index) => index);
  deepEqual(source, numbers);
  deepEqual(frames.map(({ index }) => index), numbers);
  equal(frames[0].rendition, "144p");
  for (const { rendition, heightPx } of frames) {
    deepEqual([`${heightPx}p`, heightPx <= 240], [rendition, true]);
  }
});

Deno.test("rows S4.09, S4.11, S4.15: watch takes 480p, 1440p and the keyframes alone, through the real programs", async () => {
  await using journey = await journeyWithVideos();
  const watch = (mode: string) => saveAll(journey, mode);
  const ready = async () =>
    jsonLines((await journey.run("alice", ["videos", "--json"])).stdout)
      .find(({ name }) => name === "realshort")?.ready;
  deepEqual(await ready(), []);
  for (const heightPx of [480, 1440]) {
    const { frames } = await watch(`fixed:${heightPx}p`);
    const expected = Array.from({ length: FRAMES }, (_, index) => ({
      ...{ index, rendition: `${heightPx}p`, heightPx },
    }));
    deepEqual(frames, expected);
  }
  // What was made for one is ready for all (S4.11).
  deepEqual(await ready(), ["480p", "1440p"]);
  const { frames, source } = await watch("keyframes");
  deepEqual(frames, [0, 1].map((index) => ({ index, rendition: "720p", heightPx: 720 })));
  deepEqual(source, KEYFRAMES);
});

Deno.test("watch draws every frame of one rendition as sixel, through the real programs", async () => {
  await using journey = await journeyWithVideos();
  const output = join(journey.folder, "terminal");
  const watched = await journey.run("alice", [
    ...["watch", "realshort", "--mode", "fixed:240p", "--render", "sixel", "--size", "320x180"],
    ...["--speed", "max", "--output", output],
  ]);
  equal(watched.code, 0, watched.stderr);
  // DCS … q begins a sixel picture, ST ends it (VT330/VT340 manual, chapter 14).
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(output));
  // deno-lint-ignore no-control-regex
  equal([...text.matchAll(/\x1bP[\d;]*q[^\x1b]+\x1b\\/g)].length, FRAMES);
});
