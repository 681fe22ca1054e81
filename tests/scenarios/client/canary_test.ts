/** What a person types stays where it belongs (SR-55): the client's profile, and the server's folder. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { register } from "../../../lib/client/account/registration.ts";
import { findInFolder } from "../../kit/canary.ts";
import { openSenders } from "../../kit/file_senders.ts";
import { Machine } from "../../kit/machine.ts";
import { World } from "../../kit/test_client.ts";
import { found, infoOf, settle, town } from "../../kit/town.ts";

const canary = (what: string) => `canary-${what}-${encodeHex(systemRandom.bytes(6))}`;

Deno.test("SR-55: no text, password or recovery code is in a profile or on the server in any form", async () => {
  await using world = await World.open();
  const bob = await (await world.client("bob", 1)).connect();
  await using alice = await Machine.open(world, 0);
  const password = canary("password");
  const handshake = await world.greet();
  await register(handshake, alice.keeper, {
    ...alice.options,
    name: "alice",
    password,
    token: undefined,
  });
  await alice.keeper.keys.remember(password);
  const client = await alice.connect(await alice.signIn("alice", password, handshake));
  const { account } = await client.findContact("bob");

  const texts = ["sent", "sealed", "draft", "reply"].map(canary);
  const [sent, sealed, draft, reply] = texts;
  await client.write(account, sent);
  await client.flush();
  await bob.client.sync();
  await bob.say(client.profile.own, reply);
  await client.sync();
  await client.messenger.history.search(sent);
  // What waits in the outbox and among the drafts is on disk too.
  const middle = await world.greet({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind !== "relay.send") pass(header, payload);
      },
    },
  });
  await client.close();
  await client.connect(middle);
  await client.write(account, sealed);
  client.flush().catch(() => {});
  while (client.messenger.outbox.after(0, 1).length === 0) await world.clock.advance(1);
  await client.write(account, draft);
  await client.close();

  const code = alice.recoveryCode;
  const secrets = [...texts, password, code, code.replaceAll("-", "")];
  assert(code.length > 20);
  for (const folder of [alice.keeper.folder, bob.folder, world.server.folder]) {
    for (const secret of secrets) assert.deepEqual(findInFolder(folder, secret), [], secret);
  }
});

Deno.test("SR-55: no name, folder or content of a file is on the server or in a profile in any form", async () => {
  await using scene = await openSenders();
  const { alice, bob, pair } = scene;
  const [name, folder, content, waiting] = ["name", "folder", "content", "waiting"].map(canary);
  await scene.write(`${folder}/${name}.txt`, utf8(content.repeat(3000)));
  await scene.write(`${waiting}.txt`, utf8(content));
  alice.work();
  bob.work();
  await scene.offer(folder);
  await scene.accept();
  await scene.until(async () => (await alice.states())[0] === "done");
  // What waits for somebody who is away lies at the server in full.
  await bob.rest();
  await pair.bob.disconnect();
  await scene.offer(`${waiting}.txt`);
  await scene.until(async () => (await alice.states())[1] === "uploaded");
  for (const place of [pair.world.server.folder, pair.alice.folder, pair.bob.folder]) {
    for (const secret of [name, folder, content, waiting]) {
      assert.deepEqual(findInFolder(place, secret), [], secret);
    }
  }
});

Deno.test("SR-55: no name or topic of a room is on the server or in a profile in any form", async () => {
  await using place = await town(2);
  const { alice, bob, world } = place;
  const [name, topic] = ["room", "topic"].map(canary);
  const room = await found(alice, [bob], { name, topic });
  await settle(alice, bob);
  const { name: shown } = await infoOf(bob, room);
  assert.equal(shown, name, "it is known where it should be");
  for (const folder of [world.server.folder, alice.folder, bob.folder]) {
    for (const secret of [name, topic]) assert.deepEqual(findInFolder(folder, secret), [], secret);
  }
});
