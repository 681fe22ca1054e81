/** Servers that send without end or fail at the wrong moment, and members that remove a device. */

import assert from "node:assert/strict";
import { newConversationId, newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { removeMembers } from "../../../lib/crypto/mls/commit.ts";
import { policyOf } from "../../../lib/client/store/groups.ts";
import { listConversations } from "../../../lib/client/groups/listed.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import { openPair, openTalk, type TestClient } from "../../kit/test_client.ts";

function conversationOf(client: TestClient, other: TestClient) {
  const { conversation } = client.messenger.conversations.openWith(other.account) ?? {};
  assert(conversation !== undefined);
  return conversation;
}

/** Alice removes bob's device. `isTold`: whether the server is told, which then delivers nothing more to him. */
async function removeFrom(alice: TestClient, bob: TestClient, isTold: boolean): Promise<void> {
  const conversation = conversationOf(alice, bob);
  const group = await alice.messenger.groups.load(conversation);
  assert(group !== undefined);
  const { state } = group;
  const leaf = state.members.find(({ accountId }) => accountId === bob.account)?.leafIndex ?? -1;
  const { verifier } = alice.messenger.directory;
  const removal = await removeMembers(state, [leaf], { verifier, policy: policyOf(state) });
  assert(removal.kind === "pending");
  const body = joinSections([removal.commit, removal.groupInfo, new Uint8Array(0)]);
  await alice.client.link.ask("relay.commit", {
    conversation,
    envelope: newEnvelopeId(systemRandom),
    number: 900,
    epoch: state.epoch,
    joins: false,
    added: [],
    removed: isTold ? [{ account: bob.account, device: bob.client.profile.own.device }] : [],
    sizes: body.sizes,
  }, body.payload);
}

Deno.test("a list of conversations that never ends is refused", async () => {
  await using pair = await openPair();
  const { alice } = pair;
  let pages = 0;
  await alice.connect();
  await alice.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.list") return pass(header, payload);
        pages++;
        const conversation = newConversationId(systemRandom);
        const conversations = [{
          conversation,
          peer: "bob",
          epoch: 1,
          member: true,
          welcome: false,
        }];
        answer({ kind: "relay.conversations", request: header.request, conversations, more: true });
      },
    },
  });
  await assert.rejects(listConversations(alice.client.link), { code: "endless-list" });
  assert.equal(pages, 500);
});

Deno.test("a server that sends more envelopes than it may have on the way is left", async () => {
  await using pair = await openPair();
  const { bob } = pair;
  await bob.connect({
    middle: {
      // The first envelope keeps the reader busy.
      up({ header, payload }, pass) {
        if (header.kind !== "keys.account") pass(header, payload);
      },
      down({ header, payload }, pass) {
        pass(header, payload);
        if (header.kind !== "relay.subscribed") return;
        for (let seq = 1; seq <= 10_000; seq++) {
          pass({
            kind: "relay.envelope",
            conversation: "12".repeat(32),
            seq,
            envelope: newEnvelopeId(systemRandom),
            type: seq === 1 ? "welcome" : "message",
            epoch: 1,
            account: "eve",
            device: "ab".repeat(16),
            atMs: 1,
          }, new Uint8Array(1000));
        }
      },
    },
  });
  await assert.rejects(bob.client.sync());
  assert.equal(bob.client.isOnline, false);
});

Deno.test("SR-21: a commit that was stored by a server which then failed is merged", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  alice.client.profile.database.command("UPDATE mls_group SET sent_since = 2000").run();
  const commits = new Set<unknown>();
  await alice.connect({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "relay.commit") commits.add(header.request);
        pass(header, payload);
      },
      down({ header, payload }, pass) {
        if (!commits.has(header.request)) return pass(header, payload);
        const { request } = header;
        pass({ kind: "failure", request, code: "internal", message: "the store died" });
      },
    },
  });
  await alice.say(bob, "before the commit");
  assert.equal(commits.size, 1);
  await bob.client.sync();
  await bob.say(alice, "in the next epoch");
  await alice.connect();
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "in the next epoch");
  assert.equal(alice.stateWith(bob), "active");
});

Deno.test("what a removed device had not sent goes into the next conversation", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const conversation = conversationOf(alice, bob);
  await bob.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send") return pass(header, payload);
        const { request } = header;
        answer({ kind: "failure", request, code: "quota-exceeded", message: "full" });
      },
    },
  });
  const id = await bob.say(alice, "not sent yet");
  assert.equal(bob.client.deliveryOf(id), "sealed");
  // A hostile member does not tell the server whom it removes, so the commit reaches him.
  await removeFrom(alice, bob, false);
  await bob.client.sync();
  assert.equal(bob.messenger.conversations.isIn(conversation, "closed"), true);
  assert.equal(await bob.messenger.groups.load(conversation), undefined);
  await bob.connect();
  await bob.client.flush();
  assert.equal(bob.client.deliveryOf(id), "sent");
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "not sent yet");
});

Deno.test("a device that gets nothing more, since it was removed, is told so", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const conversation = conversationOf(alice, bob);
  await removeFrom(alice, bob, true);
  await bob.client.sync();
  assert.deepEqual(await bob.notices(), ["removed"]);
  assert.equal(bob.messenger.conversations.isIn(conversation, "closed"), true);
  const id = await bob.say(alice, "a new beginning");
  assert.equal(bob.client.deliveryOf(id), "sent");
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "a new beginning");
});
