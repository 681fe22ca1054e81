/** A server that says that its accounts know each other opens texts, and nothing else (decision 0117). */

import assert from "node:assert/strict";
import { listRequests } from "../../../lib/client/contacts/requests.ts";
import { AnswerPolicy } from "../../../lib/client/contacts/answer_policy.ts";
import { exchange } from "../../kit/exchanging.ts";
import { openPair, type TestClient } from "../../kit/test_client.ts";

/** Alice, a stranger to bob, who said nothing of strangers, on a server that says this. */
async function openStrangers(requests: "all" | "strangers") {
  const pair = await openPair();
  const { bob, world: { server } } = pair;
  bob.messenger.contacts.contactStatuses.forgetPolicy();
  server.parts.accountPolicy.requests = requests;
  await bob.disconnect();
  await bob.connect();
  return pair;
}

async function waiting({ messenger }: TestClient): Promise<readonly string[]> {
  return (await listRequests(messenger)).flatMap(({ texts }) => texts.map(({ text }) => text));
}

function hearingOf({ messenger }: TestClient, of: TestClient) {
  return messenger.contacts.contactStatuses.hearing(of.account);
}

Deno.test("by the server's word a stranger's text comes in, and the stranger sees no sign of anybody", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  const id = await alice.say(bob, "hello?");
  await exchange(bob, alice);
  assert.deepEqual(await bob.received(), ["hello?"]);
  assert.deepEqual(await waiting(bob), []);
  assert.equal(bob.messenger.contacts.contactStatuses.of(alice.account), undefined);
  assert.equal(alice.client.deliveryOf(id), "sent");
  const open = alice.messenger.conversations.openWith(bob.account);
  assert.ok(open !== undefined);
  assert.equal(alice.messenger.groups.epochOf(open.conversation), 1);
});

Deno.test("who answers makes a contact of them, and confirms from then on", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  await alice.say(bob, "hello?");
  await exchange(bob, alice);
  await bob.say(alice, "hello");
  await exchange(bob, alice);
  const id = await alice.say(bob, "there you are");
  await exchange(bob, alice);
  assert.equal(bob.messenger.contacts.contactStatuses.of(alice.account), "known");
  assert.equal(alice.client.deliveryOf(id), "delivered");
});

Deno.test("a file and a timer ask as ever, also where everybody's files are accepted unasked", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  new AnswerPolicy(bob.messenger.profile).set({
    account: undefined,
    kind: "files",
    answer: "accept",
  });
  await alice.say(bob, "look");
  await alice.client.talk.setTimer(bob.account, 60);
  const file = `${await pair.world.folder()}/a.txt`;
  await Deno.writeTextFile(file, "content");
  await alice.client.transfers.offer(bob.account, [file], new AbortController().signal);
  await exchange(bob, alice);
  assert.deepEqual(await bob.received(), ["look"]);
  assert.deepEqual(await bob.client.transfers.active(), []);
  assert.equal((await waiting(bob)).length, 1);
  assert.deepEqual(await bob.notices(), []);
  await alice.say(bob, "well?");
  await exchange(bob, alice);
  assert.deepEqual(await bob.received(), ["look", "well?"]);
});

Deno.test("what the author does to a text that came in is done", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  const id = await alice.say(bob, "helo");
  await exchange(bob, alice);
  const entry = await alice.messenger.history.text(id);
  assert.ok(entry !== undefined);
  await alice.client.talk.change(entry, { kind: "edit", text: "hello" });
  await exchange(bob, alice);
  assert.equal((await bob.messenger.history.text(id))?.text, "hello");
});

Deno.test("the person's own choice wins, whatever the server says, until they take it back", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  const { contactStatuses } = bob.messenger.contacts;
  for (const [policy, hearing] of [["contacts", "asking"], ["nobody", "unheard"]] as const) {
    contactStatuses.policy = policy;
    assert.equal(hearingOf(bob, alice), hearing);
    assert.equal(contactStatuses.opensTexts, false);
  }
  contactStatuses.forgetPolicy();
  assert.equal(hearingOf(bob, alice), "texts");
});

Deno.test("who is declined or blocked is not heard by the server's word", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  for (const standing of ["declined", "blocked"] as const) {
    bob.messenger.contacts.contactStatuses.set(alice.account, standing);
    assert.equal(hearingOf(bob, alice), "unheard");
  }
  await alice.say(bob, "please?");
  await exchange(bob, alice);
  assert.deepEqual(await bob.entries(), []);
  assert.deepEqual(await waiting(bob), []);
});

Deno.test("a server that takes its word back, or never gave it, has strangers wait", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob, world } = pair;
  world.server.parts.accountPolicy.requests = "strangers";
  await bob.disconnect();
  await bob.connect();
  await alice.say(bob, "hello?");
  await exchange(bob, alice);
  assert.deepEqual(await bob.received(), []);
  assert.deepEqual(await waiting(bob), ["hello?"]);
});
