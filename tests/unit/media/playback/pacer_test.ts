import { deepStrictEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { Pacer } from "../../../../lib/media/playback/pacer.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 1000 : 60;
const PLENTY = { frames: 10_000, bytes: 64 * 1024 * 1024 };

function steady(count: number, periodMs = 40): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i * periodMs);
}

/** A pacer with credit in epoch 0. */
function ready(ptsMs: Uint32Array, speed = 1): Pacer {
  const pacer = new Pacer(ptsMs, speed);
  pacer.grant(0, PLENTY);
  return pacer;
}

/** Does what the pacer says on a clock that stands still while it works; the frames with the time at which each was sent. */
function play(pacer: Pacer, fromMs: number, untilMs = Infinity): (readonly [number, number])[] {
  const sent: (readonly [number, number])[] = [];
  for (let nowMs = fromMs;;) {
    const step = pacer.next(nowMs);
    if (step.action === "send") {
      equal(pacer.take(step.index, 1, nowMs), true);
      sent.push([step.index, nowMs]);
    } else if (step.action === "wait" && step.untilMs < untilMs) nowMs = step.untilMs;
    else return sent;
  }
}

Deno.test("pacer sends nothing before credit is given", () => {
  deepStrictEqual(new Pacer(steady(3), 1).next(0), { action: "wait-credit" });
});

Deno.test("pacer sends each frame at its time after the first", () => {
  deepStrictEqual(play(ready(new Uint32Array([0, 40, 1080])), 500), [[0, 500], [1, 540], [
    2,
    1580,
  ]]);
  deepStrictEqual(play(ready(steady(3), 2), 0), [[0, 0], [1, 20], [2, 40]]);
});

Deno.test("pacer at speed 0 sends everything at once and leaves nothing out", () => {
  const pacer = ready(steady(5), 0);
  deepStrictEqual(play(pacer, 99_999).map(([index]) => index), [0, 1, 2, 3, 4]);
  deepStrictEqual([pacer.sent, pacer.dropped, pacer.next(0).action], [5, 0, "ended"]);
});

Deno.test("pacer keeps a frame that is late by one period and leaves it out when it is later", () => {
  const atPeriod = ready(steady(10));
  play(atPeriod, 0, 40);
  deepStrictEqual(atPeriod.next(80), { action: "send", index: 1 });
  const later = ready(steady(10));
  play(later, 0, 40);
  deepStrictEqual(later.next(81), { action: "send", index: 2 });
  equal(later.dropped, 1);
});

Deno.test("pacer never leaves out the last frame", () => {
  const pacer = ready(steady(3));
  play(pacer, 0, 40);
  deepStrictEqual(pacer.next(60_000), { action: "send", index: 2 });
});

Deno.test("pacer sends 1000 frames a second only as fast as they are taken", () => {
  const pacer = ready(steady(500, 1));
  let sent = 0;
  // A sender that looks at the clock 40 times a second.
  for (let nowMs = 0; nowMs <= 525; nowMs += 25) {
    for (let step = pacer.next(nowMs); step.action === "send"; step = pacer.next(nowMs)) {
      pacer.take(step.index, 1, nowMs);
      sent++;
    }
  }
  ok(sent <= 64, `${sent} frames`);
  equal(sent + pacer.dropped, 500);
});

Deno.test("pacer sends a frame only when its bytes were granted, then waits for more", () => {
  const pacer = new Pacer(steady(3), 0);
  pacer.grant(0, { frames: 5, bytes: 100 });
  equal(pacer.take(0, 101, 0), false);
  deepStrictEqual(pacer.next(0), { action: "wait-credit" });
  pacer.grant(0, { frames: 0, bytes: 1 });
  deepStrictEqual(pacer.next(0), { action: "send", index: 0 });
  equal(pacer.take(0, 101, 0), true);
  deepStrictEqual(pacer.next(0), { action: "wait-credit" });
});

Deno.test("pacer ignores negative credit and credit of another epoch", () => {
  const pacer = new Pacer(steady(3), 0);
  pacer.grant(0, { frames: -5, bytes: -100 });
  pacer.grant(1, PLENTY);
  deepStrictEqual(pacer.next(0), { action: "wait-credit" });
  pacer.seek(2, 0);
  pacer.grant(1, PLENTY);
  pacer.grant(0, PLENTY);
  deepStrictEqual(pacer.next(0), { action: "wait-credit" });
});

Deno.test("pacer paused sends nothing and goes on where it stood, as if no time had passed", () => {
  const pacer = ready(steady(5));
  play(pacer, 0, 80);
  equal(pacer.pause(1), true);
  deepStrictEqual(pacer.next(50), { action: "paused" });
  equal(pacer.resume(2), true);
  pacer.grant(2, PLENTY);
  deepStrictEqual(play(pacer, 9000), [[2, 9000], [3, 9040], [4, 9080]]);
  equal(pacer.dropped, 0);
});

Deno.test("pacer seeks to the frame on the screen at that time, also back from the end", () => {
  const pacer = ready(steady(5));
  play(pacer, 0);
  equal(pacer.next(0).action, "ended");
  pacer.seek(1, 119);
  pacer.grant(1, PLENTY);
  deepStrictEqual(play(pacer, 1000), [[2, 1000], [3, 1040], [4, 1080]]);
});

