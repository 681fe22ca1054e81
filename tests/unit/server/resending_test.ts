/** What a device submits again: the first answer, and nothing of what it carries now (SR-20). */

import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { newConversationId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import { ready, registered } from "../../kit/raw_account.ts";
import { open, openPair, RawMember, texts } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

/** Alice, who has opened a conversation with bob and one with herself, and eve, who waits for what is not hers. */
async function openStage(server: TestServer) {
  const pair = await openPair(server);
  const account = await registered(server, "eve", { which: 2 });
  const eve = new RawMember(account, await ready(server, account));
  await Promise.all([eve.subscribe(), pair.bob.subscribe()]);
  for (const { client } of [eve, pair.bob]) client.waiting.length = 0;
  return { ...pair, eve };
}

/** What came to somebody, once everything that was sent has come. */
async function arrived({ client }: RawMember): Promise<string[]> {
  await client.get("keys.count");
  return texts(client.waiting.filter(({ header }) => header.kind === "relay.envelope"));
}

Deno.test("SR-20: an opening that is resent to somebody else reaches nobody else, and makes nobody a peer", async () => {
  await using server = await TestServer.open();
  const { alice, eve } = await openStage(server);
  const conversation = newConversationId(systemRandom);
  const submission = alice.submission(conversation);
  const first = await open(alice, alice.account, conversation, submission);
  assert.equal(first.header.opened, true);
  const again = await open(alice, eve.account, conversation, submission);
  assert.deepEqual([again.header.opened, again.header.conversation], [true, conversation]);
  assert.deepEqual(await arrived(eve), []);
  assert.deepEqual((await eve.client.get("relay.list")).conversations, []);
});

Deno.test("SR-20: a text that is resent with other bytes is the one that is stored", async () => {
  await using server = await TestServer.open();
  const { alice, bob, conversation } = await openStage(server);
  const fields = alice.submission(conversation);
  const first = await alice.client.get("relay.send", fields, utf8("first"));
  const again = await alice.client.get("relay.send", fields, utf8("second"));
  assert.deepEqual([again.seq, again.atMs], [first.seq, first.atMs]);
  assert.deepEqual(await arrived(bob), ["first"]);
});

Deno.test("SR-20: a commit that is resent delivers no other commit and no Welcome to others", async () => {
  await using server = await TestServer.open();
  const { alice, bob, eve, conversation } = await openStage(server);
  const commit = (fields: object, ...parts: readonly string[]) => {
    const { sizes, payload } = joinSections(parts.map((part) => utf8(part)));
    return alice.client.get("relay.commit", { ...fields, sizes }, payload);
  };
  const fields = { ...alice.submission(conversation), joins: false, added: [], removed: [] };
  const first = await commit(fields, "commit", "info", "");
  const { person: { accountId: account }, device } = eve.account;
  const added = [{ account, device: device.id }];
  const again = await commit({ ...fields, added }, "other", "info", "come in");
  assert.deepEqual([again.accepted, again.epoch, again.seq], [true, first.epoch, first.seq]);
  assert.deepEqual(await arrived(bob), ["commit"]);
  assert.deepEqual(await arrived(eve), []);
});
