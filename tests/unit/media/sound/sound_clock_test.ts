import { equal } from "node:assert/strict";
import { PictureLateness, SoundClock } from "../../../../lib/media/sound/sound_clock.ts";

Deno.test("a clock of sound says nothing before three readings, and then the one in the middle", () => {
  const clock = new SoundClock(1000);
  clock.add({ heardMs: -5, atMs: 0 });
  clock.add({ heardMs: 100, atMs: 5_100 });
  clock.add({ heardMs: 200, atMs: 5_203 });
  equal(clock.originMs, undefined);
  clock.add({ heardMs: 300, atMs: 5_390 });
  equal(clock.originMs, 4_003);
});

Deno.test("a clock of sound follows a card that is slow, and no single reading that is off", () => {
  const clock = new SoundClock(0);
  for (let i = 1; i <= 100; i++) {
    // One part in a thousand, and every tenth reading is 40 ms off.
    clock.add({ heardMs: i * 100, atMs: i * 100.1 + (i % 10 === 0 ? 40 : 0) });
  }
  const origin = clock.originMs ?? NaN;
  equal(Math.abs(origin - 9.6) < 1, true, `${origin}`);
});

Deno.test("sound waits for pictures that are late for a second, or behind a stall, and for no single one", () => {
  const lateness = new PictureLateness();
  equal(lateness.add(500, 0), false);
  equal(lateness.add(10, 500), false);
  equal(lateness.add(31, 1_000), false);
  equal(lateness.add(31, 1_990), false);
  equal(lateness.add(31, 2_000), true);
  lateness.reset();
  equal(lateness.add(29, 3_000, true), false);
  equal(lateness.add(500, 3_100, true), true);
});
