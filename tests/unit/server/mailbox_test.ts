/** What devices get of envelopes that are stored in one turn. */

import assert from "node:assert/strict";
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

Deno.test("each device that is connected reads the store again in its turn, a part of them at a time", async () => {
  const asked: string[] = [];
  const wrapStore = (store: Store) =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "listWaiting") asked.push(String(args[0]));
          return value.apply(target, args);
        };
      },
    });
  await using server = await TestServer.open({ wrapStore });
  const { mailboxes } = server.parts;
  const { alice, bob, conversation } = await openPair(server);
  await Promise.all([alice.subscribe(), bob.subscribe()]);
  const devices = asked.splice(0);
  assert.equal(devices.length, 2);
  mailboxes.repairNext();
  assert.equal(asked.length, 1);
  await settle();
  mailboxes.repairNext();
  assert.deepEqual(asked.splice(0).toSorted(), devices.toSorted());
  await settle();
  mailboxes.repair();
  assert.deepEqual(asked.splice(0).toSorted(), devices.toSorted());
  await alice.send(conversation, "still there?");
  await bob.client.next("relay.envelope");
  await alice.client.close();
  mailboxes.repairNext();
  await settle();
  mailboxes.repairNext();
  assert.equal(asked.length, 2, "both turns are of the one who is left");
});
