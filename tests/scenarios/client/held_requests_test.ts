/** What strangers do to what waits: it is there when they are accepted, as if they had been heard at once (decision 0025). */

import assert from "node:assert/strict";
import {
  acceptRequest,
  listRequests,
  refuseAccount,
} from "../../../lib/client/contacts/requests.ts";
import { exchange } from "../../kit/exchanging.ts";
import { openPair, type TestClient } from "../../kit/test_client.ts";

/** Alice, a stranger to bob, who has not heard of her. */
async function openStrangers() {
  const pair = await openPair();
  pair.bob.messenger.contacts.contactStatuses.policy = "contacts";
  await pair.alice.client.findContact("bob");
  return pair;
}

async function waiting({ messenger }: TestClient): Promise<readonly string[]> {
  return (await listRequests(messenger)).flatMap(({ texts }) => texts.map(({ text }) => text));
}

async function changeText(client: TestClient, id: string, edited?: string): Promise<void> {
  const entry = await client.messenger.history.text(id);
  assert(entry !== undefined);
  await client.client.talk.change(
    entry,
    edited === undefined ? { kind: "delete" } : { kind: "edit", text: edited },
  );
}

async function accept({ messenger }: TestClient, { account }: TestClient): Promise<number> {
  return await acceptRequest(messenger, account);
}

Deno.test("an accepted text has its time to disappear, and the conversation its timer", async () => {
  await using pair = await openStrangers();
  const { world, alice, bob } = pair;
  await alice.client.talk.setTimer(bob.account, 60);
  const id = await alice.say(bob, "soon gone");
  await exchange(bob, alice);
  assert.deepEqual(await bob.notices(), []);
  await accept(bob, alice);
  await exchange(bob, alice);
  const entry = await bob.messenger.history.text(id);
  assert.deepEqual([entry?.text, entry?.expireSeconds], ["soon gone", 60]);
  assert.equal(bob.client.talk.timerOf(alice.account), 60);
  assert.deepEqual((await bob.notices()).filter((code) => code === "timer"), ["timer"]);
  bob.client.talk.markShown(await bob.entries());
  await world.clock.advance(61_000);
  await bob.client.talk.refresh();
  assert.equal(await bob.messenger.history.text(id), undefined);
});

Deno.test("an accepted answer still answers", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  const first = await alice.say(bob, "one");
  const entry = await alice.messenger.history.text(first);
  assert(entry !== undefined);
  const second = await alice.client.talk.reply(entry, "two");
  await exchange(alice, bob);
  await accept(bob, alice);
  assert.equal((await bob.messenger.history.text(second))?.replyTo, first);
});

Deno.test("a stranger's edit is what is shown and what is accepted, and counts as an edit", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  const id = await alice.say(bob, "helo");
  await exchange(bob);
  await changeText(alice, id, "hello");
  await changeText(alice, id, "hello bob");
  await exchange(alice, bob);
  assert.deepEqual(await waiting(bob), ["hello bob"]);
  await accept(bob, alice);
  const entry = await bob.messenger.history.text(id);
  assert.equal(entry?.text, "hello bob");
  assert.notEqual(entry?.editedMs, undefined);
});

Deno.test("what a stranger deletes waits no more, even when both come at once", async () => {
  for (const isSeen of [true, false]) {
    await using pair = await openStrangers();
    const { alice, bob } = pair;
    const id = await alice.say(bob, "regret");
    await alice.say(bob, "hello");
    if (isSeen) await exchange(bob);
    await changeText(alice, id);
    await exchange(alice, bob);
    assert.deepEqual(await waiting(bob), ["hello"]);
    assert.equal(await accept(bob, alice), 1);
    await exchange(bob, alice);
    assert.deepEqual(await bob.received(), ["hello"]);
  }
});

Deno.test("changes of who is declined go with their texts; changes to nothing are not kept", async () => {
  await using pair = await openStrangers();
  const { alice, bob } = pair;
  const changes = () =>
    bob.client.profile.database.query("SELECT count(*) AS n FROM change", (row) => row.integer("n"))
      .first();
  const id = await alice.say(bob, "helo");
  await changeText(alice, id, "hello");
  await exchange(alice, bob);
  assert.equal(changes(), 1);
  refuseAccount(bob.messenger, alice.account, "declined");
  assert.equal(changes(), 0);
  // As if never met; the text of the next change is gone.
  bob.messenger.contacts.contactStatuses.set(alice.account, undefined);
  await changeText(alice, id, "hello again");
  await exchange(alice, bob);
  assert.equal(changes(), 0);
});

Deno.test("a stranger's files wait without their names, and are an offer like any other once accepted", async () => {
  await using pair = await openStrangers();
  const { world, alice, bob } = pair;
  const path = `${await world.folder()}/evil name.txt`;
  await Deno.writeTextFile(path, "text");
  const offer = () =>
    alice.client.transfers.offer(bob.account, [path], new AbortController().signal);
  await offer();
  await exchange(alice, bob);
  assert.deepEqual(await waiting(bob), [
    "[wants to send you files: accept this person to see them]",
  ]);
  assert.deepEqual(await bob.client.transfers.waiting(), []);
  await accept(bob, alice);
  await exchange(bob, alice);
  const [transfer] = await bob.client.transfers.waiting();
  assert.deepEqual(transfer.items.map(({ path }) => path), ["evil name.txt"]);
  assert.deepEqual((await bob.notices()).filter((code) => code === "file-offer"), ["file-offer"]);
  await bob.client.transfers.accept(transfer, await world.folder());
  await exchange(bob, alice);
  assert.equal((await alice.notices()).includes("file-accepted"), true);
});

Deno.test("files that a stranger takes back are offered no more", async () => {
  await using pair = await openStrangers();
  const { world, alice, bob } = pair;
  const path = `${await world.folder()}/name.txt`;
  await Deno.writeTextFile(path, "text");
  const signal = new AbortController().signal;
  await alice.client.transfers.offer(bob.account, [path], signal);
  await exchange(alice, bob);
  const [transfer] = await alice.client.transfers.active();
  await alice.client.transfers.cancel(transfer);
  await exchange(alice, bob);
  assert.deepEqual(await waiting(bob), []);
  assert.equal(await accept(bob, alice), 0);
  assert.deepEqual(await bob.client.transfers.waiting(), []);
});
