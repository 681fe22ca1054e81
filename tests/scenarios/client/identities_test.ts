/** Changed identities: nothing leaves until a person decided (SR-06 to SR-08). */

import assert from "node:assert/strict";
import { acceptNumber, compareNumbers, explainComparison } from "../../../lib/app/safety.ts";
import { openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";
import { found, infoOf, say, settle } from "../../kit/town.ts";

async function contactOf(client: TestClient, account: string) {
  const contact = await client.messenger.contacts.find(account as TestClient["account"]);
  assert(contact !== undefined);
  return contact;
}

/** The announcements of the server go out every 250 ms. */
async function announced({ world }: Pair) {
  await world.clock.advance(300);
}

/** Resolves when bob has compared an announced identity with his pin. */
async function compared(talk: Pair, reset: Promise<TestClient>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  talk.bob.client.listen((event) => {
    if (event.type === "identity") resolve();
  });
  await reset;
  await announced(talk);
  await promise;
}

Deno.test("SR-07: after an identity change nothing new leaves until it is accepted, then texts flow again both ways", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const again = await (await world.reset("alice", 2)).connect();
  await announced(talk);
  const queued = await bob.client.write(again.account, "queued");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "identity-changed");
  assert.equal(bob.client.deliveryOf(queued), "queued");
  assert.equal(bob.messenger.outbox.after(0, 9).length, 0);
  assert.deepEqual(await bob.notices(), ["identity-changed"]);

  await bob.client.acceptIdentity(await contactOf(bob, "alice"));
  assert.deepEqual(await bob.client.flush(), []);
  await again.client.sync();
  assert.deepEqual(await again.received(), ["queued"]);
  await again.say(bob, "it is me");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "it is me");
  assert.equal(bob.client.deliveryOf(queued), "delivered");
});

Deno.test("SR-07: what was sealed before the change, and had not left, goes to the new identity after it was accepted", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await bob.disconnect();
  await bob.connect({
    middle: {
      up({ header, payload }, pass) {
        // The text is sealed and written down; then the line breaks.
        if (header.kind === "relay.send") bob.link?.cut();
        else pass(header, payload);
      },
    },
  });
  const id = await bob.client.write(alice.account, "sealed for the old one");
  await assert.rejects(bob.client.flush(), { name: "TransportError" });
  assert.equal(bob.client.deliveryOf(id), "sealed");

  const again = await (await world.reset("alice", 2)).connect();
  await bob.connect();
  // Bob was away when it was announced.
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "identity-changed");
  assert.equal(bob.client.deliveryOf(id), "sealed");
  await bob.client.acceptIdentity(await contactOf(bob, "alice"));
  assert.equal(bob.client.deliveryOf(id), "queued");
  await bob.client.flush();
  await again.client.sync();
  assert.deepEqual(await again.received(), ["sealed for the old one"]);
});

Deno.test("SR-07: a conversation that the new identity begins waits until it is accepted", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const again = await (await world.reset("alice", 2)).connect();
  await again.say(bob, "I lost my phone");
  await bob.client.sync();
  assert.equal((await bob.received()).includes("I lost my phone"), false);
  assert.deepEqual(await bob.notices(), ["identity-changed"]);
  // No receipt either.
  await again.client.sync();
  await bob.client.sync();
  assert.deepEqual(await again.received(), []);

  await bob.client.acceptIdentity(await contactOf(bob, "alice"));
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "I lost my phone");
  await bob.say(again, "sorry to hear");
  await again.client.sync();
  assert.deepEqual(await again.received(), ["sorry to hear"]);
});

Deno.test("SR-07: while bob receives, accepting takes up at once what was held", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const again = await (await world.reset("alice", 2)).connect();
  await again.say(bob, "I lost my phone");
  await bob.client.receiving(async (caughtUp) => {
    await caughtUp;
    const { promise, resolve } = Promise.withResolvers<string>();
    bob.client.listen((event) => {
      if (event.type === "entry" && event.entry.kind === "text") resolve(event.entry.text);
    });
    await bob.client.acceptIdentity(await contactOf(bob, "alice"));
    assert.equal(await promise, "I lost my phone");
  });
});

Deno.test("SR-07: an identity that the old one signed is a notice for an unverified contact", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const again = await (await world.reset("alice", 2, 0)).connect();
  await announced(talk);
  await again.say(bob, "new keys");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "new keys");
  assert.deepEqual(await bob.notices(), ["identity-rotated"]);
  await bob.say(again, "fine");
  await again.client.sync();
  assert.deepEqual(await again.received(), ["fine"]);
});

Deno.test("SR-07: a verified contact is held, whoever signed the new identity", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const before = await contactOf(bob, "alice");
  const number = alice.client.safetyNumber(await contactOf(alice, "bob"));
  assert.equal(await bob.client.verify(before, number), true);
  const again = await (await world.reset("alice", 2, 0)).connect();
  await announced(talk);
  await bob.client.write(again.account, "queued");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "identity-changed");
  const changed = await contactOf(bob, "alice");
  assert.equal(changed.trust, "verified");
  assert.equal((await bob.client.acceptIdentity(changed)).trust, "unverified");
});

Deno.test("who closes waits for the comparison that an announcement began", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const { contacts } = bob.messenger;
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const order: string[] = [];
  const read = contacts.read.bind(contacts);
  contacts.read = async (account) => {
    asked.resolve();
    await answer.promise;
    order.push("compared");
    return await read(account);
  };
  await (await world.reset("alice", 2)).connect();
  await announced(talk);
  await asked.promise;
  const { link } = bob.client;
  const closing = bob.client.close().then(() => order.push("closed"));
  await link.closed;
  // A turn of the event loop: who does not wait has closed by then.
  await new Promise((resolve) => setTimeout(resolve));
  answer.resolve();
  await closing;
  assert.deepEqual(order, ["compared", "closed"]);
});

