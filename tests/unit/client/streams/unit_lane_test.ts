/** Units that come in parts. */

import { deepEqual, equal } from "node:assert/strict";
import { type PartPlace, UnitJoiner } from "../../../../lib/client/streams/unit_lane.ts";

const part = new Uint8Array(4).fill(7);

/** Whole units that came of these parts, and how many were refused. */
function join(places: readonly PartPlace[]): { units: number[]; malformed: number } {
  const refused = { malformed: 0 };
  const joiner = new UnitJoiner(refused);
  const units = places.flatMap((place) => joiner.take(place, part)?.unit ?? []);
  equal(joiner.takenBytes, places.length * part.length);
  return { units, malformed: refused.malformed };
}

Deno.test("a unit comes whole out of its parts", () => {
  const places = [0, 4, 8].map((offset) => ({ unit: 3, size: 12, offset }));
  deepEqual(join(places), { units: [3], malformed: 0 });
});

Deno.test("a unit whose sender stopped in the midst of it is lost, and nothing is malformed", () => {
  deepEqual(join([{ unit: 1, size: 8, offset: 0 }, { unit: 2, size: 4, offset: 0 }]), {
    units: [2],
    malformed: 0,
  });
});

Deno.test("SR-65: who stops does so once: the next unit without an end is malformed", () => {
  const cut = [1, 2, 3].map((unit) => ({ unit, size: 8, offset: 0 }));
  deepEqual(join([...cut, { unit: 4, size: 4, offset: 0 }]), { units: [4], malformed: 2 });
});

Deno.test("parts that do not follow one another are refused, once for each unit", () => {
  const gap = [0, 8, 12].map((offset) => ({ unit: 1, size: 16, offset }));
  deepEqual(join([...gap, { unit: 2, size: 4, offset: 0 }]), { units: [2], malformed: 1 });
  deepEqual(join([{ unit: 1, size: 2, offset: 0 }]), { units: [], malformed: 1 });
});
