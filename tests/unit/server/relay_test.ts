import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { newConversationId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { MIB } from "../../../lib/protocol/limits.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import { settle } from "../../kit/clock.ts";
import { makeAccount, makeDevice, ready, registered, signInAs } from "../../kit/raw_account.ts";
import { open, openPair, RawMember, texts } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

Deno.test("an envelope reaches a device that is connected, with sender and time from the server", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  assert.deepEqual(texts(await bob.subscribe()), ["welcome"]);
  await bob.client.next("relay.envelope");
  const { header: sent } = await alice.send(conversation, "sealed");
  const { header, payload } = await bob.client.next("relay.envelope");
  assert.equal(new TextDecoder().decode(payload), "sealed");
  assert.equal(header.account, "alice");
  assert.equal(header.device, alice.account.device.id);
  assert.equal(header.seq, sent.seq);
  assert.equal(header.atMs, server.clock.nowMs());
});

Deno.test("an envelope waits for a device that is away, in order, until it is acknowledged", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await bob.client.close();
  for (const text of ["one", "two", "three"]) await alice.send(conversation, text);
  bob.client = await ready(server, bob.account);
  assert.deepEqual(texts(await bob.subscribe()), ["welcome", "one", "two", "three"]);
  bob.acknowledge(conversation, 3);
  await bob.client.get("keys.count");
  await bob.client.close();
  bob.client = await ready(server, bob.account);
  assert.deepEqual(texts(await bob.subscribe()), ["three"]);
});

Deno.test("SR-54: a mailbox takes 256 MiB, and 64 MiB of one sender", async () => {
  await using server = await TestServer.open();
  const { alice, conversation } = await openPair(server);
  const { store } = server.parts;
  const append = store.append.bind(store);
  const limits: unknown[] = [];
  store.append = (message) => {
    limits.push(message.limits);
    return append(message);
  };
  await alice.send(conversation, "sealed");
  assert.deepEqual(limits, [{ perDeviceBytes: 256 * MIB, perSenderBytes: 64 * MIB }]);
});

Deno.test("the answer to subscribe comes before the first envelope", async () => {
  await using server = await TestServer.open();
  const { bob } = await openPair(server);
  bob.client.send({ kind: "relay.subscribe", request: 7 });
  await bob.client.next("relay.caught-up");
  const kinds = bob.client.waiting.map(({ header }) => header.kind);
  assert.deepEqual(kinds, ["relay.subscribed", "relay.envelope"]);
});

Deno.test("SR-53: sender account and device come from the session, and such fields in a packet are refused", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  const lie = { ...alice.submission(conversation), account: "bob", device: bob.account.device.id };
  assert.equal(await alice.client.refused("relay.send", lie, utf8("lie")), "bad-message");
});

Deno.test("SR-53: a stranger to a conversation can neither send, commit, join, read nor acknowledge in it", async () => {
  await using server = await TestServer.open();
  const { bob, conversation } = await openPair(server);
  const account = await registered(server, "eve", { which: 2 });
  const eve = new RawMember(account, await ready(server, account));
  assert.equal((await eve.send(conversation, "x")).header.code, "not-member");
  const { sizes, payload } = joinSections([utf8("commit"), utf8("info"), utf8("")]);
  for (const joins of [false, true]) {
    const fields = { ...eve.submission(conversation), joins, added: [], removed: [], sizes };
    assert.equal(await eve.client.refused("relay.commit", fields, payload), "not-member");
  }
  assert.equal(await eve.client.refused("relay.group", { conversation }), "unknown-conversation");
  assert.equal(
    (await eve.client.get("relay.winner", { conversation, epoch: 1 })).envelope,
    undefined,
  );
  assert.deepEqual((await eve.client.get("relay.list")).conversations, []);
  await eve.subscribe();
  eve.acknowledge(conversation, 1);
  await eve.client.get("keys.count");
  assert.deepEqual(texts(await bob.subscribe()), ["welcome"]);
});

Deno.test("SR-53: nobody opens a conversation between two others, nor replaces theirs", async () => {
  await using server = await TestServer.open();
  const { bob, conversation } = await openPair(server);
  const account = await registered(server, "eve", { which: 2 });
  const eve = new RawMember(account, await ready(server, account));
  const fresh = newConversationId(systemRandom);
  // The conversation that it opens is its own with bob, whatever it replaces.
  const replacing = await open(eve, bob.account, fresh, { replaces: conversation });
  assert.equal(replacing.header.code, "unknown-conversation");
  const taken = await open(eve, bob.account, conversation);
  assert.equal(taken.header.code, "bad-message");
  const foreign = await open(eve, bob.account, fresh, { peer: "alice" });
  assert.equal(foreign.header.code, "no-device", "bob's device is not alice's");
  const { header } = await bob.client.ask("relay.group", { conversation });
  assert.equal(header.epoch, 1);
});

