/**
 * The store as two nodes of a server use it: two pools on one database, and devices that all act at once over either, with calls
 * delayed, reordered, made again, and answers lost after the commit. What then stands in the database must be what one node could
 * have made of these calls in some order (`store_history.ts`). `SLOW=1` runs many times as many.
 */

import assert from "node:assert/strict";
import { PostgresStore } from "../../../lib/server/store/postgres/postgres_store.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { copyToFile } from "../../kit/postgres_copy.ts";
import { seeded } from "../../kit/seeded.ts";
import { checkHistory } from "../../kit/store_history.ts";
import { live, openWorld } from "../../kit/store_world.ts";
import { TOLD, toldOf } from "../../kit/store_told.ts";
import { openTwoStores } from "../../kit/two_processes.ts";
import { temporaryDatabase } from "../../unit/server/store_kit.ts";

const SEEDS = Deno.env.get("SLOW") === "1" ? 40 : 2;
/** Which call comes first is up to the system: what no caller was told in the first runs one is told in the next ones. */
const MOST_SEEDS = Math.max(SEEDS, 20);
const STEPS = 80;

Deno.test(postgresTest(
  "SR-20, SR-21, SR-54: two nodes on one database keep every rule, whatever is lost or made again",
  async (server) => {
    const told = new Set<string>();
    const untold = () => TOLD.filter((one) => !told.has(one));
    for (let seed = 1; seed <= SEEDS || (untold().length > 0 && seed <= MOST_SEEDS); seed++) {
      const address = server.newAddress();
      await using database = await server.open(address);
      await using two = await openTwoStores(async () =>
        new PostgresStore(await server.connect(address))
      );
      const world = await openWorld(two.stores[0]);
      await live(world, {
        steps: STEPS,
        chanceOf: (device) => seeded(seed * 1000 + device),
        callerOf: (draw) => two.caller(draw),
      });
      await two.settled();
      await using file = await temporaryDatabase();
      await copyToFile(database, file.path);
      try {
        checkHistory(file.path, two);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      for (const one of toldOf(two)) told.add(one);
    }
    assert.deepEqual(untold(), []);
  },
));
