import { deepEqual } from "node:assert/strict";
import { newStreamId } from "../../../../lib/base/ids.ts";
import { systemRandom } from "../../../../lib/base/random.ts";
import { type LiveNow, LiveStreams } from "../../../../lib/client/streams/live_now.ts";

Deno.test("live media runs while a stream is watched that comes, or is sent to somebody", () => {
  const live = new LiveStreams();
  const id = newStreamId(systemRandom);
  const states: (LiveNow | undefined)[] = [
    undefined,
    {},
    { pause: "sender" },
    { watchers: 0 },
    { watchers: 2 },
    undefined,
  ];
  const running = states.map((now) => {
    live.set(id, now);
    return live.isRunning;
  });
  deepEqual(running, [false, true, false, false, true, false]);
});
