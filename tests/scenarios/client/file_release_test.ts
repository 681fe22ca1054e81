/** What a server holds of a file that nobody will have any more is given back to it, whenever it was given up. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { StorageError } from "../../../lib/base/errors.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { openSenders, type Senders } from "../../kit/file_senders.ts";

const SIZE = 1_000_000;

/** Names of what the server holds. */
function spooled(scene: Senders): readonly string[] {
  return [...Deno.readDirSync(join(scene.pair.world.server.folder, "spool"))].map((one) =>
    one.name
  );
}

/** All of a file is at the server, and the receiver is away. */
async function stored(scene: Senders): Promise<void> {
  const { alice, bob } = scene;
  await scene.write("big", systemRandom.bytes(SIZE));
  await bob.test.disconnect();
  alice.work();
  await scene.offer("big");
  await scene.until(async () => (await alice.states())[0] === "uploaded");
  ok(spooled(scene).length > 0);
}

Deno.test("what is cancelled without a connection is released at the next one", async () => {
  await using scene = await openSenders();
  const { alice } = scene;
  await stored(scene);
  await alice.restart();
  await alice.client.transfers.cancel((await alice.transfers())[0]);
  await alice.restart();
  await alice.back();
  await scene.until(() => spooled(scene).length === 0);
  deepEqual(await alice.states(), ["cancelled"]);
});

Deno.test("what is cancelled between two tasks of a transfer is released", async () => {
  await using scene = await openSenders();
  const { alice } = scene;
  await stored(scene);
  // The runner has not looked since: nothing waits for the next word of this transfer.
  await alice.client.transfers.cancel((await alice.transfers())[0]);
  await scene.until(() => spooled(scene).length === 0);
});

Deno.test("what a server cannot release now is released at the next connection", async () => {
  await using scene = await openSenders();
  const { alice } = scene;
  await stored(scene);
  const { store } = scene.pair.world.server.parts;
  const releaseUpload = store.releaseUpload.bind(store);
  let refused = 0;
  store.releaseUpload = () => {
    refused++;
    return Promise.reject(new StorageError("busy", "Another process writes for long"));
  };
  await alice.client.transfers.cancel((await alice.transfers())[0]);
  await scene.until(() => refused > 0);
  store.releaseUpload = releaseUpload;
  await alice.restart();
  await alice.back();
  await scene.until(() => spooled(scene).length === 0);
  equal(refused, 1, "once for each connection");
});
