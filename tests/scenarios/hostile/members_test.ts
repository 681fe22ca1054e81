/**
 * A member who seals what contradicts itself, or what every member knows better, is held alone and named; all others go on
 * (SR-28, SR-35).
 */

import assert from "node:assert/strict";
import { type Bytes, encodeBase64 } from "../../../lib/base/bytes.ts";
import { newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { sealMessage } from "../../../lib/crypto/mls/seal.ts";
import { markDelivered } from "../../../lib/client/sending/receipts.ts";
import { seal } from "../../../lib/client/sending/sealer.ts";
import { encodePacket } from "../../../lib/protocol/packet.ts";
import {
  assertTalk,
  conversationOf,
  countLines,
  forge,
  newLines,
  openTown,
  sendNoise,
  stateOf,
  syncAll,
  type Town,
} from "../../kit/four_members.ts";
import { openTalk } from "../../kit/test_client.ts";
import { infoOf, say } from "../../kit/town.ts";

/** What dave can do, and what the line says. */
const LIES: readonly {
  readonly name: string;
  readonly moderationAction: string;
  tell(place: Town): Promise<void>;
}[] = [
  {
    name: "a wrong hash of the one before",
    moderationAction: "sent a message that contradicts its earlier ones",
    tell: ({ dave, room }) =>
      forge(dave, room, () => ({ previous: encodeBase64(new Uint8Array(16).fill(7)) })),
  },
  {
    name: "another message under a number that was there",
    moderationAction: "sent a message that contradicts its earlier ones",
    tell: ({ dave, room }) => forge(dave, room, ({ number }) => ({ number: number - 1 })),
  },
  {
    name: "a receipt with another transcript",
    moderationAction: "confirmed messages that it cannot have seen",
    async tell(place) {
      const { alice, dave, room } = place;
      const id = await say(alice, room, "confirm this");
      await dave.client.sync();
      const epoch = dave.messenger.groups.epochOf(conversationOf(dave, room)) ?? 0;
      const transcript = encodeBase64(new Uint8Array(16).fill(9));
      await forge(dave, room, () => ({ items: [{ id, epoch, transcript }] }));
    },
  },
  {
    name: "a receipt for an epoch that is still to come",
    moderationAction: "confirmed messages that it cannot have seen",
    async tell({ alice, dave, room }) {
      const id = await say(alice, room, "confirm this");
      await dave.client.sync();
      const epoch = 1 + (dave.messenger.groups.epochOf(conversationOf(dave, room)) ?? 0);
      const transcript = encodeBase64(new Uint8Array(16).fill(9));
      await forge(dave, room, () => ({ items: [{ id, epoch, transcript }] }));
    },
  },
];

for (const { name, moderationAction, tell } of LIES) {
  Deno.test(`SR-28: who seals ${name} is held alone and named, and can be put out`, async () => {
    await using place = await openTown();
    const { alice, bob, carol, dave, room } = place;
    const honest = [alice, bob, carol];
    const before = await Promise.all(honest.map((client) => countLines(client, room)));
    await tell(place);
    await syncAll(honest);
    for (const [i, client] of honest.entries()) {
      const told = await newLines(client, room, before[i]);
      assert.equal(told.length, 1, `${client.account}: ${told}`);
      assert.match(
        told[0],
        new RegExp(`^A device of dave ${moderationAction}: .*room remove ${room.slice(1)} dave$`),
      );
      assert.equal(stateOf(client, room), "active");
    }
    await assertTalk(place, honest);
    // Nothing of dave's is taken, over a restart too, and nothing more is told of it.
    await alice.restart();
    await alice.connect();
    await say(dave, room, "believe me");
    await tell(place);
    await syncAll(honest);
    for (const [i, client] of honest.entries()) {
      assert.equal((await client.received()).includes("believe me"), false, client.account);
      assert.equal((await newLines(client, room, before[i])).length, 1);
    }
    await alice.client.rooms.remove(await infoOf(alice, room), dave.account);
    await syncAll(honest);
    assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob", "carol"]);
    await assertTalk(place, honest);
  });
}

Deno.test("SR-28: a member who comes in with fresh keys is heard again", async () => {
  await using place = await openTown();
  const { alice, bob, carol, dave, room } = place;
  await forge(dave, room, () => ({ previous: encodeBase64(new Uint8Array(16)) }));
  await syncAll([alice, bob, carol]);
  await dave.connect({
    middle: {
      down({ header, payload }, pass) {
        const claim = header.kind === "login.device-done" ? { highestNumber: 5000 } : {};
        pass({ ...header, ...claim }, payload);
      },
    },
  });
  await syncAll([dave, alice, bob, carol]);
  await syncAll([alice, bob, carol]);
  await assertTalk(place, [alice, bob, carol, dave]);
});

Deno.test("SR-28, SR-35: a member's noise stops no room, and nobody is blamed for what nobody signed", async () => {
  await using place = await openTown();
  const { alice, bob, carol, dave, room } = place;
  const honest = [alice, bob, carol];
  const before = await Promise.all(honest.map((client) => countLines(client, room)));
  // Sealed in its epoch, and damaged; of an epoch to come; called a commit; of a type that is none.
  const group = await dave.messenger.groups.load(conversationOf(dave, room));
  assert(group !== undefined);
  const { message } = await sealMessage(group.state, new Uint8Array(40));
  const damaged = message.slice();
  damaged[damaged.length - 1] ^= 1;
  for (let i = 0; i < 5; i++) await sendNoise(dave, room, damaged);
  await sendNoise(dave, room, withEpoch(message, 99));
  await assert.rejects(() => sendNoise(dave, room, withContentType(message, 3)), {
    code: "bad-message",
  });
  await sendNoise(dave, room, withContentType(message, 9));
  await sendNoise(dave, room, new Uint8Array(9));
  await syncAll(honest);
  for (const [i, client] of honest.entries()) {
    assert.equal(stateOf(client, room), "active", client.account);
    const told = await newLines(client, room, before[i]);
    assert.deepEqual(told.filter((line) => line.includes("dave")), []);
    assert.equal(told.filter((line) => line.startsWith("Several messages")).length, 1);
  }
  await assertTalk(place, honest);
});

/** MLSMessage: version (2), wire format (2), group id (1 + 32), epoch (8), content type (1). */
function withEpoch(message: Bytes, epoch: number): Bytes {
  const changed = message.slice();
  new DataView(changed.buffer).setBigUint64(37, BigInt(epoch));
  return changed;
}

function withContentType(message: Bytes, type: number): Bytes {
  const changed = message.slice();
  changed[45] = type;
  return changed;
}

Deno.test("SR-27: a receipt that names another epoch than the message's confirms nothing", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const conversation = alice.messenger.conversations.openWith(bob.account)?.conversation;
  assert(conversation !== undefined);
  // Two epochs that both have seen.
  const old = bob.messenger.groups.epochOf(conversation) ?? 0;
  bob.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await bob.client.sync();
  await alice.client.sync();
  assert.equal(alice.messenger.groups.epochOf(conversation), old + 1);
  await bob.disconnect();
  const id = await alice.say(bob, "sealed in the new one");
  // The right hash of the wrong epoch: bob confirms an older message with this id.
  await bob.connect();
  bob.client.profile.database.command("INSERT INTO receipt_due VALUES (?, ?, ?)").run(
    conversation,
    id,
    old,
  );
  await bob.client.sync();
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(id), "sent");
  assert.equal(alice.stateWith(bob), "active");
  const item = { id, transcript: "", epoch: old + 1 };
  assert.deepEqual(markDelivered(alice.messenger, conversation, [{ ...item, epoch: old }]), []);
  assert.deepEqual(markDelivered(alice.messenger, conversation, [item]), [id]);
});

Deno.test("SR-28: between two people a broken chain names the other side and holds the conversation", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const conversation = bob.messenger.conversations.openWith(alice.account)?.conversation;
  assert(conversation !== undefined);
  await seal(bob.messenger, conversation, [{
    envelope: newEnvelopeId(systemRandom),
    isDue: () => true,
    commit: () => {},
    payload: (chain) =>
      encodePacket({
        kind: "receipt.delivered",
        ...chain,
        previous: encodeBase64(new Uint8Array(16)),
        items: [],
      }),
  }]);
  await bob.client.flush();
  await alice.client.sync();
  assert.equal(alice.stateWith(bob), "out-of-step");
  assert.deepEqual(await alice.notices(), ["chain-broken"]);
  const line = (await alice.entries()).find(({ id }) => id === "chain-broken")?.text ?? "";
  assert.equal(
    line,
    "A device of bob sent a message that contradicts its earlier ones: do not rely on this conversation. No more messages are sent",
  );
});
