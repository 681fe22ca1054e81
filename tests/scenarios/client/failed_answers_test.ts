/** A server that does what an account asks for and then fails: its answer is no clear no, and no key is given up for it. */

import assert from "node:assert/strict";
import { type AccountId, roomHandle } from "../../../lib/base/ids.ts";
import { StorageError } from "../../../lib/base/errors.ts";
import { Client } from "../../../lib/client/client.ts";
import { changePassword } from "../../../lib/client/account/password_change.ts";
import { isUnconfirmed } from "../../../lib/client/profile/account_secrets.ts";
import { resetIdentity } from "../../../lib/client/recovery/recovery.ts";
import type { CallName, Store } from "../../../lib/server/store/store.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { readyIdentity } from "../../kit/profiles.ts";
import { World } from "../../kit/test_client.ts";
import { found, say, settle } from "../../kit/town.ts";

/** How a call fails: after it was done, or before. */
type Failing =
  | {
    readonly call: CallName;
    readonly isDone: boolean;
    readonly seen?: (argument: unknown) => void;
  }
  | undefined;

/** A world whose store fails as `failing.now` says. */
async function openWorld() {
  const failing: { now: Failing } = { now: undefined };
  const wrapStore = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          const { now } = failing;
          if (now?.call !== name) return await value.apply(target, args);
          now.seen?.(args[0]);
          if (now.isDone) await value.apply(target, args);
          throw new StorageError("failed", "the disk does not answer");
        };
      },
    });
  return { world: await World.open({ wrapStore }), failing };
}

Deno.test("an account that was made by a server that failed then can be signed in to", async () => {
  const { world, failing } = await openWorld();
  await using _ = world;
  await using alice = await Machine.open(world, 0);
  failing.now = { call: "createAccount", isDone: true };
  await alice.register("alice");
  failing.now = undefined;
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});

Deno.test("an account that a failing server has not made can be made later in the same profile", async () => {
  const { world, failing } = await openWorld();
  await using _ = world;
  await using alice = await Machine.open(world, 0);
  failing.now = { call: "createAccount", isDone: false };
  await assert.rejects(alice.register("alice"), { name: "Refusal", code: "internal" });
  assert.equal(alice.keeper.hasAccount, false);
  failing.now = undefined;
  await alice.register("alice");
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});

for (const isDone of [true, false]) {
  Deno.test(`SR-45: a new password that a server ${isDone ? "took" : "did not take"} and then failed locks nobody out`, async () => {
    const { world, failing } = await openWorld();
    await using _ = world;
    await using alice = await Machine.open(world, 0);
    await alice.register("alice");
    await alice.keeper.keys.remember(PASSWORD);
    const { own } = await alice.keeper.unlock();
    const next = "battery staple";
    failing.now = { call: "replacePassword", isDone };
    await assert.rejects(
      changePassword(await world.greet(), alice.keeper, { own, old: PASSWORD, next }),
      { name: "Refusal", code: "internal" },
    );
    failing.now = undefined;
    const holds = isDone ? next : PASSWORD;
    assert.equal((await alice.signIn("alice", holds)).signedIn.linked, true);
    assert.notEqual(await alice.keeper.unlockByPassword(holds), undefined);
  });

  Deno.test(`a new identity that a server ${isDone ? "took" : "did not take"} and then failed is settled at the next sign-in`, async () => {
    const { world, failing } = await openWorld();
    await using _ = world;
    await using alice = await Machine.open(world, 0);
    await alice.register("alice");
    const entered = await alice.signIn("alice");
    const next = { ...entered, ...alice.options, previous: entered.own?.identity };
    failing.now = { call: "replaceIdentity", isDone };
    await assert.rejects(resetIdentity({ ...next, makeIdentity: () => readyIdentity(2) }), {
      name: "Refusal",
      code: "internal",
    });
    failing.now = undefined;
    await entered.handshake.link.close();
    const profile = await alice.keeper.unlockByPassword(PASSWORD);
    assert(profile !== undefined && isUnconfirmed(profile.database));
    await using client = new Client(profile);
    if (isDone) await client.connect(await world.greet());
    else await assert.rejects(client.connect(await world.greet()), { code: "device-refused" });
    assert.equal(isUnconfirmed(profile.database), false);
    assert.equal((await alice.signIn("alice")).signedIn.linked, true);
  });
}

async function roomsOf(world: World, account: AccountId) {
  const rooms = await world.server.parts.store.listRoomsOf({ account, limit: 10 });
  return rooms.map(({ room }) => roomHandle(room));
}

Deno.test("a room that was made by a server that failed then is closed, and its people found another", async () => {
  const { world, failing } = await openWorld();
  await using _ = world;
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  failing.now = { call: "createRoom", isDone: true };
  await assert.rejects(found(alice, [bob]), { name: "Refusal", code: "internal" });
  failing.now = undefined;
  assert.equal((await roomsOf(world, alice.account)).length, 1);
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  assert.deepEqual(await roomsOf(world, alice.account), [room]);
  await say(alice, room, "here we are");
  await settle(bob, alice);
  assert.equal((await bob.received()).at(-1), "here we are");
});

Deno.test("a room whose maker heard no answer is closed at the next connection, also when it was made late", async () => {
  const { world, failing } = await openWorld();
  await using _ = world;
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const { createRoom } = world.server.parts.store;
  let late: Parameters<Store["createRoom"]>[0] | undefined;
  failing.now = { call: "createRoom", isDone: false, seen: (room) => late = room as typeof late };
  await assert.rejects(found(alice, [bob]), { name: "Refusal", code: "internal" });
  failing.now = undefined;
  await alice.disconnect();
  await alice.connect();
  await settle(alice);
  assert(late !== undefined);
  await createRoom(late);
  assert.equal((await roomsOf(world, alice.account)).length, 1);
  await settle(alice);
  assert.deepEqual(await roomsOf(world, alice.account), []);
  assert.deepEqual(await alice.client.rooms.list(), []);
});

Deno.test("an open room that others came into before its maker heard of it has its maker, too", async () => {
  const { world, failing } = await openWorld();
  await using _ = world;
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  failing.now = { call: "createRoom", isDone: true };
  await assert.rejects(found(alice, [], { name: "lobby", forceNew: true, openTo: 10 }), {
    code: "internal",
  });
  failing.now = undefined;
  const open = await bob.client.rooms.open.find("lobby");
  assert(open !== undefined);
  await bob.client.rooms.open.join(open);
  await settle(alice, bob);
  const [room] = await roomsOf(world, alice.account);
  await say(alice, room, "hello bob");
  await settle(bob, alice);
  assert.equal((await bob.received()).at(-1), "hello bob");
});
