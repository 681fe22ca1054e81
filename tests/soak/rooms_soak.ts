/**
 * Thirty people in a room who come and go, are put out and come back, start anew and commit at the same moment, drawn from
 * a seed. In the end who stayed has read everything of their time, and who was put out nothing more.
 *
 *     deno task soak rooms                  300 steps for each of seeds 1 to 3
 *     SOAK_STEPS=2000 SOAK_SEED=7 deno task soak rooms
 *
 * Whole clients and a whole server in one process, over memory links and on a false clock.
 */

import { RoomWalk } from "../kit/room_walk.ts";

const STEPS = Number(Deno.env.get("SOAK_STEPS") ?? 300);
const SEED = Deno.env.get("SOAK_SEED");
const PEOPLE = Number(Deno.env.get("SOAK_PEOPLE") ?? 30);

for (const seed of SEED === undefined ? [1, 2, 3] : [Number(SEED)]) {
  await using walk = await RoomWalk.open({ count: PEOPLE, seed });
  await walk.run(STEPS);
  await walk.quiesce();
  await walk.judge();
  console.log(`rooms: seed ${seed}, ${STEPS} steps: ${JSON.stringify(walk.counts)}`);
}
