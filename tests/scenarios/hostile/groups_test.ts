/** A server that plays with groups: forks, rollbacks, withheld and foreign commits, false Welcomes (SR-16 to SR-27). */

import assert from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { DEFAULT_SUITE } from "../../../lib/crypto/mls/suite.ts";
import { hostileJoin } from "../../kit/hostile.ts";
import { type Hooks, injecting } from "../../kit/man_in_the_middle.ts";
import { openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";

function conversationOf({ alice, bob }: Pair) {
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  assert(conversation !== undefined);
  return conversation;
}

/** Makes a client renew its keys the next time that it receives. */
function age(client: TestClient): void {
  client.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
}

async function says(client: TestClient, code: string): Promise<number> {
  return (await client.notices()).filter((notice) => notice === code).length;
}

/** What the server has of the group now. */
async function groupInfoOf(pair: Pair): Promise<Bytes> {
  const { store } = pair.world.server.parts;
  const conversation = conversationOf(pair);
  const found = await store.findGroup({ conversation, account: pair.alice.account });
  assert(found !== undefined);
  return found.groupInfo;
}

Deno.test("SR-16, SR-17: a stranger's external commit is refused, and the stranger reads nothing", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const mallory = await world.client("mallory", 3);
  const { own } = mallory.client.profile;
  const device = {
    own: {
      accountId: own.account,
      certificateHash: own.certificateHash,
      mlsKeys: own.deviceKeys.mls,
    },
  };
  const commit = await hostileJoin(device, await groupInfoOf(talk), undefined, DEFAULT_SUITE);
  const envelope = {
    conversation: conversationOf(talk),
    seq: 999,
    envelope: "12".repeat(16),
    type: "commit",
    epoch: 2,
    account: "mallory",
    device: own.device,
    atMs: 1,
  };
  await alice.connect({ middle: injecting(envelope, commit) });
  await alice.client.sync();
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.deepEqual(await alice.notices(), ["refused-commit", "fork"]);
  const group = await alice.messenger.groups.load(conversationOf(talk));
  assert.deepEqual(group?.state.members.map(({ accountId }) => accountId), ["alice", "bob"]);
  const id = await alice.client.write(bob.account, "secret");
  assert.equal((await alice.client.flush())[0].error?.code, "out-of-step");
  assert.equal(alice.client.deliveryOf(id), "queued");
});

Deno.test("SR-25: a withheld commit is noticed when messages of its epoch come without it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  age(bob);
  await bob.client.sync();
  await bob.say(alice, "you cannot read this yet");
  const withheld: Hooks = {
    down({ header, payload }, pass) {
      if (header.kind !== "relay.envelope" || header.type !== "commit") pass(header, payload);
    },
  };
  await alice.connect({ middle: withheld });
  await alice.client.sync();
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.deepEqual(await alice.notices(), ["fork"]);
  assert.equal((await alice.received()).includes("you cannot read this yet"), false);
});

Deno.test("SR-24: a message before its commit waits for it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  age(bob);
  await bob.client.sync();
  await bob.say(alice, "after the commit");
  let commit: { header: Record<string, unknown>; payload: Bytes } | undefined;
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "relay.envelope" && header.type === "commit") {
          commit = { header, payload };
          return;
        }
        if (header.kind === "relay.caught-up" && commit !== undefined) {
          pass({ ...commit.header, seq: 50 }, commit.payload);
        }
        pass(header, payload);
      },
    },
  });
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "after the commit");
  assert.deepEqual(await alice.notices(), []);
});

/** Two commits win the same epoch: the server tells each committer yes, and neither of the other's. */
async function fork(talk: Pair): Promise<void> {
  const { alice, bob } = talk;
  const liar: Hooks = {
    up({ header, payload }, pass, answer) {
      if (header.kind !== "relay.commit") return pass(header, payload);
      const epoch = Number(header.epoch) + 1;
      answer({
        kind: "relay.committed",
        request: header.request,
        accepted: true,
        epoch,
        seq: 70,
      });
    },
    down({ header, payload }, pass) {
      if (header.kind !== "relay.envelope" || header.type !== "commit") pass(header, payload);
    },
  };
  for (const client of [alice, bob]) {
    age(client);
    await client.connect({ middle: liar });
    await client.client.sync();
  }
}

