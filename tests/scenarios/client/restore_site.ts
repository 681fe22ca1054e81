/** A server that is backed up and restored under two people who talk. */

import { join } from "node:path";
import { makeBackup } from "../../../lib/server/backup/making.ts";
import { restoreBackup } from "../../../lib/server/backup/restoring.ts";
import { type TestClient, World } from "../../kit/test_client.ts";

/** Two people at a server that is restored. */
export interface Site extends AsyncDisposable {
  readonly world: World;
  readonly alice: TestClient;
  readonly bob: TestClient;
  backUp(): Promise<void>;
  /** Puts the last backup in the place of the server's data; nobody is connected then. */
  restore(): Promise<void>;
}

/** Alice and bob, in one conversation, on a server that can be backed up. */
export async function openSite(): Promise<Site> {
  await using opening = new AsyncDisposableStack();
  await Deno.mkdir("tests/tmp", { recursive: true });
  const scratch = await Deno.realPath(await Deno.makeTempDir({ dir: "tests/tmp" }));
  opening.defer(() => Deno.remove(scratch, { recursive: true }));
  const data = join(scratch, "data");
  await Deno.mkdir(data);
  const world = opening.use(await World.openAt(data));
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  await alice.say(bob, "hello bob");
  await settle(bob, alice);
  await bob.say(alice, "hello alice");
  await settle(alice, bob);
  let backups = 0;
  const backup = () => join(scratch, `${backups}.tar`);
  const owned = opening.move();
  return {
    world,
    alice,
    bob,
    async backUp() {
      backups++;
      await world.whileStopped(async (dataFolder) => {
        await makeBackup(backup(), { dataFolder, configFile: "none", nowMs: world.clock.nowMs() });
      });
      for (const client of [alice, bob]) await client.connect();
    },
    async restore() {
      await world.whileStopped(async (dataFolder) => {
        await Deno.remove(dataFolder, { recursive: true });
        await Deno.mkdir(dataFolder, { mode: 0o700 });
        await restoreBackup(backup(), dataFolder);
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everybody reads and answers, as often as answers need. */
export async function settle(...clients: TestClient[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const { client } of clients) await client.sync();
}
