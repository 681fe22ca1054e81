import { deepStrictEqual, equal, throws } from "node:assert/strict";
import { PlaybackClock } from "../../../../lib/media/playback/playback_clock.ts";
import {
  JitterBuffer,
  type JitterBufferOptions,
} from "../../../../lib/media/playback/jitter_buffer.ts";

interface Frame {
  readonly epoch: number;
  readonly index: number;
  readonly ptsMs: number;
  readonly sizeBytes: number;
}

const frame = (index: number, epoch = 0, sizeBytes = 1): Frame => ({
  epoch,
  index,
  ptsMs: index * 40,
  sizeBytes,
});

function buffer(options: JitterBufferOptions = {}): JitterBuffer<Frame> {
  return new JitterBuffer<Frame>(options);
}

/** What the buffer says, in short. */
function say(jitter: JitterBuffer<Frame>, nowMs: number): string {
  const step = jitter.next(nowMs);
  if (step.action === "show") return `show ${step.frame.index} dropped ${step.dropped}`;
  return step.action === "wait" ? `wait ${step.untilMs}` : "empty";
}

Deno.test("jitter buffer shows the first frame at once and the next at its time after it", () => {
  const jitter = buffer();
  equal(say(jitter, 0), "empty");
  jitter.push(frame(0), 1000);
  jitter.push(frame(1), 1001);
  equal(say(jitter, 1001), "show 0 dropped 0");
  equal(say(jitter, 1002), "wait 1040");
  equal(say(jitter, 1040), "show 1 dropped 0");
  equal(say(jitter, 1041), "empty");
});

Deno.test("jitter buffer shows the newest frame that is due and drops the older ones", () => {
  const jitter = buffer();
  for (const index of [0, 1, 2, 3]) jitter.push(frame(index), 1000);
  equal(say(jitter, 1090), "show 2 dropped 2");
  equal(say(jitter, 1090), "wait 1120");
  equal(jitter.dropped, 2);
});

Deno.test("jitter buffer catches up when frames wait too long because the first came late", () => {
  const jitter = buffer({ maxWaitMs: 100 });
  jitter.push(frame(0), 1500);
  jitter.push(frame(1), 1500);
  jitter.push(frame(5), 1500);
  equal(say(jitter, 1500), "show 1 dropped 1");
  equal(say(jitter, 1500), "wait 1600");
});

Deno.test("jitter buffer shows later by its delay, so that uneven arrival is not seen", () => {
  const jitter = buffer({ delayMs: 100 });
  jitter.push(frame(0), 1000);
  equal(say(jitter, 1000), "wait 1100");
  jitter.push(frame(1), 1130);
  equal(say(jitter, 1100), "show 0 dropped 0");
  equal(say(jitter, 1139), "wait 1140");
});

Deno.test("jitter buffer at speed 0 shows whatever came last", () => {
  const jitter = buffer({ playback: new PlaybackClock(0) });
  for (const index of [0, 1, 2]) jitter.push(frame(index), 0);
  equal(say(jitter, 0), "show 2 dropped 2");
});

Deno.test("jitter buffer keeps time at double speed", () => {
  const jitter = buffer({ playback: new PlaybackClock(2) });
  jitter.push(frame(0), 1000);
  jitter.push(frame(5), 1000);
  equal(say(jitter, 1000), "show 0 dropped 0");
  equal(say(jitter, 1000), "wait 1100");
});

Deno.test("jitter buffer discards frames of another epoch, and what it held when an epoch begins", () => {
  const playback = new PlaybackClock(1);
  const jitter = buffer({ playback });
  jitter.push(frame(0), 0);
  playback.seek(28_000);
  jitter.begin(1);
  equal(say(jitter, 9999), "empty");
  equal(jitter.push(frame(1, 0), 0), false);
  equal(jitter.push(frame(1, 2), 0), false);
  equal(jitter.push(frame(700, 1), 5000), true);
  equal(say(jitter, 5000), "show 700 dropped 0");
  deepStrictEqual([jitter.epoch, jitter.discarded], [1, 3]);
  throws(() => jitter.begin(1), { name: "UsageError" });
});

Deno.test("jitter buffer discards a frame that goes back or comes twice", () => {
  const jitter = buffer();
  deepStrictEqual([3, 3, 2, 4].map((index) => jitter.push(frame(index), 0)), [
    true,
    false,
    false,
    true,
  ]);
});

Deno.test("jitter buffer drops its oldest frames beyond its limits, and holds one of any size", () => {
  const byCount = buffer({ maxFrames: 3 });
  for (let index = 0; index < 5; index++) byCount.push(frame(index), 0);
  deepStrictEqual([byCount.size, byCount.dropped], [3, 2]);
  const byBytes = buffer({ maxBytes: 100 });
  for (const [index, size] of [60, 40, 1, 500].entries()) byBytes.push(frame(index, 0, size), 0);
  deepStrictEqual([byBytes.size, byBytes.dropped], [1, 3]);
});
