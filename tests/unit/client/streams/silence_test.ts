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
