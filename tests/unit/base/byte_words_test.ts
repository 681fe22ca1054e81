import assert from "node:assert/strict";
import { formatBytes, formatBytesOf } from "../../../lib/base/byte_words.ts";

Deno.test("sizes are said in decimal units, small ones to the byte", () => {
  const said = [0, 4097, 9999, 10_000, 12_345, 999_499, 999_950, 1_500_000, 2_000_000_000]
    .map(formatBytes);
  assert.deepEqual(said, [
    "0 B",
    "4,097 B",
    "9,999 B",
    "10.0 kB",
    "12.3 kB",
    "999 kB",
    "1.0 MB",
    "1.5 MB",
    "2.0 GB",
  ]);
});

Deno.test("a part is said in the unit of all, with as many digits", () => {
  assert.equal(formatBytesOf(156_000_000, 300_000_000), "156/300 MB");
  assert.equal(formatBytesOf(156_000, 3_000_000), "0.2/3.0 MB");
  assert.equal(formatBytesOf(12, 4_097), "12/4,097 B");
  assert.equal(formatBytesOf(0, 0), "0/0 B");
});
