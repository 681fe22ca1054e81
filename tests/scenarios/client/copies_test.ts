/** Two live copies of one profile: the keys of one of them are used by the other as well (SR-23). */

import assert from "node:assert/strict";
import { join } from "node:path";
import { openTalk } from "../../kit/test_client.ts";

Deno.test("SR-23: a text of one live copy of a profile is not held for ever by what the other one said", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await alice.disconnect();
  alice.keeper.close();
  const folder = await world.folder();
  for await (const { name } of Deno.readDir(alice.folder)) {
    await Deno.copyFile(join(alice.folder, name), join(folder, name));
  }
  await alice.restart();
  const copy = await world.open(folder);
  await alice.connect();
  await copy.connect();
  await copy.say(bob, "from the copy");
  const id = await alice.say(bob, "from the first");
  for (let round = 0; round < 3; round++) {
    await alice.connect();
    await alice.client.flush();
    await alice.client.sync();
    await bob.client.sync();
  }
  assert.match(alice.client.deliveryOf(id) ?? "", /sent|delivered/);
  assert.deepEqual((await bob.received()).slice(1), ["from the copy", "from the first"]);
  assert.equal((await alice.notices()).includes("copied"), true);
});