Deno.test("pacer seeks while paused and stays paused", () => {
  const pacer = ready(steady(5));
  pacer.pause(1);
  pacer.seek(2, 80);
  deepStrictEqual(pacer.next(0), { action: "paused" });
  pacer.resume(3);
  pacer.grant(3, PLENTY);
  deepStrictEqual(pacer.next(0), { action: "send", index: 2 });
});

Deno.test("pacer changes its speed from the next frame on", () => {
  const pacer = ready(steady(5));
  play(pacer, 0, 80);
  pacer.setSpeed(1, 4);
  pacer.grant(1, PLENTY);
  deepStrictEqual(play(pacer, 100), [[2, 100], [3, 110], [4, 120]]);
  throws(() => pacer.setSpeed(2, -1), { name: "UsageError" });
  throws(() => new Pacer(steady(1), NaN), { name: "UsageError" });
});

Deno.test("pacer refuses an epoch that is not newer, and a frame that an event has overtaken", () => {
  const pacer = ready(steady(5));
  equal(pacer.seek(0, 80), false);
  deepStrictEqual(pacer.next(0), { action: "send", index: 0 });
  pacer.seek(3, 80);
  pacer.grant(3, PLENTY);
  equal(pacer.take(0, 1, 0), false);
  equal(pacer.pause(2), false);
  equal(pacer.take(2, 1, 0), true);
  deepStrictEqual([pacer.epoch, pacer.sent], [3, 1]);
});

Deno.test("pacer delayed by its source leaves nothing out for it", () => {
  const pacer = ready(steady(4));
  play(pacer, 0, 40);
  pacer.delay(5000, 1, 5040);
  deepStrictEqual(play(pacer, 5040), [[1, 5040], [2, 5080], [3, 5120]]);
  equal(pacer.dropped, 0);
});

Deno.test("pacer with a reserve sends a tenth faster until it is ahead by that, and no further", () => {
  const pacer = ready(steady(200));
  pacer.reserveMs = 400;
  const sent = play(pacer, 1_000);
  deepStrictEqual(sent[0], [0, 1_000], "the first one is not before its time");
  const aheadMs = sent.map(([index, atMs]) => 1_000 + 40 * index - atMs);
  ok(aheadMs.every((ms, i) => i === 0 || ms >= aheadMs[i - 1] - 4), `${aheadMs}`);
  ok(Math.abs(aheadMs[25] - 100) < 15, `${aheadMs[25]} ms ahead after a second`);
  equal(Math.max(...aheadMs), 400);
  equal(aheadMs.at(-1), 400);
  equal(pacer.dropped, 0);
});

Deno.test("pacer begins its reserve anew after a seek, and leaves nothing out that is late and still of use", () => {
  const pacer = ready(steady(500));
  pacer.reserveMs = 400;
  play(pacer, 0, 8_000);
  // The line stalls: 300 ms later all of it is sent at once.
  const [next] = play(pacer, 8_300, 8_301);
  equal(pacer.dropped, 0);
  ok(next[0] > 200);
  pacer.seek(1, 2_000);
  pacer.grant(1, PLENTY);
  deepStrictEqual(play(pacer, 9_000, 9_030), [[50, 9_000]]);
});

Deno.test("pacer delayed by its source is late by no more than its reserve lacks", () => {
  const pacer = ready(steady(500));
  pacer.reserveMs = 400;
  const sent = play(pacer, 0, 8_000);
  const next = sent.length;
  pacer.delay(300, next, 8_300);
  equal(pacer.next(8_300).action, "send");
  deepStrictEqual(pacer.next(8_300), { action: "send", index: next });
});

Deno.test("pacer neither sends more than was granted nor loses a frame, whatever happens", () => {
  const event = fc.oneof(
    fc.record({ do: fc.constant("grant" as const), frames: fc.nat(5), bytes: fc.nat(500) }),
    fc.record({ do: fc.constant("time" as const), ms: fc.nat(300) }),
  );
  const gaps = fc.array(fc.nat(100), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(
      gaps,
      fc.constantFrom(0, 0.5, 1, 3),
      fc.array(event, { maxLength: 100 }),
      (steps, speed, events) => {
        let at = 0;
        const pacer = new Pacer(Uint32Array.from(steps, (gap) => at += gap), speed);
        let [nowMs, frames, bytes, last] = [0, 0, 0, -1];
        for (const happened of events) {
          if (happened.do === "time") nowMs += happened.ms;
          else {
            pacer.grant(0, happened);
            frames += happened.frames;
            bytes += happened.bytes;
          }
          for (let step = pacer.next(nowMs); step.action === "send"; step = pacer.next(nowMs)) {
            const sizeBytes = 1 + step.index % 120;
            ok(step.index > last);
            if (!pacer.take(step.index, sizeBytes, nowMs)) continue;
            last = step.index;
            frames--;
            bytes -= sizeBytes;
          }
          ok(frames >= 0 && bytes >= 0);
        }
        ok(pacer.sent + pacer.dropped >= last + 1);
        ok(pacer.sent + pacer.dropped <= steps.length);
      },
    ),
    { numRuns },
  );
});

Deno.test("pacer sends one frame of so many, and the last one always", () => {
  const pacer = ready(steady(11));
  pacer.every = 4;
  deepStrictEqual(play(pacer, 0).map(([index]) => index), [0, 4, 8, 10]);
  equal(pacer.dropped, 7);
});

Deno.test("pacer as fast as possible leaves out nothing, whatever is asked", () => {
  const pacer = ready(steady(5), 0);
  pacer.every = 4;
  deepStrictEqual(play(pacer, 0).map(([index]) => index), [0, 1, 2, 3, 4]);
});
