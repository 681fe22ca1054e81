import { equal } from "node:assert/strict";
import { Silence, SILENCE_MS } from "../../../../lib/client/streams/live_counts.ts";

Deno.test("a stream is silent from its first unit on only, is told to be, and is over in the end", () => {
  const silence = new Silence();
  equal(silence.state(1e6), undefined);
  silence.came(0);
  equal(silence.state(5_000), undefined);
  equal(silence.state(5_001), "silence");
  silence.came(6_000);
  equal(silence.state(6_001), undefined);
  equal(silence.state(6_000 + SILENCE_MS), "silence");
  equal(silence.state(6_001 + SILENCE_MS), "over");
});

Deno.test("nobody is silent whose connection is lost, and after it the time begins anew", () => {
  const silence = new Silence();
  silence.paused("own", 0);
  equal(silence.state(1e6), "own");
  silence.paused(undefined, 1e6);
  equal(silence.state(1e6), undefined);
  silence.came(0);
  silence.paused("sender", 10);
  equal(silence.state(1e6), "sender");
  silence.paused(undefined, 1e6);
  equal(silence.state(1e6 + 5_000), undefined);
  equal(silence.state(1e6 + 5_001), "silence");
});

Deno.test("a pause that is over within a quarter of a second was none", () => {
  const silence = new Silence();
  silence.came(0);
  silence.paused("sender", 1_000);
  equal(silence.state(1_249), undefined);
  silence.paused("own", 1_100);
  equal(silence.state(1_250), "own");
  silence.paused(undefined, 1_300);
  equal(silence.state(1_300), undefined);
});

Deno.test("a stream says when it is silent next, and nothing while only news can change that", () => {
  const silence = new Silence();
  equal(silence.changesAtMs(0), undefined);
  silence.came(100);
  equal(silence.changesAtMs(100), 5_101);
  equal(silence.changesAtMs(5_101), 101 + SILENCE_MS);
  silence.paused("own", 6_000);
  equal(silence.changesAtMs(6_000), 6_250);
  equal(silence.changesAtMs(6_250), undefined);
  // At each of these moments it is another one, and before it is not.
  silence.paused(undefined, 7_000);
  for (const nowMs of [7_000, 12_001]) {
    const atMs = silence.changesAtMs(nowMs) ?? 0;
    equal(silence.state(atMs - 1), silence.state(nowMs));
    equal(silence.state(atMs) === silence.state(nowMs), false);
  }
});