Deno.test("SR-53: a device cannot acknowledge past what was sent to it", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await bob.subscribe();
  bob.acknowledge(conversation, 1_000_000);
  await bob.client.get("keys.count");
  await bob.client.close();
  await alice.send(conversation, "later");
  bob.client = await ready(server, bob.account);
  assert.deepEqual(texts(await bob.subscribe()), ["later"]);
});

Deno.test("an acknowledgement that is repeated asks the store for nothing", async () => {
  let asked = 0;
  await using server = await TestServer.open({
    wrapStore: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (name === "acknowledge") asked++;
          return Reflect.get(target, name);
        },
      }),
  });
  const { bob, conversation } = await openPair(server);
  await bob.subscribe();
  for (let i = 0; i < 1000; i++) bob.acknowledge(conversation, 1 + i);
  await bob.client.get("keys.count");
  assert.equal(asked, 1);
});

Deno.test("SR-54: the sender is refused when too much waits, and what waits is kept", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  const body = new Uint8Array(96 * 1024);
  let refused: unknown;
  let sent = 0;
  while (refused === undefined) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => alice.send(conversation, body)),
    );
    sent += answers.filter(({ header }) => header.kind === "relay.sent").length;
    refused = answers.find(({ header }) => header.kind === "failure")?.header.code;
  }
  assert.equal(refused, "quota-exceeded");
  const perEnvelope = body.length + 256;
  assert.equal(sent, Math.floor((64 * 1024 * 1024 - "welcome".length - 256) / perEnvelope));
  assert.equal((await bob.client.get("relay.subscribe")).waiting, sent + 1);
});

Deno.test("SR-54: commits, which are stored whatever waits, are bounded by their rate", async () => {
  await using server = await TestServer.open();
  const { alice, conversation } = await openPair(server);
  const { sizes, payload } = joinSections([new Uint8Array(890 * 1024), utf8("i"), utf8("")]);
  const commit = (epoch: number) =>
    alice.client.ask("relay.commit", {
      ...alice.submission(conversation, epoch),
      joins: false,
      added: [],
      removed: [],
      sizes,
    }, payload).then(({ header }) => header);
  let epoch = 1;
  let answer = await commit(epoch);
  for (; answer.accepted === true; answer = await commit(epoch)) epoch++;
  assert.equal(answer.code, "rate-limited");
  assert.equal(epoch, 1 + Math.floor(32 * 1024 / 890.3));
  await server.clock.advance(Number(answer.retryAfterSeconds) * 1000);
  assert.equal((await commit(epoch)).accepted, true);
});

Deno.test("a commit reaches the members and its Welcome the device that it adds, at once", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  const device = await makeDevice(server, bob.account.person);
  const account = bob.account.person.accountId;
  await server.parts.store.addDevice({
    account,
    device: {
      device: device.id,
      certificate: device.certificate,
      certificateHash: "f".repeat(64) as never,
    },
    nowMs: server.clock.nowMs(),
  });
  const second = new RawMember(
    { ...bob.account, device },
    await ready(server, { ...bob.account, device }),
  );
  await Promise.all([bob.subscribe(), second.subscribe()]);
  bob.client.waiting.length = 0;
  const { sizes, payload } = joinSections([utf8("commit"), utf8("info"), utf8("hello")]);
  const fields = {
    ...alice.submission(conversation),
    joins: false,
    added: [{ account, device: device.id }],
    removed: [],
  };
  const { epoch } = await alice.client.get("relay.commit", { ...fields, sizes }, payload);
  assert.equal(epoch, 2);
  const commit = await bob.client.next("relay.envelope");
  assert.deepEqual([commit.header.type, commit.header.epoch, commit.header.seq], ["commit", 1, 2]);
  const welcome = await second.client.next("relay.envelope");
  assert.deepEqual([welcome.header.type, welcome.header.epoch, welcome.header.seq], [
    "welcome",
    2,
    3,
  ]);
  assert.deepEqual(texts([welcome]), ["hello"]);
  await bob.client.get("keys.count");
  assert.deepEqual(bob.client.waiting, []);
});

Deno.test("the newest connection of a device gets its envelopes", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  await bob.subscribe();
  const old = bob.client;
  bob.client = await ready(server, bob.account);
  await bob.subscribe();
  old.waiting.length = bob.client.waiting.length = 0;
  await alice.send(conversation, "new");
  await bob.client.next("relay.envelope");
  await old.get("keys.count");
  assert.deepEqual(old.waiting, []);
  await old.close();
  await alice.send(conversation, "still");
  await bob.client.next("relay.envelope");
});