Deno.test("SR-25: two commits for one epoch are noticed by both, and nothing is read across the fork", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await fork(talk);
  // The server accepts messages of the epoch that it invented.
  const { store } = talk.world.server.parts;
  const conversation = conversationOf(talk);
  await store.commit({
    conversation,
    account: alice.account,
    device: alice.client.profile.own.device,
    envelope: "34".repeat(16) as never,
    number: 9000,
    generation: 0,
    epoch: 2,
    nowMs: 1,
    joins: false,
    added: [],
    removed: [],
    body: new Uint8Array(1),
    groupInfo: new Uint8Array(1),
    welcome: undefined,
  });
  for (const text of ["one", "two", "three"]) {
    await alice.client.write(bob.account, text);
    await bob.client.write(alice.account, text);
  }
  await alice.client.flush();
  await bob.client.flush();
  for (const client of [alice, bob]) await client.client.sync();
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.equal(bob.stateWith(alice), "out-of-step");
  assert.deepEqual((await alice.received()).slice(1), []);
  assert.deepEqual((await bob.received()).slice(1), []);
  assert.equal(await says(alice, "fork"), 1);
});

Deno.test("SR-25: a second commit for a passed epoch is refused and told", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await bob.disconnect();
  // Alice's commit of epoch 2, kept aside.
  age(alice);
  let commit: Bytes | undefined;
  await alice.connect({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "relay.commit" && Array.isArray(header.sizes)) {
          commit = payload.slice(0, header.sizes[0]);
          alice.link?.cut();
        } else pass(header, payload);
      },
    },
  });
  await assert.rejects(alice.client.sync());
  assert(commit !== undefined);
  // Bob's own wins the epoch; then the server brings out the other one.
  age(bob);
  const envelope = {
    conversation: conversationOf(talk),
    seq: 999,
    envelope: "56".repeat(16),
    type: "commit",
    epoch: 2,
    account: "alice",
    device: alice.client.profile.own.device,
    atMs: 1,
  };
  await bob.connect();
  await bob.client.sync();
  await bob.connect({ middle: injecting(envelope, commit) });
  await bob.client.sync();
  assert.equal(bob.stateWith(alice), "out-of-step");
  assert.deepEqual(await bob.notices(), ["fork"]);
});

Deno.test("SR-25, SR-26: a device that comes back is not led into an earlier state of the group", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const old = await groupInfoOf(talk);
  age(bob);
  await bob.client.sync();
  await alice.client.sync();
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "login.device-done") return pass({ ...header, highestNumber: 5000 });
        if (header.kind === "relay.group-info") return pass({ ...header, epoch: 2 }, old);
        pass(header, payload);
      },
    },
  });
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.deepEqual(await alice.notices(), ["restored"]);
  await alice.client.write(bob.account, "secret");
  assert.equal((await alice.client.flush())[0].error?.code, "out-of-step");
});

Deno.test("SR-25: a server that went back to an earlier epoch is noticed by its list", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind !== "relay.conversations" || !Array.isArray(header.conversations)) {
          return pass(header, payload);
        }
        const conversations = header.conversations.map((it) => ({ ...it, epoch: 1 }));
        pass({ ...header, conversations }, payload);
      },
    },
  });
  await alice.client.sync();
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.deepEqual(await alice.notices(), ["fork"]);
});

Deno.test("SR-25: a server that went back to an earlier epoch is noticed by its answer to a text", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send") return pass(header, payload);
        const { request } = header;
        answer({ kind: "failure", request, code: "stale-epoch", message: "no", epoch: 0 });
      },
    },
  });
  const id = await alice.client.write(bob.account, "secret");
  await alice.client.flush();
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.equal(alice.client.deliveryOf(id), "sealed");
  assert.equal((await alice.client.flush())[0].error?.code, "out-of-step");
});

Deno.test("SR-27: a receipt with another history than that of its own seal delivers nothing, and names who sealed it", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  // Bob confirms under hashes that are not those of the epochs in which he seals.
  bob.client.profile.database.command("UPDATE epoch SET transcript = zeroblob(32)").run();
  const id = await alice.say(bob, "hi");
  await bob.client.sync();
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.deepEqual(await alice.notices(), ["false-receipt"]);
});

Deno.test("SR-27: a receipt in another conversation delivers nothing", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.say(alice, "hello");
  await alice.client.sync();
  const id = await alice.say(bob, "for bob");
  // The server told carol the id; she confirms it.
  const conversation = carol.messenger.conversations.openWith(alice.account)?.conversation;
  assert(conversation !== undefined);
  const due = carol.client.profile.database.command("INSERT INTO receipt_due VALUES (?, ?, ?)");
  for (const epoch of [1, 2]) due.run(conversation, epoch === 2 ? id : "00".repeat(16), epoch);
  await carol.client.sync();
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
  assert.equal(alice.stateWith(carol), "active");
});
