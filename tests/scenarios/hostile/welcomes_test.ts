/** A server that plays with the beginning and the end of conversations, or answers nonsense (SR-18, SR-19, SR-24). */

import assert from "node:assert/strict";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { ownDevice } from "../../../lib/client/profile/profile.ts";
import { policyWith } from "../../../lib/client/groups/mls_steps.ts";
import { addMember } from "../../../lib/crypto/mls/commit.ts";
import { createGroup } from "../../../lib/crypto/mls/create.ts";
import { injecting } from "../../kit/man_in_the_middle.ts";
import { openPair, openTalk } from "../../kit/test_client.ts";

Deno.test("SR-18: a Welcome that claims another sender is not taken up as that one's", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  await (await world.client("carol", 2)).connect();
  await alice.say(bob, "it is alice");
  await bob.connect({
    middle: {
      down({ header, payload }, pass) {
        const isIt = header.kind === "relay.envelope" && header.type === "welcome";
        pass(isIt ? { ...header, account: "carol" } : header, payload);
      },
    },
  });
  await bob.client.sync();
  const froms = (await bob.entries()).map(({ from, peer }) => `${from} ${peer}`);
  assert.equal(froms.join().includes("carol"), false);
});

Deno.test("SR-18: a Welcome for a conversation that was known is not taken up again", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  let welcome: { header: Record<string, unknown>; payload: Bytes } | undefined;
  const contact = await alice.messenger.contacts.find(bob.account);
  assert(contact !== undefined);
  await alice.client.beginAnew(contact);
  await alice.say(bob, "second conversation");
  await bob.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "relay.envelope" && header.type === "welcome") {
          welcome = { header, payload };
        }
        pass(header, payload);
      },
    },
  });
  await bob.client.sync();
  assert(welcome !== undefined);
  const { conversation } = bob.messenger.conversations.openWith(alice.account) ?? {};
  assert(conversation !== undefined);
  const before = await bob.messenger.groups.load(conversation);
  await bob.connect({ middle: injecting({ ...welcome.header, seq: 999 }, welcome.payload) });
  await bob.client.sync();
  const after = await bob.messenger.groups.load(conversation);
  assert.equal(after?.state.epoch, before?.state.epoch);
  await alice.client.sync();
  await bob.say(alice, "still this one");
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "still this one");
});

Deno.test("SR-18: another group under the id of a known conversation does not take its place", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { profile, directory, directory: { verifier }, contacts } = alice.messenger;
  const groupId = bob.messenger.conversations.openWith(alice.account)?.conversation;
  const contact = await contacts.find(bob.account);
  assert(groupId !== undefined && contact !== undefined);
  const before = await bob.messenger.groups.load(groupId);
  // Alice herself, or who has her keys, makes it, with a fresh key package of bob's.
  const policy = policyWith(profile, contact);
  const nowMs = profile.clock.nowMs();
  const group = { groupId, device: ownDevice(profile), verifier, policy, nowMs };
  const keyPackage = await directory.takeKeyPackage(alice.client.link, {
    accountId: bob.account,
    identity: contact.pinned,
  });
  const added = await addMember(await createGroup(group), keyPackage, {
    ...{ verifier, policy, nowMs, accountId: contact.account, pinned: contact.pinned },
    isRevoked: () => false,
  });
  assert(added.kind === "pending" && added.welcome !== undefined);
  const envelope = {
    conversation: groupId,
    seq: 999,
    envelope: "12".repeat(16),
    type: "welcome",
    epoch: 1,
    account: alice.account,
    device: profile.own.device,
    atMs: 1,
  };
  await bob.connect({ middle: injecting(envelope, added.welcome) });
  await bob.client.sync();
  const after = await bob.messenger.groups.load(groupId);
  assert.deepEqual(after?.state.transcriptHash, before?.state.transcriptHash);
  await bob.connect();
  await bob.say(alice, "still this one");
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "still this one");
});

Deno.test("SR-19: a server that closes the conversation under a text gets it only in the next one", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  let isRefused = false;
  await alice.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "relay.send" || isRefused) return pass(header, payload);
        isRefused = true;
        const { request } = header;
        answer({ kind: "failure", request, code: "not-member", message: "no" });
      },
    },
  });
  const id = await alice.say(bob, "where to?");
  assert.equal(alice.client.deliveryOf(id), "sent");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "where to?");
  assert.deepEqual(await bob.notices(), ["begun-anew"]);
});

Deno.test("SR-24: a directory that fails while a Welcome is read stops nothing else", async () => {
  await using pair = await openPair();
  const { world, alice, bob } = pair;
  const carol = await (await world.client("carol", 2)).connect();
  await alice.say(bob, "from alice");
  await carol.say(bob, "from carol");
  await bob.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "keys.account" || header.account !== "alice") {
          return pass(header, payload);
        }
        const { request } = header;
        answer({ kind: "failure", request, code: "unknown-account", message: "no" });
      },
    },
  });
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["from carol"]);
});

Deno.test("a reply that is not one ends the request, not the program", async () => {
  await using pair = await openPair();
  const { alice } = pair;
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind !== "keys.account-found") return pass(header, payload);
        pass({ kind: "keys.left", request: header.request, oneTime: 1, lastResort: true });
      },
    },
  });
  await assert.rejects(alice.client.findContact("bob"), { name: "ProtocolError" });
  await alice.client.sync();
});
