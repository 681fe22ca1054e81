import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import { settle } from "../../kit/clock.ts";
import { openPair } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

Deno.test("a device that acknowledges nothing gets a window, and the rest as it acknowledges", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  const body = new Uint8Array(64 * 1024);
  for (let i = 0; i < 20; i++) await alice.send(conversation, body);
  await bob.client.get("relay.subscribe");
  const seen: number[] = [];
  const take = async () => {
    for (let i = 0; i < 20; i++) await settle();
    for (const { header } of bob.client.waiting.splice(0)) {
      if (header.kind === "relay.envelope") seen.push(Number(header.seq));
    }
  };
  await take();
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8], "512 KiB");
  await alice.send(conversation, "live");
  await take();
  assert.equal(seen.length, 8, "nothing overtakes what waits");
  while (seen.length < 22) {
    bob.acknowledge(conversation, seen[seen.length - 1]);
    await bob.client.get("keys.count");
    await take();
  }
  assert.deepEqual(seen, Array.from({ length: 22 }, (_, i) => i + 1));
});

Deno.test("a thousand small envelopes are the window of a device that acknowledges nothing", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await bob.subscribe();
  bob.client.waiting.length = 0;
  for (let i = 0; i < 11; i++) {
    await Promise.all(Array.from({ length: 100 }, () => alice.send(conversation, "x")));
  }
  for (let i = 0; i < 20; i++) await settle();
  assert.equal(bob.client.waiting.length, 999, "and the Welcome before them");
});

Deno.test("a device that is behind is fed from the store by many envelopes at a time, however it acknowledges", async () => {
  let asked = 0;
  await using server = await TestServer.open({
    wrapStore: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (name === "fetch" || name === "listWaiting") asked++;
          return Reflect.get(target, name);
        },
      }),
  });
  const { alice, bob, conversation } = await openPair(server);
  for (let i = 0; i < 16; i++) {
    await Promise.all(Array.from({ length: 100 }, () => alice.send(conversation, "x")));
  }
  await bob.client.get("relay.subscribe");
  const seqs = () => bob.client.waiting.filter(({ header }) => header.kind === "relay.envelope");
  while (seqs().length < 1000) await settle();
  asked = 0;
  for (let seq = 1; seq <= 601; seq++) {
    bob.acknowledge(conversation, seq);
    await settle();
  }
  while (seqs().length < 1500) await settle();
  assert(asked < 30, `${asked} calls for 500 envelopes`);
  // What is left is too little to be worth a call at once, and comes a moment later.
  await server.clock.advance(100);
  while (seqs().length < 1601) await settle();
});

Deno.test("an envelope larger than the window is delivered behind others without cutting the receiver off", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  for (let i = 0; i < 7; i++) await alice.send(conversation, new Uint8Array(64 * 1024));
  const big = new Uint8Array(890 * 1024);
  for (const epoch of [1, 2]) {
    const { sizes, payload } = joinSections([big, utf8("info"), utf8("")]);
    const fields = {
      ...alice.submission(conversation, epoch),
      joins: false,
      added: [],
      removed: [],
    };
    await alice.client.get("relay.commit", { ...fields, sizes }, payload);
  }
  await bob.client.get("relay.subscribe");
  for (let seq = 1; seq <= 10; seq++) {
    const { header } = await bob.client.next("relay.envelope");
    assert.equal(header.seq, seq);
    bob.acknowledge(conversation, seq);
  }
  await bob.client.next("relay.caught-up");
});
