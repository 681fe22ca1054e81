/** Random walks through a room, a few short ones; `deno task soak rooms` takes the long ones. */

import assert from "node:assert/strict";
import { RoomWalk } from "../../kit/room_walk.ts";

/** Each its own story. What a seed found that failed stands by its name in rooms_test.ts. */
for (const seed of [2, 9]) {
  Deno.test(`SR-33, SR-34: who stays reads all of their time, who is put out nothing more (seed ${seed})`, async () => {
    await using walk = await RoomWalk.open({ count: 5, seed });
    await walk.run(40);
    await walk.quiesce();
    await walk.judge();
    const { texts, invited, removed, atOnce } = walk.counts;
    assert(texts > 2 && invited > 0 && removed > 0 && atOnce > 0, JSON.stringify(walk.counts));
  });
}
