import assert from "node:assert/strict";
import type { Store } from "../../../lib/server/store/store.ts";
import { FakeClock } from "../../kit/clock.ts";
import { guess, ready, registered, signAsDevice, signInAs } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

const PASSWORD = "correct horse";

/** A store that tells which calls were made, and holds back the answers that a test wants late. */
function watched(store: Store, calls: string[], late: Map<string, Promise<void>>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return async (...args: unknown[]) => {
        calls.push(name);
        const held = late.get(name);
        const answer = await value.apply(target, args);
        await held;
        return answer;
      };
    },
  });
}

async function openWatched() {
  const calls: string[] = [];
  const late = new Map<string, Promise<void>>();
  const clock = new FakeClock();
  const server = await TestServer.open({
    clock,
    wrapStore: (store) => watched(store, calls, late),
  });
  return { server, calls, late };
}

Deno.test("a sign-in asks the store three times at most, by key and by password", async () => {
  const { server, calls } = await openWatched();
  await using _ = server;
  const alice = await registered(server, "alice", { password: PASSWORD });
  calls.length = 0;
  await ready(server, alice);
  assert.deepEqual(calls, ["findEntry", "enter"]);
  const client = await server.handshake();
  calls.length = 0;
  const { finish } = await guess(client, "alice", PASSWORD);
  assert.deepEqual(calls, ["findAccount"]);
  calls.length = 0;
  const device = {
    device: alice.device.id,
    signature: await signAsDevice(client.handshake, alice.person, alice.device),
  };
  const { linked } = await client.get("login.finish", { ...finish, ...device });
  assert.equal(linked, true);
  assert.deepEqual(calls, ["findDevice", "enter"]);
});

/** What ends the sessions of an account, by another of its sessions or an owner. */
const ENDERS: Readonly<Record<string, { by: "alice" | "yoda"; kind: string; fields: object }>> = {
  "signed out": { by: "alice", kind: "login.logout", fields: {} },
  "kicked": {
    by: "yoda",
    kind: "moderation.kick",
    fields: { account: "alice", forSeconds: 3600, reason: "" },
  },
};

for (const [what, { by, kind, fields }] of Object.entries(ENDERS)) {
  Deno.test(`SR-47: who is ${what} while the store's yes is on its way does not come in`, async () => {
    const { server, late } = await openWatched();
    await using _ = server;
    const alice = await registered(server, "alice");
    const yoda = await registered(server, "yoda", { which: 1 });
    const { store, presence } = server.parts;
    await store.grantRole({
      by: "operator",
      account: yoda.person.accountId,
      role: "owner",
      nowMs: server.clock.nowMs(),
    });
    const ender = await ready(server, by === "alice" ? alice : yoda);
    const coming = await server.handshake();
    const release = Promise.withResolvers<void>();
    late.set("enter", release.promise);
    // The store has let it in by the time that the other one asks, and its answer comes last.
    const answer = Promise.allSettled([signInAs(coming, alice)]);
    await server.clock.advance(0);
    while (server.parts.sessions.of(alice.person.accountId).length < (by === "alice" ? 2 : 1)) {
      await server.clock.advance(0);
    }
    late.delete("enter");
    await ender.get(kind, fields);
    release.resolve();
    await answer;
    await coming.ended;
    await server.clock.advance(0);
    assert.equal(presence.isOnline(alice.person.accountId), false);
    while (server.parts.sessions.of(alice.person.accountId).length > 0) {
      await server.clock.advance(100);
    }
  });
}
