import { equal } from "node:assert/strict";
import fc from "fast-check";
import { editDistance } from "../../../lib/base/edit_distance.ts";

Deno.test("distance counts letters to insert, remove, replace, or swap with their neighbour", () => {
  for (
    const [left, right, distance] of [
      ["", "", 0],
      ["", "abc", 3],
      ["watch", "watch", 0],
      ["watc", "watch", 1],
      ["watchh", "watch", 1],
      ["wutch", "watch", 1],
      ["wacth", "watch", 1],
      ["kitten", "sitting", 3],
      // Optimal string alignment: nothing is changed between two that were swapped.
      ["ca", "abc", 3],
    ] as const
  ) equal(editDistance(left, right), distance, `${left} ${right}`);
});

Deno.test("distance is the same from both sides, and at most the longer word", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(fc.property(word, word, (left, right) => {
    const distance = editDistance(left, right);
    equal(distance, editDistance(right, left));
    equal(distance <= Math.max(left.length, right.length), true);
    equal(distance === 0, left === right);
  }));
});
