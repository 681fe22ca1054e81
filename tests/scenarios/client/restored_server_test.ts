/** What real clients do when their server was restored from a backup (SR-58): told plainly, no fork, and talk goes on. */

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict";
import { Refusal } from "../../../lib/base/errors.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { openSite, settle, type Site } from "./restore_site.ts";

/** Makes a client renew its keys the next time that it receives. */
function age(client: TestClient): void {
  client.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
}

function conversationOf(client: TestClient, other: TestClient): string | undefined {
  return client.messenger.conversations.openWith(other.account)?.conversation;
}

async function placeOf(client: TestClient, other: TestClient): Promise<readonly unknown[]> {
  const open = client.messenger.conversations.openWith(other.account);
  const group = open && await client.messenger.groups.load(open.conversation);
  const epoch = group?.state.epoch ?? -1;
  return [open?.conversation, epoch, group?.state.transcriptHashOf(epoch)];
}

/** Both are in one conversation, in one epoch of one history, and each reads what the other says. */
async function talkOn({ alice, bob }: Site): Promise<void> {
  await settle(alice, bob);
  deepEqual(await placeOf(alice, bob), await placeOf(bob, alice));
  await alice.say(bob, "do you read me");
  await settle(bob, alice);
  await bob.say(alice, "I do");
  await settle(alice, bob);
  equal((await bob.received()).at(-1), "do you read me");
  equal((await alice.received()).at(-1), "I do");
  deepEqual(await placeOf(alice, bob), await placeOf(bob, alice));
}

async function noticeTexts(client: TestClient): Promise<readonly string[]> {
  return (await client.entries()).filter(({ kind }) => kind === "notice").map(({ text }) => text);
}

Deno.test("SR-58: texts that the backup does not have are named to both sides, and the conversation goes on", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  await bob.disconnect();
  const lost = [await alice.say(bob, "lost 1"), await alice.say(bob, "lost 2")];
  equal(alice.client.deliveryOf(lost[0]), "sent");
  const before = conversationOf(alice, bob);
  await site.restore();

  await alice.connect();
  deepEqual(lost.map((id) => alice.client.deliveryOf(id)), ["failed", "failed"]);
  deepEqual(await noticeTexts(alice), [
    "The server was restored from a backup. 2 messages of yours were not confirmed before: ask whether they arrived, or send them again",
  ]);
  await bob.connect();
  await talkOn(site);
  equal(conversationOf(alice, bob), before, "the epoch is the same: nothing begins anew");
  deepEqual(await noticeTexts(bob), [
    "2 messages or receipts did not arrive here",
  ]);
  equal((await noticeTexts(alice)).length, 1, "told once");
});

Deno.test("SR-58: what was read before the restore does not hide what comes under its numbers", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  for (const text of ["one", "two", "three"]) await alice.say(bob, text);
  await settle(bob, alice);
  await site.restore();
  for (const client of [alice, bob]) await client.connect();
  await talkOn(site);
  deepEqual((await bob.received()).slice(1), ["one", "two", "three", "do you read me"]);
  deepEqual([await noticeTexts(alice), await noticeTexts(bob)], [[], []]);
});

Deno.test("SR-58: who is beyond the backup takes no other commit for a passed epoch, and begins anew", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  await bob.disconnect();
  age(alice);
  await alice.client.sync();
  const [before, epoch] = await placeOf(alice, bob);
  await site.restore();

  // Bob was away: for him the backup is the present, and his commit is the second one of that epoch.
  await bob.connect();
  age(bob);
  await bob.client.sync();
  const said = await bob.say(alice, "before alice is back");
  deepEqual((await placeOf(bob, alice)).slice(0, 2), [before, epoch]);
  await alice.connect();
  equal(alice.stateWith(bob), "ahead");
  const held = await alice.say(bob, "said while it was held");
  equal(alice.client.deliveryOf(held), "queued");
  await alice.client.sync();
  notEqual(conversationOf(alice, bob), before);
  await talkOn(site);
  ok((await noticeTexts(alice))[0].startsWith(
    "The server was restored from a backup that has only a part of this conversation",
  ));
  ok((await bob.notices()).includes("begun-anew"));
  // Sealed in the branch that alice does not take: she sees that something was said, and bob never that it was delivered.
  ok((await alice.notices()).includes("unreadable"));
  equal(bob.client.deliveryOf(said), "sent");
  equal((await bob.received()).at(-2), "said while it was held");
});

Deno.test("SR-58: what was sealed in the epoch of the backup is read before a conversation begins anew", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  await bob.disconnect();
  age(alice);
  await alice.client.sync();
  await site.restore();
  await bob.connect();
  await bob.say(alice, "in the epoch of the backup");
  await alice.connect();
  await alice.client.sync();
  equal((await alice.received()).at(-1), "in the epoch of the backup");
  await talkOn(site);
});

Deno.test("SR-58: two who are both beyond the backup meet in one conversation", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  age(alice);
  await settle(alice, bob);
  const before = await placeOf(alice, bob);
  deepEqual(await placeOf(bob, alice), before);
  await site.restore();
  for (const client of [alice, bob]) await client.connect();
  deepEqual([alice.stateWith(bob), bob.stateWith(alice)], ["ahead", "ahead"]);
  await Promise.all([alice.client.sync(), bob.client.sync()]);
  await talkOn(site);
  notEqual(conversationOf(alice, bob), before[0]);
});

Deno.test("SR-58: a conversation that the backup does not have is begun anew", async () => {
  await using site = await openSite();
  const { world, alice, bob } = site;
  const carol = await (await world.client("carol", 2)).connect();
  await carol.disconnect();
  await site.backUp();
  await carol.connect();
  await alice.say(carol, "hello carol");
  await settle(carol, alice);
  const before = conversationOf(alice, carol);
  await site.restore();
  for (const client of [carol, alice, bob]) await client.connect();
  await talkOn({ ...site, bob: carol });
  notEqual(conversationOf(alice, carol), before);
  deepEqual((await carol.received())[0], "hello carol");
  await talkOn(site);
});

Deno.test("SR-58: an older backup over a newer one is noticed as well", async () => {
  await using site = await openSite();
  const { alice, bob } = site;
  await site.backUp();
  await site.restore();
  for (const client of [alice, bob]) await client.connect();
  await talkOn(site);
  age(bob);
  await settle(bob, alice);
  // The same backup again: the life in between is one that the restored database never had.
  await site.restore();
  for (const client of [alice, bob]) await client.connect();
  deepEqual([alice.stateWith(bob), bob.stateWith(alice)], ["ahead", "ahead"]);
  await talkOn(site);
});

Deno.test("SR-58: an account that the backup does not have is refused like an unknown one", async () => {
  await using site = await openSite();
  await site.backUp();
  const carol = await (await site.world.client("carol", 2)).connect();
  await carol.disconnect();
  await site.restore();
  await rejects(carol.connect(), (error) => error instanceof Refusal);
});

Deno.test("SR-58: a restart is no restore: nobody notices anything", async () => {
  await using site = await openSite();
  const { world, alice, bob } = site;
  const before = conversationOf(alice, bob);
  age(alice);
  await settle(alice, bob);
  await world.restartServer();
  for (const client of [alice, bob]) await client.connect();
  await talkOn(site);
  equal(conversationOf(alice, bob), before);
  deepEqual([await noticeTexts(alice), await noticeTexts(bob)], [[], []]);
});
