/** Message requests, blocking, and what strangers learn: nothing (docs/decisions/0025-message-requests.md). */

import assert from "node:assert/strict";
import {
  acceptRequest,
  HELD_ACCOUNTS_MAX,
  HELD_TEXTS_MAX,
  holdText,
  listRequests,
  refuseAccount,
  takeUnshown,
} from "../../../lib/client/contacts/requests.ts";
import type { RequestPolicy } from "../../../lib/client/store/contact_status.ts";
import { openPair, type TestClient, World } from "../../kit/test_client.ts";
import { accountId, conversationId } from "../../unit/server/store_kit.ts";

async function openStrangers(policy: RequestPolicy = "contacts") {
  const pair = await openPair();
  pair.bob.messenger.contacts.contactStatuses.policy = policy;
  return pair;
}

async function settle(...clients: readonly TestClient[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const { client } of clients) await client.sync();
}

async function waiting({ messenger }: TestClient): Promise<readonly string[]> {
  const requests = await listRequests(messenger);
  return requests.flatMap(({ texts }) => texts.map(({ from, text }) => `${from}: ${text}`));
}

async function accept(client: TestClient, other: TestClient): Promise<void> {
  await acceptRequest(client.messenger, other.account);
}

const epochOf = ({ messenger }: TestClient, other: TestClient) => {
  const open = messenger.conversations.openWith(other.account);
  return open && messenger.groups.epochOf(open.conversation);
};

Deno.test("what a stranger says waits, and the stranger sees no sign of anybody", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  const asked: string[] = [];
  bob.client.listen((event) => {
    if (event.type === "request") asked.push(event.account);
  });
  const ids = [await alice.say(bob, "hello?"), await alice.say(bob, "anybody there?")];
  await settle(bob, alice);
  assert.deepEqual(await waiting(bob), ["alice: hello?", "alice: anybody there?"]);
  assert.deepEqual(asked, ["alice"]);
  assert.deepEqual(await bob.entries(), []);
  for (const id of ids) assert.equal(alice.client.deliveryOf(id), "sent");
  // Not even fresh keys: the group is as alice began it.
  assert.equal(epochOf(alice, bob), 1);
});

Deno.test("an accepted request moves into the history, is confirmed, and the talk goes on", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  const id = await alice.say(bob, "hello?");
  await settle(bob);
  await accept(bob, alice);
  await settle(bob, alice);
  assert.deepEqual(await bob.received(), ["hello?"]);
  assert.deepEqual(await waiting(bob), []);
  assert.equal(alice.client.deliveryOf(id), "delivered");
  assert.notEqual(epochOf(alice, bob), 1);
  await alice.say(bob, "there you are");
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["hello?", "there you are"]);
});

Deno.test("who is written to, or verified, needs no accepting", async () => {
  for (const how of ["write", "verify"] as const) {
    await using pair = await openStrangers();
    const { alice, bob } = pair;
    await alice.say(bob, "hello?");
    await settle(bob);
    if (how === "write") await bob.say(alice, "hello yourself");
    else {
      const contact = await bob.client.findContact("alice");
      assert.equal(await bob.client.verify(contact, bob.client.safetyNumber(contact)), true);
    }
    await settle(bob, alice);
    assert.deepEqual(await bob.received(), ["hello?"], how);
    assert.deepEqual(await waiting(bob), [], how);
  }
});

Deno.test("who is declined is not heard again, until they are written to", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  await alice.say(bob, "hello?");
  await settle(bob);
  refuseAccount(bob.messenger, alice.account, "declined");
  await alice.say(bob, "please?");
  await settle(bob, alice);
  assert.deepEqual(await waiting(bob), []);
  assert.deepEqual(await bob.entries(), []);
  await bob.say(alice, "now I need you");
  await settle(alice, bob);
  await alice.say(bob, "well");
  await settle(bob);
  assert.deepEqual(await bob.received(), ["well"]);
});

Deno.test("who is blocked sees nothing of it: nothing is shown, nothing confirmed, nothing refused", async () => {
  await using pair = await openStrangers("all");
  const { alice, bob } = pair;
  await alice.say(bob, "hello bob");
  await settle(bob, alice);
  assert.deepEqual(await bob.received(), ["hello bob"]);
  refuseAccount(bob.messenger, alice.account, "blocked");
  const id = await alice.say(bob, "are you there?");
  await settle(bob, alice);
  assert.equal(alice.client.deliveryOf(id), "sent");
  assert.deepEqual(await bob.received(), ["hello bob"]);
  await assert.rejects(bob.say(alice, "no"), { name: "Refusal", code: "blocked" });
  bob.messenger.contacts.contactStatuses.set(alice.account, "known");
  await alice.say(bob, "and now?");
  await settle(bob, alice);
  assert.deepEqual(await bob.received(), ["hello bob", "and now?"]);
  assert.deepEqual(await bob.notices(), []);
});

