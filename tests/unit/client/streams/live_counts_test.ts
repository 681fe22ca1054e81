import { deepEqual, equal } from "node:assert/strict";
import { LiveCounts } from "../../../../lib/client/streams/live_counts.ts";

const picture = (index: number, ptsMs: number) => ({
  ...{ index, ptsMs, jpeg: new Uint8Array(0), widthPx: 16, heightPx: 16, sizeBytes: 0 },
});

Deno.test("SR-63: a picture that goes back, in number or in time, does not count", () => {
  const counts = new LiveCounts();
  const came = (index: number, ptsMs: number) => counts.came(picture(index, ptsMs), ptsMs + 5);
  equal(came(0, 0), true);
  equal(came(3, 300), true);
  equal(came(3, 400), false);
  equal(came(2, 400), false);
  equal(came(4, 299), false);
  equal(came(4, 300), true);
  const { received, lost } = counts;
  deepEqual({ received, lost }, { received: 3, lost: 2 });
});
