import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { RenditionReader } from "../../../lib/media/frames/rendition_reader.ts";
import { type Rung, rungsOf } from "../../../lib/media/library/rungs.ts";
import { makeTimeline } from "../../../lib/media/library/timeline.ts";
import { AdaptiveVideo } from "../../../lib/server/media/adaptive_video.ts";
import { settle } from "../../kit/clock.ts";

const NEVER = { signal: new AbortController().signal };
const RUNGS = rungsOf({ widthPx: 1280, heightPx: 720 });
const PERIOD_MS = 50;

/** A video of 1,000 frames whose rungs are there from `readyFrom` on, and who opened and closed them. */
function video(readyFrom: (rung: Rung) => number = () => 0) {
  const events: string[] = [];
  const timeline = makeTimeline(Array.from({ length: 1_000 }, (_, i) => i * PERIOD_MS));
  const adaptive = new AdaptiveVideo({ name: "film", timeline, rungs: RUNGS }, (rung) => {
    events.push(`open ${rung.name}`);
    const reader: Partial<RenditionReader> = {
      ...{ widthPx: rung.widthPx, heightPx: rung.heightPx },
      prepare: (frame) => frame >= readyFrom(rung),
      read: (frame) =>
        Promise.resolve({
          frame,
          ptsMs: frame * PERIOD_MS,
          jpeg: new Uint8Array(rung.heightPx * (rung.quality === 8 ? 17 : 20)),
        }),
      close: () => void events.push(`close ${rung.name}`),
    };
    return Promise.resolve(reader as RenditionReader);
  });
  return { adaptive, events };
}

/** Sends frames over a line without delay; which rendition each had. */
async function play(adaptive: AdaptiveVideo, fromFrame: number, toFrame: number) {
  const sent: string[] = [];
  for (let index = fromFrame; index < toFrame; index++) {
    const nowMs = index * PERIOD_MS;
    const frame = await adaptive.read(index, NEVER);
    deepEqual([frame.source, frame.ptsMs], [index, nowMs]);
    sent.push(frame.rendition);
    adaptive.sent(frame.jpeg.length, nowMs);
    const received = index - fromFrame + 1;
    adaptive.told({ stream: 1, epoch: 0, frames: 1, bytes: 1, received }, nowMs + 10);
    await settle();
  }
  return sent;
}

Deno.test("adaptive video sends the smallest picture first and larger ones soon, each frame under its own number", async () => {
  const { adaptive } = video();
  const sent = await play(adaptive, 0, 100);
  equal(sent[0], "144p");
  equal(sent.at(-1), "720p");
  const places = sent.map((rendition) => RUNGS.findIndex(({ name }) => name === rendition));
  ok(places.every((place, i) => i === 0 || place >= places[i - 1]));
  equal(adaptive.total, 1_000);
  deepEqual(
    adaptive.format.rungs?.map(({ rendition }) => rendition),
    ["144p", "240p", "360p", "480p", "720p"],
  );
});

Deno.test("adaptive video extracts no more than what is sent and what comes next", async () => {
  const { adaptive, events } = video();
  await play(adaptive, 0, 100);
  const opened = events.filter((event) => event.startsWith("open")).length;
  const closed = events.filter((event) => event.startsWith("close")).length;
  ok(opened > 1);
  equal(closed, opened - 1);
  adaptive.close();
  await settle();
  equal(events.filter((event) => event.startsWith("close")).length, opened);
});

Deno.test("adaptive video does not wait for a rung that is being extracted", async () => {
  const { adaptive } = video(({ name }) => name === "144p" ? 0 : 60);
  const sent = await play(adaptive, 0, 100);
  ok(sent.slice(0, 60).every((rendition) => rendition === "144p"));
  ok(sent[61] !== "144p");
});

Deno.test("adaptive video goes on in its size after a seek, and in the smallest where that is not extracted", async () => {
  const { adaptive } = video();
  await play(adaptive, 0, 100);
  adaptive.restarted(undefined);
  equal((await play(adaptive, 500, 501))[0], "720p");
  let isThere = true;
  const other = video(({ name }) => isThere || name === "144p" ? 0 : Infinity).adaptive;
  await play(other, 0, 100);
  isThere = false;
  other.restarted(undefined);
  equal((await play(other, 500, 501))[0], "144p");
});

Deno.test("adaptive video takes no word of frames that were never sent", async () => {
  const { adaptive } = video();
  adaptive.told({ stream: 1, epoch: 0, frames: 0, bytes: 0, received: 1e9 }, 0);
  const sent = await play(adaptive, 0, 20);
  equal(sent[0], "144p");
});

Deno.test("adaptive video follows the box and the limit that the client names", async () => {
  const { adaptive } = video();
  const about = { stream: 1, epoch: 0, frames: 0, bytes: 0 };
  adaptive.told({ ...about, boxWidth: 640, boxHeight: 360 }, 0);
  equal((await play(adaptive, 0, 100)).at(-1), "360p");
  adaptive.told({ ...about, maxRate: 1 }, 5_000);
  equal((await play(adaptive, 100, 102))[1], "144p");
  ok(adaptive.every > 1);
});

Deno.test("adaptive video counts what passes at the speed that it is played at", async () => {
  const everyAt = async (speed: number) => {
    const { adaptive } = video();
    adaptive.restarted(speed);
    adaptive.told({ stream: 1, epoch: 0, frames: 0, bytes: 0, maxRate: 20_000 }, 0);
    await play(adaptive, 0, 3);
    return adaptive.every;
  };
  ok(await everyAt(4) >= 3 * await everyAt(1));
  equal(await everyAt(0), await everyAt(1));
});

Deno.test("adaptive video has no frame beyond its last", async () => {
  const { adaptive } = video();
  await rejects(adaptive.read(1_000, NEVER), { code: "frame-missing" });
});
