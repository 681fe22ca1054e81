import { deepEqual, equal } from "node:assert/strict";
import { Histogram } from "../../../lib/base/histogram.ts";

Deno.test("each value is counted at the first bound that it is not above, and above all bounds in the total alone", () => {
  const histogram = new Histogram([1, 10, 100]);
  for (const value of [0, 1, 1.5, 10, 99, 101]) histogram.observe(value);
  deepEqual(histogram.counts, [2, 2, 1]);
  equal(histogram.total, 6);
  equal(histogram.sum, 212.5);
});
