/** What messages of others may cost a receiver (SR-24, SR-29): steps of a ratchet, by sender and minute, and nothing for the blocked. */

import assert from "node:assert/strict";
import type { Peer } from "../../../lib/base/ids.ts";
import { MAX_FORWARD_STEPS } from "../../../lib/crypto/mls/group_config.ts";
import { skipAhead } from "../../kit/groups.ts";
import type { TestClient } from "../../kit/test_client.ts";
import { found, lines, say, settle, town } from "../../kit/town.ts";

const MINUTE_MS = 60_000;

/** As if the device had sealed so many messages more and thrown them away. */
async function leaveOut({ messenger }: TestClient, peer: Peer, steps: number): Promise<void> {
  const conversation = messenger.conversations.openWith(peer)?.conversation;
  assert(conversation !== undefined);
  const group = await messenger.groups.load(conversation);
  assert(group !== undefined);
  const prepared = await messenger.groups.prepare(skipAhead(group.state, steps), group);
  assert(messenger.groups.replace(prepared, group.version));
}

/** How far a client's ratchet of another one's messages has come. */
async function generationOf(at: TestClient, peer: Peer, from: TestClient): Promise<number> {
  const conversation = at.messenger.conversations.openWith(peer)?.conversation;
  assert(conversation !== undefined);
  const group = await at.messenger.groups.load(conversation);
  const leaf = group?.state.members.find(({ accountId }) => accountId === from.account)?.leafIndex;
  assert(group !== undefined && leaf !== undefined);
  return group.state.use().secretTree[2 * leaf].application.generation;
}

Deno.test("SR-24: a sender who leaves out thousands costs so many steps a minute, and loses nothing", async () => {
  await using place = await town(3);
  const { world, alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  await bob.disconnect();
  const heard = (await bob.received()).length;
  const before = await bob.notices();
  const texts = Array.from({ length: 20 }, (_, i) => `after ${i} times 1,990`);
  for (const text of texts) {
    await leaveOut(carol, room, 1990);
    await say(carol, room, text);
  }
  await say(alice, room, "not so dear");
  await bob.connect();
  await bob.client.sync();
  // All of the minute, and not one message of carol's more; what others say comes at once.
  const first = Math.floor(MAX_FORWARD_STEPS / 1990);
  const news = async () => (await bob.received()).slice(heard);
  assert.deepEqual(await news(), [...texts.slice(0, first), "not so dear"]);
  assert((await generationOf(bob, room, carol)) <= first * 1991 + 1);
  await bob.client.sync();
  assert.equal((await news()).length, first + 1);
  // A program that goes on running tries again by itself.
  await bob.client.receiving(async (caughtUp) => {
    await caughtUp;
    while ((await news()).length < 2 * first + 1) {
      const more = Promise.withResolvers<void>();
      const end = bob.client.listen(() => more.resolve());
      await world.clock.advance(MINUTE_MS);
      if ((await news()).length < 2 * first + 1) await more.promise;
      end();
    }
  });
  for (let minute = 0; minute < 2; minute++) {
    await world.clock.advance(MINUTE_MS);
    await bob.client.sync();
  }
  assert.deepEqual((await news()).filter((text) => text !== "not so dear"), texts);
  assert.deepEqual(await bob.notices(), before);
});

Deno.test("SR-29: a message under another name than its leaf's costs no step of either, and opens where none is needed", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  await bob.disconnect();
  await bob.connect({
    middle: {
      down({ header, payload }, pass) {
        const isHers = header.kind === "relay.envelope" && header.account === carol.account;
        pass(isHers ? { ...header, account: alice.account } : header, payload);
      },
    },
  });
  const at = await generationOf(bob, room, carol);
  await say(carol, room, "in a row");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "in a row");
  assert.equal(await generationOf(bob, room, carol), at + 1);
  await leaveOut(carol, room, 1990);
  await say(carol, room, "too dear");
  await bob.client.sync();
  assert.equal(await generationOf(bob, room, carol), at + 1);
  const { forward } = bob.messenger.groups;
  for (const { account } of [alice, carol]) {
    assert.equal(forward.take(account, MAX_FORWARD_STEPS), true, account);
  }
});

Deno.test("SR-24: a message beyond all bounds is a gap, and no sign of a fork", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  await leaveOut(carol, room, MAX_FORWARD_STEPS + 1);
  for (let i = 0; i < 4; i++) await say(carol, room, "too far");
  await bob.client.sync();
  assert.equal(bob.messenger.conversations.openWith(room)?.state, "active");
  await say(alice, room, "the room goes on");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "the room goes on");
});

Deno.test("nothing of a blocked member is opened, and the room is whole when they are unblocked", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  await say(carol, room, "before");
  await settle(...clients);
  const before = await lines(bob, room);
  const at = await generationOf(bob, room, carol);
  bob.messenger.contacts.contactStatuses.set(carol.account, "blocked");
  for (let i = 0; i < 12; i++) {
    await leaveOut(carol, room, 800);
    await say(carol, room, `unheard ${i}`);
    await bob.client.sync();
  }
  assert.equal(await generationOf(bob, room, carol), at);
  // What she commits counts all the same.
  carol.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
  await settle(...clients);
  for (let i = 0; i < 9; i++) await leaveOut(carol, room, 1100);
  await say(carol, room, "unheard at last");
  await settle(...clients);
  assert.equal(await generationOf(bob, room, carol), 0);
  assert.equal((await bob.received()).at(-1), "before");
  bob.messenger.contacts.contactStatuses.set(carol.account, "known");
  await say(carol, room, "heard again");
  await settle(...clients);
  assert.equal((await bob.received()).at(-1), "heard again");
  await say(bob, room, "welcome back");
  await settle(...clients);
  assert.equal((await carol.received()).at(-1), "welcome back");
  assert.deepEqual(await lines(bob, room), before);
});

Deno.test("SR-28: a server that writes the name of a blocked member on another one's message hides no gap", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  await say(alice, room, "before");
  await settle(...clients);
  bob.messenger.contacts.contactStatuses.set(carol.account, "blocked");
  const before = (await lines(bob, room)).length;
  await bob.disconnect();
  for (const text of ["hidden", "after"]) await say(alice, room, text);
  let count = 0;
  await bob.connect({
    middle: {
      down({ header, payload }, pass) {
        const isFirst = header.kind === "relay.envelope" && ++count === 1;
        pass(isFirst ? { ...header, account: carol.account } : header, payload);
      },
    },
  });
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "after");
  assert.deepEqual((await lines(bob, room)).slice(before), [
    "1 message or receipt did not arrive here",
  ]);
});
