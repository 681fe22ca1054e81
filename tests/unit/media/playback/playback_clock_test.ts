import { equal, throws } from "node:assert/strict";
import { PlaybackClock } from "../../../../lib/media/playback/playback_clock.ts";

/** Somebody else who watches the same: their clock is set by what they were told, and by nothing here. */
function peer(rate = 1): PlaybackClock {
  const clock = new PlaybackClock(rate);
  clock.play(1000);
  return clock;
}

Deno.test("playback clock has no time until a frame arrives, which begins it", () => {
  const clock = new PlaybackClock(2);
  equal(clock.isTimed, false);
  equal(clock.dueMs(500), -Infinity);
  clock.arrived(100, 1000);
  equal(clock.dueMs(500), 1200);
  clock.arrived(300, 1500);
  equal(clock.dueMs(500), 1200);
});

Deno.test("playback clock moves back when frames would wait too long, because the first came late", () => {
  const clock = new PlaybackClock(1);
  clock.arrived(0, 1500, 100);
  clock.arrived(200, 1500, 100);
  equal(clock.dueMs(200), 1600);
});

Deno.test("playback clock at rate 0 times nothing", () => {
  const clock = new PlaybackClock(0);
  clock.arrived(0, 1000);
  equal(clock.isTimed, false);
  clock.play(1000);
  equal(clock.dueMs(500), -Infinity);
});

Deno.test("playback clock is where a change at a shared time leaves it", () => {
  const clock = new PlaybackClock(1);
  clock.play(1000);
  equal(clock.point(1400).positionMs, 400);
  clock.setRate(2, 1400);
  equal(clock.point(1500).positionMs, 600);
  clock.pause(1500);
  equal(clock.point(9000).positionMs, 600);
  equal(clock.isPaused, true);
  clock.seek(5000, 9000);
  equal(clock.point(9500).positionMs, 5000);
  clock.play(10_000);
  equal(clock.point(10_100).positionMs, 5200);
});

Deno.test("playback clock without a time stays at what was shown, and its next frame begins it", () => {
  const clock = peer();
  clock.reached(40);
  clock.pause();
  equal(clock.positionMs, 40);
  clock.play();
  equal(clock.isTimed, false);
  clock.arrived(40, 3000);
  equal(clock.point(3010).positionMs, 50);
});

Deno.test("playback clock tells how far it is from a peer's, whenever that one said where it was", () => {
  const here = peer();
  const there = peer();
  equal(here.offsetMs(there.point(1800)), 0);
  here.delay(250);
  equal(here.offsetMs(there.point(2000)), -250);
  equal(there.offsetMs(here.point(2000)), 250);
  there.pause(2000);
  equal(here.offsetMs(there.point(3000)), 750);
});

Deno.test("playback clock refuses a rate that goes back or nowhere", () => {
  for (const rate of [-1, NaN, Infinity]) {
    throws(() => new PlaybackClock(rate), { name: "UsageError" });
    throws(() => peer().setRate(rate), { name: "UsageError" });
  }
});

Deno.test("playback clock keeps a time that a change has set, whatever frames arrive when", () => {
  const clock = new PlaybackClock(1);
  clock.seek(5_000, 2_000);
  clock.arrived(5_000, 1_700, 100);
  clock.arrived(5_000, 9_000, 100);
  equal(clock.dueMs(5_100), 2_100);
  clock.seek(0);
  clock.arrived(0, 3_000);
  equal(clock.dueMs(100), 3_100, "a change without a time begins by a frame again");
});
