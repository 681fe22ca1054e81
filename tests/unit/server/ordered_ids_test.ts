/** Pages of ordered ids. */

import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { OrderedIds } from "../../../lib/server/presence/ordered_ids.ts";

Deno.test("ordered ids are a sorted set, read in pages from anywhere", () => {
  const id = fc.string({ maxLength: 3 });
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.boolean(), id), { maxLength: 60 }),
    fc.option(id, { nil: undefined }),
    (steps, after) => {
      const ids = new OrderedIds<string>();
      const model = new Set<string>();
      for (const [isAdded, one] of steps) {
        if (isAdded) ids.add(one);
        else ids.remove(one);
        if (isAdded) model.add(one);
        else model.delete(one);
      }
      const sorted = [...model].sort();
      const later = sorted.filter((one) => after === undefined || one > after);
      deepEqual(ids.after(after, 4), later.slice(0, 4));
      deepEqual(ids.after(undefined, 100), sorted);
    },
  ));
});