Deno.test("SR-07: a rotation that another identity signed counts for nothing", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const again = await (await world.reset("alice", 2, 3)).connect();
  await announced(talk);
  await bob.client.write(again.account, "queued");
  assert.equal((await bob.client.flush())[0].error?.code, "identity-changed");
});

Deno.test("SR-08: a contact is verified only by all 60 digits, blanks ignored", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const number = alice.client.safetyNumber(await contactOf(alice, "bob"));
  const contact = await contactOf(bob, "alice");
  assert.equal(bob.client.safetyNumber(contact), number);
  for (const wrong of [number.slice(0, 59), number.slice(1), `${number}0`, ""]) {
    assert.equal(await bob.client.verify(contact, wrong), false);
  }
  assert.equal((await contactOf(bob, "alice")).trust, "unverified");
  const spaced = number.replace(/.{5}/g, "$& ");
  assert.equal(await bob.client.verify(contact, spaced), true);
  assert.equal((await contactOf(bob, "alice")).trust, "verified");
});

Deno.test("SR-08: a changed identity is taken with its digits, and not with others", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const old = alice.client.safetyNumber(await contactOf(alice, "bob"));
  const again = await (await world.reset("alice", 2)).connect();
  await announced(talk);
  await bob.client.write(again.account, "queued");

  assert.equal(await acceptNumber(bob.client, "alice", old), false);
  const refused = await compareNumbers(bob.client, "alice", old);
  assert.equal(refused.changed, true);
  assert.equal(
    explainComparison(refused, "verify alice --accept"),
    "alice's safety number changed, and these are not its digits: nothing was accepted, and no messages are sent",
  );
  assert.equal((await bob.client.flush())[0].error?.code, "identity-changed");

  const { number } = await compareNumbers(bob.client, "alice", undefined);
  assert.equal(await acceptNumber(bob.client, "alice", number), true);
  assert.equal((await compareNumbers(bob.client, "alice", number)).agrees, true);
  assert.deepEqual(await bob.client.flush(), []);
  await again.client.sync();
  assert.deepEqual(await again.received(), ["queued"]);
});

Deno.test("SR-08: digits that were read off before a change verify nothing after it", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const shown = await contactOf(bob, "alice");
  const number = alice.client.safetyNumber(await contactOf(alice, "bob"));
  await compared(talk, world.reset("alice", 2, 0));
  assert.equal(await bob.client.verify(shown, number), false);
  assert.equal((await contactOf(bob, "alice")).trust, "unverified");
});

Deno.test("SR-07: what is accepted is the identity that was shown, not one that came after it", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  await compared(talk, world.reset("alice", 2));
  const shown = await contactOf(bob, "alice");
  assert.notEqual(shown.changedTo, undefined);
  await compared(talk, world.reset("alice", 3));
  const after = await bob.client.acceptIdentity(shown);
  assert.notEqual(after.changedTo, undefined);
  assert.notEqual(after.changedTo, shown.changedTo);
});

Deno.test("a conversation can be begun anew, and goes on in both directions", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await bob.client.beginAnew(await contactOf(bob, "alice"));
  assert.equal(bob.stateWith(alice), undefined);
  await bob.say(alice, "from the start");
  await alice.client.sync();
  assert.equal((await alice.received()).at(-1), "from the start");
  assert.deepEqual(await alice.notices(), ["begun-anew"]);
  await alice.say(bob, "with fresh keys");
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "with fresh keys");
});

Deno.test("SR-07: an invitation of somebody whose identity changed is not taken before it is accepted", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const again = await (await world.reset("alice", 2)).connect();
  await announced(talk);
  const room = await found(again, [bob]);
  await settle(again, bob);
  const { code } = await bob.client.rooms.invited.join(room).then(
    () => ({ code: "joined" }),
    (error) => error,
  );
  assert.equal(code, "identity-changed");
  assert.equal(bob.messenger.conversations.openWith(room), undefined);
  await bob.client.acceptIdentity(await contactOf(bob, "alice"));
  await settle(bob, again);
  await say(again, room, "it is me");
  await settle(bob);
  assert.equal((await bob.received()).at(-1), "it is me");
});

Deno.test("SR-07: nothing leaves for a room while a member's identity has changed and nobody has said a word to it", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const room = await found(bob, [alice]);
  await settle(bob, alice);
  await say(bob, room, "before");
  await compared(talk, world.reset("alice", 2));
  assert.notEqual((await contactOf(bob, "alice")).changedTo, undefined);
  const id = await bob.client.write(room, "after");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "identity-changed");
  assert.equal(bob.client.deliveryOf(id), "queued");
});

Deno.test("SR-07: a member whose identity changed is put out by somebody who knows them, and comes in anew", async () => {
  await using talk = await openTalk();
  const { world, bob } = talk;
  const room = await found(bob, [talk.alice]);
  await settle(bob, talk.alice);
  const reset = world.reset("alice", 2);
  await compared(talk, reset);
  const again = await (await reset).connect();
  // Whether the new identity was accepted or not.
  await bob.client.rooms.remove(await infoOf(bob, room), again.account);
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["bob"]);
  await bob.client.acceptIdentity(await contactOf(bob, "alice"));
  await bob.client.rooms.invite(await infoOf(bob, room), await contactOf(bob, "alice"));
  await settle(bob, again);
  await say(bob, room, "welcome back");
  await settle(again);
  assert.equal((await again.received()).at(-1), "welcome back");
});
