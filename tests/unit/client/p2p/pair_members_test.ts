import { deepEqual, equal } from "node:assert/strict";
import { PairMembers } from "../../../../lib/client/p2p/pair_members.ts";
import { PAIR_MIGRATIONS } from "../../../../lib/client/p2p/sequencer.ts";
import { ONE_TIME_KEY_PACKAGES_MAX } from "../../../../lib/protocol/limits.ts";
import { Database } from "../../../../lib/storage/database.ts";
import { temporaryDatabase } from "../../server/store_kit.ts";
import { ownPeer } from "./peers_kit.ts";

const packages = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => new Uint8Array([from + i]));

Deno.test("SR-30: of a pair's key packages each is taken once, but for the last resort, which is replaced", async () => {
  await using file = await temporaryDatabase();
  using database = Database.open(file.path, { migrations: PAIR_MIGRATIONS });
  const members = new PairMembers(database);
  const own = await ownPeer("julia", 1);
  members.put({ ...own, identity: own.identity.key.fingerprint });
  const take = () => members.takeKeyPackage(own.account)?.[0];
  equal(take(), undefined);
  members.publish(own.account, packages(3), true);
  deepEqual(members.count(own.account), { oneTime: 2, lastResort: true });
  deepEqual([take(), take(), take(), take()], [0, 1, 2, 2]);
  members.publish(own.account, packages(1, 7), true);
  deepEqual(members.count(own.account), { oneTime: 0, lastResort: true });
  equal(take(), 7);
  members.publish(own.account, packages(ONE_TIME_KEY_PACKAGES_MAX + 2, 50), false);
  deepEqual(members.count(own.account).oneTime, ONE_TIME_KEY_PACKAGES_MAX);
  equal(take(), 52, "the newest are kept");
});