Deno.test("with requests from nobody, what strangers say is thrown away; with all, it comes at once", async () => {
  const seen = async (policy: RequestPolicy) => {
    await using pair = await openStrangers(policy);
    const { alice, bob } = pair;
    await alice.say(bob, "hello?");
    await settle(bob);
    return { waiting: await waiting(bob), received: await bob.received() };
  };
  assert.deepEqual(await seen("nobody"), { waiting: [], received: [] });
  assert.deepEqual(await seen("all"), { waiting: [], received: ["hello?"] });
});

Deno.test("a declined member of a room is heard there", async () => {
  await using world = await World.open();
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map(async (name, i) => (await world.client(name, i)).connect()),
  );
  const guests = [await alice.client.findContact("bob"), await alice.client.findContact("carol")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  await settle(alice, bob, carol);
  refuseAccount(bob.messenger, carol.account, "declined");
  await carol.client.write(founded.room, "from carol");
  await carol.client.flush();
  await settle(alice, bob, carol);
  assert.deepEqual(await bob.received(), ["from carol"]);
});

Deno.test("a blocked member of a room is not heard there, and the others are", async () => {
  await using world = await World.open();
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map(async (name, i) => (await world.client(name, i)).connect()),
  );
  const guests = [await alice.client.findContact("bob"), await alice.client.findContact("carol")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  assert.equal(founded.result, "created");
  await settle(alice, bob, carol);
  refuseAccount(bob.messenger, carol.account, "blocked");
  for (const from of [carol, alice]) {
    await from.client.write(founded.room, `from ${from.account}`);
    await from.client.flush();
  }
  await settle(alice, bob, carol);
  assert.deepEqual(await bob.received(), ["from alice"]);
  assert.deepEqual(await alice.received(), ["from carol"]);
});

Deno.test("invitations to rooms: of a stranger they ask first, of a blocked one they are passed over", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  const guests = [await alice.client.findContact("bob")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  assert.equal(founded.result, "created");
  await settle(alice, bob);
  assert.deepEqual((await bob.notices()).slice(-1), ["invited"]);
  assert.equal(await bob.client.rooms.find(founded.room), undefined);
  assert.equal((await bob.client.rooms.invited.list()).length, 1);
  refuseAccount(bob.messenger, alice.account, "blocked");
  assert.equal((await bob.client.rooms.invited.list()).length, 0);
  await acceptRequest(bob.messenger, alice.account);
  await settle(bob);
  // To know somebody is not to be in their room: what was asked is for bob to answer.
  assert.equal(await bob.client.rooms.find(founded.room), undefined);
  const [{ room }] = await bob.client.rooms.invited.list();
  await bob.client.rooms.invited.join(room);
  await settle(bob);
  assert.notEqual(await bob.client.rooms.find(founded.room), undefined);
});

Deno.test("a request waits at the device that it came to; the others join when it is accepted", async () => {
  await using pair = await openStrangers();
  const { world, alice, bob } = pair;
  const phone = await world.device("bob", 1);
  phone.messenger.contacts.contactStatuses.policy = "contacts";
  await phone.connect();
  // Neither of them is new any more.
  await settle(bob, phone);
  await alice.say(bob, "hello?");
  await settle(bob, phone);
  const [holder, other] = (await waiting(bob)).length > 0 ? [bob, phone] : [phone, bob];
  assert.deepEqual(await waiting(holder), ["alice: hello?"]);
  assert.equal(other.stateWith(alice), undefined);
  await accept(holder, alice);
  await settle(holder, other, alice);
  assert.equal(other.stateWith(alice), "active");
});

Deno.test("what is shown of requests is shown once; a stranger's texts are kept up to 20, of 100 strangers", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  for (let i = 1; i <= HELD_TEXTS_MAX + 1; i++) await alice.client.write(bob.account, `${i}`);
  await alice.client.flush();
  await settle(bob);
  const [request] = await takeUnshown(bob.messenger);
  assert.deepEqual([request.texts.length, request.texts.at(-1)?.text], [HELD_TEXTS_MAX, "20"]);
  assert.deepEqual(await takeUnshown(bob.messenger), []);
  const facts = { device: undefined, text: "hi", sentAtMs: 1, atMs: 1, epoch: 1 };
  for (let i = 1; i <= HELD_ACCOUNTS_MAX; i++) {
    const from = accountId(`stranger${i}`);
    const conversation = conversationId(i);
    (await holdText(bob.messenger, { ...facts, id: `${i}`, from, conversation }))();
  }
  assert.equal((await listRequests(bob.messenger)).length, HELD_ACCOUNTS_MAX);
});

Deno.test("SR-70: a further device of somebody unknown leaves no line before they are accepted", async () => {
  await using pair = await openStrangers();
  const { world, alice, bob } = pair;
  await alice.say(bob, "hello, it is me");
  await settle(bob, alice);
  const phone = await (await world.device("alice", 0)).connect();
  await settle(phone, alice, bob, phone, alice, bob);
  assert.deepEqual(await bob.entries(), []);
  assert.deepEqual(await waiting(bob), ["alice: hello, it is me"]);
});
