/** What devices get of envelopes that are stored in one turn. */

import assert from "node:assert/strict";
import type { DeviceId } from "../../../lib/base/ids.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import { settle } from "../../kit/clock.ts";
import { openPair, type RawMember } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

function envelopesOf({ client }: RawMember): [unknown, string][] {
  return client.waiting.filter(({ header }) => header.kind === "relay.envelope")
    .map(({ header, payload }) => [header.seq, new TextDecoder().decode(payload)]);
}

Deno.test("what both of a conversation say in one turn each gets in order, without what it said itself", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await Promise.all([alice.subscribe(), bob.subscribe()]);
  const count = 40;
  // The answers tell which place each got.
  const said = new Map<number, { by: RawMember; text: string }>();
  await Promise.all(Array.from({ length: count }, async (_, i) => {
    const by = i % 5 < 2 ? alice : bob;
    const text = `${i} ${"x".repeat(i % 7 === 0 ? 20_000 : 10)}`;
    const { header } = await by.send(conversation, text);
    said.set(Number(header.seq), { by, text });
  }));
  const expected = (reader: RawMember) =>
    [...said].filter(([, { by }]) => by !== reader).sort(([one], [other]) => one - other)
      .map(([seq, { text }]) => [seq, text]);
  while (envelopesOf(alice).length < expected(alice).length) await settle();
  while (envelopesOf(bob).length < 1 + expected(bob).length) await settle();
  assert.equal(said.size, count);
  assert.deepEqual(envelopesOf(alice), expected(alice));
  assert.deepEqual(envelopesOf(bob).slice(1), expected(bob), "after the Welcome");
});

/** Keeps which devices the store was asked about, together and one by one. */
function watchAsked() {
  const together: string[] = [];
  const alone: string[] = [];
  const wrapStore = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "listWaiting") alone.push(String(args[0]));
          if (name === "filterWaiting") together.push(...args[0] as string[]);
          return value.apply(target, args);
        };
      },
    });
  return { together, alone, wrapStore };
}

Deno.test("the store is asked in turn about each device that is connected, a part of them at a time", async () => {
  const { together, alone, wrapStore } = watchAsked();
  await using server = await TestServer.open({ wrapStore });
  const { mailboxes } = server.parts;
  const { alice, bob } = await openPair(server);
  await Promise.all([alice.subscribe(), bob.subscribe()]);
  const devices = alone.splice(0);
  assert.equal(devices.length, 2);
  await mailboxes.repairNext();
  assert.equal(together.length, 1);
  await mailboxes.repairNext();
  assert.deepEqual(together.splice(0).toSorted(), devices.toSorted());
  await mailboxes.repair();
  assert.deepEqual(together.splice(0).toSorted(), devices.toSorted());
  await alice.client.close();
  await mailboxes.repairNext();
  await mailboxes.repairNext();
  assert.equal(together.length, 2, "both turns are of the one who is left");
});

Deno.test("only a device that something waits for reads the store again", async () => {
  const { alone, wrapStore } = watchAsked();
  await using server = await TestServer.open({ wrapStore });
  const { mailboxes, store } = server.parts;
  const { alice, bob, conversation } = await openPair(server);
  await Promise.all([alice.subscribe(), bob.subscribe()]);
  const [, ofBob] = alone.splice(0);
  const { header } = await bob.client.next("relay.envelope");
  bob.acknowledge(conversation, Number(header.seq));
  const isRead = async () => (await store.filterWaiting([ofBob as DeviceId])).length === 0;
  while (!await isRead()) await settle();
  await mailboxes.repair();
  assert.deepEqual(alone, []);
  await alice.send(conversation, "there?");
  await bob.client.next("relay.envelope");
  await mailboxes.repair();
  assert.deepEqual(alone, [ofBob], "it has not acknowledged it");
});

Deno.test("a store that cannot be asked ends nobody's session, and is asked about all as soon as it can be", async () => {
  let isAway = false;
  const asked: string[] = [];
  const wrapStore = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name !== "filterWaiting") return value.bind(target);
        return (devices: string[]) => {
          if (isAway) return Promise.reject(new Error("away"));
          asked.push(...devices);
          return value.call(target, devices);
        };
      },
    });
  await using server = await TestServer.open({ wrapStore });
  const { alice, bob, conversation } = await openPair(server);
  await Promise.all([alice.subscribe(), bob.subscribe()]);
  isAway = true;
  await server.parts.mailboxes.repair();
  await alice.send(conversation, "still there");
  await bob.client.next("relay.envelope");
  await server.parts.mailboxes.repairNext();
  isAway = false;
  await server.parts.mailboxes.repairNext();
  assert.equal(asked.length, 2, "both, and not only whose turn it is");
  await server.parts.mailboxes.repairNext();
  assert.equal(asked.length, 3);
});
