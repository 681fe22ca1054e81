/** What arrives while a device is just beginning or just finishing to read: nothing is lost between two moments (SR-24). */

import { deepEqual } from "node:assert/strict";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { openPair, openTalk, type TestClient } from "../../kit/test_client.ts";

/** Lets something happen while the server is being asked for conversations for the `which`th time. */
function atList(which: number, action: () => Promise<unknown>): Hooks {
  let count = 0;
  return {
    up({ header, payload }, pass) {
      if (header.kind !== "relay.list" || ++count !== which) return pass(header, payload);
      action().then(() => pass(header, payload));
    },
  };
}

/** Makes a client renew its keys the next time that it sends. */
function age(client: TestClient): void {
  client.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
}

Deno.test("SR-24: what an earlier subscription pushes does not make what came before it look read", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  // The first sync asks twice; the third list is the one before the second subscription.
  await bob.connect({ middle: atList(3, () => alice.say(bob, "two")) });
  await bob.client.sync();
  // Pushed to a connection on which nobody reads now.
  age(alice);
  await alice.say(bob, "one");
  await bob.client.sync();
  await bob.client.sync();
  deepEqual((await bob.received()).slice(1), ["one", "two"]);
  deepEqual([bob.stateWith(alice), await bob.notices()], ["active", []]);
});

Deno.test("SR-24: a conversation that begins while a device catches up is come into by its Welcome", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  // The first list comes before the mailbox, the second when all of it was read.
  await bob.connect({ middle: atList(2, () => alice.say(bob, "first of all")) });
  await bob.client.sync();
  await bob.client.sync();
  await alice.client.sync();
  await bob.say(alice, "I see");
  await alice.client.sync();
  deepEqual(await bob.received(), ["first of all"]);
  deepEqual(await alice.received(), ["I see"]);
  deepEqual([await alice.notices(), await bob.notices()], [[], []]);
});