Deno.test("SR-54: an account may subscribe 120 times at once, then once in five seconds", async () => {
  await using server = await TestServer.open();
  const { alice, bob } = await openPair(server);
  for (let i = 0; i < 120; i++) await alice.client.get("relay.subscribe");
  const { header } = await alice.client.ask("relay.subscribe");
  assert.deepEqual([header.code, header.retryAfterSeconds], ["rate-limited", 5]);
  await bob.client.get("relay.subscribe");
  await server.clock.advance(5_000);
  await alice.client.get("relay.subscribe");
});

Deno.test("requests that are pipelined are answered in order and stored in order", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openPair(server);
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, i) => alice.send(conversation, `${i}`)),
  );
  assert.deepEqual(answers.map(({ header }) => header.seq), answers.map((_, i) => i + 2));
  assert.equal((await bob.client.get("relay.subscribe")).waiting, 601);
});

Deno.test("a client that asks for more than it reads is not read any further, and then gets everything", async () => {
  let asked = 0;
  await using server = await TestServer.open({
    wrapStore: (store) =>
      new Proxy(store, {
        get(target, name) {
          if (name === "findGroup") asked++;
          return Reflect.get(target, name);
        },
      }),
  });
  const { alice, bob, conversation } = await openPair(server);
  const { sizes, payload } = joinSections([utf8("c"), new Uint8Array(200 * 1024), utf8("")]);
  const fields = { ...alice.submission(conversation), joins: false, added: [], removed: [], sizes };
  await alice.client.get("relay.commit", fields, payload);
  await bob.client.close();
  const { client, link } = server.dial();
  await client.hello();
  await signInAs(client, bob.account);
  link.toFar.setStalled(true);
  const answers = Promise.all(
    Array.from({ length: 20 }, () => client.ask("relay.group", { conversation })),
  );
  for (let i = 0; i < 50; i++) await settle();
  assert.ok(asked <= 3, `${asked} were handled`);
  await alice.client.get("keys.count");
  link.toFar.setStalled(false);
  assert.ok((await answers).every(({ payload }) => payload.length === 200 * 1024));
});

Deno.test("SR-30: an account may take ten key packages of another at once, then one every six minutes", async () => {
  await using server = await TestServer.open();
  const { alice, bob } = await openPair(server);
  const { sizes, payload } = joinSections([utf8("last resort")]);
  await bob.client.get("keys.publish", { lastResort: true, sizes }, payload);
  for (let i = 0; i < 10; i++) await alice.client.get("keys.fetch", { account: "bob" });
  const { header } = await alice.client.ask("keys.fetch", { account: "BOB" });
  assert.deepEqual([header.code, header.retryAfterSeconds], ["rate-limited", 360]);
  await bob.client.close();
});

Deno.test("key packages that are empty or too long to fetch are refused", async () => {
  await using server = await TestServer.open();
  const client = await ready(server, await registered(server, "alice"));
  for (const part of [new Uint8Array(0), new Uint8Array(16 * 1024 + 1)]) {
    const { sizes, payload } = joinSections([utf8("good"), part]);
    const fields = { lastResort: false, sizes };
    assert.equal(await client.refused("keys.publish", fields, payload), "bad-message");
  }
  assert.equal((await client.get("keys.count")).oneTime, 0);
});

Deno.test("conversations are listed in pages", async () => {
  await using server = await TestServer.open();
  const { alice } = await openPair(server);
  const peers = await Promise.all(Array.from({ length: 104 }, async (_, i) => {
    const account = await makeAccount(server, `peer${i}`, 2);
    await server.parts.store.createAccount({
      account: account.person.accountId,
      name: account.person.accountName,
      skeleton: `peer${i}`,
      identity: account.person.identity.key.fingerprint,
      rosterEntry: utf8("entry"),
      recoveryCopy: utf8("copy"),
      passwordRecord: "",
      firstDevice: {
        device: account.device.id,
        certificate: account.device.certificate,
        certificateHash: `${i}`.padStart(64, "0") as never,
      },
      nowMs: 0,
    });
    return account;
  }));
  for (const peer of peers) await open(alice, peer, newConversationId(systemRandom));
  const seen: unknown[] = [];
  for (let more = true, after: unknown; more;) {
    const page = await alice.client.get("relay.list", after === undefined ? {} : { after });
    const conversations = page.conversations as { conversation: string; peer: string }[];
    seen.push(...conversations.map(({ peer }) => peer));
    more = page.more === true;
    after = conversations[conversations.length - 1].conversation;
  }
  assert.equal(new Set(seen).size, 105);
  assert.equal(seen.length, 105);
});
