/** A server whose disk is full refuses what would be written, loses nothing, and goes on by itself when there is room. */

import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Refusal, StorageError } from "../../../lib/base/errors.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { fullStore } from "../../kit/full_disk.ts";
import { type TestClient, World } from "../../kit/test_client.ts";
import { found, infoOf } from "../../kit/town.ts";

async function openSite() {
  let isFull = false;
  const world = await World.open({ wrapStore: (store) => fullStore(store, () => isFull) });
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  await alice.say(bob, "hello bob");
  await settle(bob, alice);
  return {
    world,
    alice,
    bob,
    setFull: (full: boolean) => isFull = full,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

async function settle(...clients: TestClient[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const { client } of clients) await client.sync();
}

Deno.test("a text to a server with a full disk is refused by name, kept, and sent once when there is room", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await alice.say(bob, "before");
  site.setFull(true);
  const id = await alice.client.write(bob.account, "while it was full");
  const [held] = await alice.client.flush();
  ok(held.error instanceof Refusal);
  equal(held.error.code, "storage-full");
  equal(alice.client.deliveryOf(id), "sealed");
  // Asking again does not make it two.
  await alice.client.flush();
  site.setFull(false);
  await alice.client.flush();
  equal(alice.client.deliveryOf(id), "sent");
  await alice.say(bob, "after");
  await settle(bob, alice);
  deepEqual((await bob.received()).slice(1), ["before", "while it was full", "after"]);
  equal(alice.client.deliveryOf(id), "delivered");
});

Deno.test("who signs in to a server with a full disk reads what waits, and is not told of it again later", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await bob.disconnect();
  for (const text of ["one", "two"]) await alice.say(bob, text);
  site.setFull(true);
  await bob.restart();
  await bob.connect({ keyPackages: 0 });
  await bob.client.sync();
  deepEqual((await bob.received()).slice(1), ["one", "two"]);
  site.setFull(false);
  // The acknowledgements were lost, so all of it comes once more.
  await bob.connect();
  await settle(bob, alice);
  deepEqual((await bob.received()).slice(1), ["one", "two"]);
  deepEqual(await bob.notices(), []);
});

Deno.test("an invitation that a server with a full disk refuses goes out when there is room", async () => {
  await using site = await openSite();
  const { world, alice, bob } = site;
  const carol = await (await world.client("carol", 2)).connect();
  const room = await found(alice, [bob]);
  await settle(bob, alice);
  site.setFull(true);
  const contact = await alice.client.findContact("carol");
  await alice.client.rooms.invite(await infoOf(alice, room), contact);
  site.setFull(false);
  await settle(alice, carol);
  await settle(carol, alice);
  deepEqual([...(await infoOf(alice, room)).members.keys()].toSorted(), ["alice", "bob", "carol"]);
  deepEqual(await alice.notices(), ["members-changed", "members-changed"]);
});

/** A store of which a call fails as of a database that is away, while `isAway`. */
function awayFrom(name: keyof Store) {
  const away = { isAway: false };
  const wrapStore = (store: Store) =>
    new Proxy(store, {
      get(target, called) {
        const value = Reflect.get(target, called);
        if (called !== name) return typeof value === "function" ? value.bind(target) : value;
        return (...args: unknown[]) =>
          away.isAway
            ? Promise.reject(new StorageError("unreachable", "gone"))
            : value.apply(target, args);
      },
    });
  return { away, wrapStore };
}

Deno.test("a conversation whose beginning cannot be checked since the database is away is taken up later", async () => {
  const { away, wrapStore } = awayFrom("findAccount");
  await using world = await World.open({ wrapStore });
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  await alice.say(bob, "hello bob");
  away.isAway = true;
  await rejects(bob.client.sync(), { code: "internal" });
  away.isAway = false;
  await bob.connect();
  await bob.client.sync();
  deepEqual(await bob.received(), ["hello bob"]);
});

Deno.test("a conversation that is come into without its key package is come into later when the database is away", async () => {
  const { away, wrapStore } = awayFrom("findGroup");
  await using world = await World.open({ wrapStore });
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  bob.client.profile.database.command("DELETE FROM key_package").run();
  await alice.say(bob, "nobody reads this");
  away.isAway = true;
  await rejects(bob.client.sync(), { code: "internal" });
  away.isAway = false;
  await bob.connect();
  await settle(bob, alice);
  await alice.say(bob, "and now?");
  await settle(alice, bob);
  ok((await bob.received()).includes("and now?"));
});
