import { deepEqual, equal } from "node:assert/strict";
import { decodeLimits } from "../../../../lib/media/library/timeline_scan.ts";

Deno.test("a decode has twenty times the length of its video, and longer without a picture where many are passed over", () => {
  deepEqual(decodeLimits(7_200_000), { timeLimitMs: 144_060_000, stallLimitMs: 30_000 });
  equal(decodeLimits(undefined).timeLimitMs, 12_060_000);
  // The last picture of two hours, by a decode from the beginning at ten a second.
  equal(decodeLimits(7_200_000, 172_800).stallLimitMs, 17_310_000);
});
