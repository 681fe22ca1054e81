import { equal } from "node:assert/strict";
import { type StatusFacts, statusWords } from "../../../../lib/cli/video/status_words.ts";

const PLAYING: StatusFacts = {
  name: "cockatoo",
  mode: "thirds",
  durationMs: 14_000,
  positionMs: 5_000,
  rate: 1,
  state: "playing",
  frame: { index: 92, total: 280, rendition: "240p", limit: undefined },
};

Deno.test("D12: status says what thirds is doing, so that its first third is not the video's quality", () => {
  equal(statusWords(PLAYING), "cockatoo  0:05/0:14  thirds [240p] → 720p → 1080p  93/280");
  const last = { ...PLAYING, frame: { ...PLAYING.frame, rendition: "1080p" } };
  equal(
    statusWords(last as StatusFacts),
    "cockatoo  0:05/0:14  thirds 240p → 720p → [1080p]  93/280",
  );
});

Deno.test("status of adaptive says the size and why it is no larger", () => {
  const frame = { index: 0, total: 9, rendition: "360p", limit: "line" } as const;
  const facts = { ...PLAYING, mode: "adaptive", frame } as const;
  equal(statusWords(facts), "cockatoo  0:05/0:14  adaptive 360p (limited by the line)  1/9");
  equal(
    statusWords({ ...facts, frame: { ...frame, limit: "box" } }),
    "cockatoo  0:05/0:14  adaptive 360p (fills the screen)  1/9",
  );
  equal(
    statusWords({ ...facts, frame: { ...frame, limit: undefined } }),
    "cockatoo  0:05/0:14  adaptive 360p (trying more)  1/9",
  );
  equal(statusWords({ ...facts, frame: undefined }), "cockatoo  0:05/0:14  adaptive");
});

Deno.test("status says what it waits for, the speed, and hours", () => {
  const fixed = { ...PLAYING, mode: "fixed:720p", frame: undefined } as const;
  equal(statusWords({ ...fixed, state: "paused" }), "cockatoo  paused  0:05/0:14  fixed:720p");
  equal(
    statusWords({ ...fixed, state: "seeking", positionMs: 3_725_000, durationMs: 7_200_000 }),
    "cockatoo  seeking to 1:02:05/2:00:00  fixed:720p",
  );
  equal(
    statusWords({ ...fixed, state: "waiting", rate: 1.5625 }),
    "cockatoo  waiting for pictures  0:05/0:14  1.56×  fixed:720p",
  );
});

Deno.test("status says which of several plays, what plays again, and what was not shown", () => {
  const list = { place: "2 of 3", loop: "one", notShown: 12 } as const;
  equal(
    statusWords({ ...PLAYING, ...list, mode: "fixed:240p" }),
    "cockatoo (2 of 3)  0:05/0:14  fixed:240p  again and again  93/280  12 frames dropped",
  );
});

Deno.test("status says a simulated line before sound, which a narrow screen cuts off", () => {
  const facts = { ...PLAYING, more: ["Simulated line: 300 ms"], extras: ["no sound: no card"] };
  equal(
    statusWords(facts),
    "cockatoo  0:05/0:14  thirds [240p] → 720p → 1080p  Simulated line: 300 ms  no sound: no card  93/280",
  );
});
