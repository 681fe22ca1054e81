import { deepEqual } from "node:assert/strict";
import { clockWords, speedWords } from "../../../lib/app/video_list.ts";

Deno.test("a moment of a video and its speed are said in one form wherever it is watched", () => {
  deepEqual([-1, 5_900, 3_725_000].map(clockWords), ["0:00", "0:05", "1:02:05"]);
  deepEqual([1, 0, 2, 1.5625].map(speedWords), [undefined, "every frame", "2×", "1.56×"]);
});
