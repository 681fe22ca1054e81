/** Invitations to rooms: named, answered, too late. */

import assert from "node:assert/strict";
import { type AccountId, newEnvelopeId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { Requests } from "../../../lib/app/questions/requests.ts";
import { AnswerPolicy } from "../../../lib/client/contacts/answer_policy.ts";
import { befriend } from "../../../lib/client/contacts/people.ts";
import { seal } from "../../../lib/client/sending/sealer.ts";
import { encodePacket } from "../../../lib/protocol/packet.ts";
import { found, infoOf, lines, say, settle, town } from "../../kit/town.ts";

const DAY_MS = 86_400_000;

Deno.test("an invitation: who is asked first comes in by a word, or declines, and who invites sees it", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  for (const { client } of [bob, carol]) client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob, carol], { name: "ops" });
  const number = room.slice(1);
  await settle(...clients);
  for (const client of [bob, carol]) {
    assert.equal(await client.client.rooms.find(room), undefined);
    assert.deepEqual(await lines(client, room), [
      `alice invites you to this room: room join ${number}, or room decline ${number}`,
    ]);
  }
  const [invitation] = await bob.client.rooms.invited.list();
  assert.deepEqual([invitation.room, invitation.invitedBy], [room, "alice"]);
  await bob.client.rooms.invited.join(room);
  await carol.client.rooms.invited.decline(room);
  await settle(...clients);
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob"]);
  // To what one is in one is not invited any more.
  assert.deepEqual(await bob.client.rooms.invited.list(), []);
  // What it is called was known before.
  assert.equal((await infoOf(bob, room)).name, "ops");
  assert((await lines(alice, room)).includes("carol declined the invitation"));
  const [guest] = await bob.client.rooms.invited.guestsOf(await infoOf(bob, room));
  assert.deepEqual([guest.account, guest.declined], ["carol", true]);
  assert.deepEqual(await carol.client.rooms.invited.list(), []);
  await assert.rejects(carol.client.rooms.invited.join(room), { code: "not-member" });
  await assert.rejects(bob.client.rooms.invited.decline(room), { code: "already-in-room" });
  // Asked again, it is told again.
  carol.client.rooms.invited.asksFirst = false;
  const contact = await alice.client.findContact(carol.account);
  await alice.client.rooms.invite(await infoOf(alice, room), contact);
  await settle(...clients);
  assert.deepEqual([...(await infoOf(carol, room)).members.keys()], ["alice", "bob", "carol"]);
});

Deno.test("an invitation: who declined and is invited again is asked again, as often as that is", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  const requests = new Requests(bob.client, String);
  const asked = async () => {
    requests.roomsChanged();
    return (await requests.look()).requests.map(({ accept }) => accept);
  };
  const room = await found(alice, [bob], { name: "ops" });
  for (let time = 1; time <= 3; time++) {
    await settle(...clients);
    assert.equal((await lines(bob, room)).length, time);
    assert.deepEqual(await asked(), [`/room join ${room.slice(1)}`]);
    await bob.client.rooms.invited.decline(room);
    await settle(...clients);
    assert.deepEqual(await asked(), []);
    const contact = await alice.client.findContact(bob.account);
    await alice.client.rooms.invite(await infoOf(alice, room), contact);
  }
});

Deno.test("an invitation: two who look at the same moment both see it", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  const requests = new Requests(bob.client, String);
  const [looked, listed] = await Promise.all([requests.look(), requests.list()]);
  const line = `/room join ${room.slice(1)}`;
  assert.deepEqual(looked.requests.map(({ accept }) => accept), [line]);
  assert.deepEqual(listed.map(({ accept }) => accept), [line]);
});

Deno.test("an invitation: who says yes twice at the same moment comes in once", async () => {
  await using place = await town(2);
  const { alice, bob, clients, world } = place;
  bob.client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  const { invited } = bob.client.rooms;
  let areIn = false;
  const both = Promise.all([invited.join(room), invited.join(room)]).finally(() => areIn = true);
  // The second one waits for the first.
  while (!areIn) await world.clock.advance(100);
  await both;
  await settle(...clients);
  const entered = (await lines(bob, room)).filter((line) => line === "You are now in this room");
  assert.equal(entered.length, 1);
  await say(bob, room, "here");
  await settle(...clients);
  // A second leaf in place of the first one would be told as a state that was lost.
  assert.deepEqual(
    (await lines(alice, room)).filter((line) => /lost its state|new device|removed/.test(line)),
    [],
  );
});

Deno.test("an invitation: who declined it on another device is told here when they are invited again", async () => {
  await using place = await town(2);
  const { world, alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  await using other = await (await world.device("bob", 1)).connect();
  other.client.rooms.invited.asksFirst = true;
  const requests = new Requests(bob.client, String);
  const keys = async () => {
    requests.roomsChanged();
    return (await requests.look()).requests.map(({ key }) => key);
  };
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients, other);
  const [first] = await keys();
  assert.equal((await lines(bob, room)).length, 1);
  await other.client.rooms.invited.decline(room);
  await settle(alice, other);
  // Another moment: that is what tells the two invitations apart.
  await world.clock.advance(60_000);
  const contact = await alice.client.findContact(bob.account);
  await alice.client.rooms.invite(await infoOf(alice, room), contact);
  await settle(...clients, other);
  assert.equal((await lines(bob, room)).length, 2);
  const [second] = await keys();
  assert.notEqual(second, first, "its time begins anew, and it is not put away");
  await settle(...clients, other);
  assert.equal((await lines(bob, room)).length, 2, "told once");
});

Deno.test("an invitation: what was asked about stays asked when the stranger becomes a contact", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const { contacts } = bob.messenger;
  contacts.contactStatuses.policy = "contacts";
  const room = await found(alice, [bob]);
  await settle(...clients);
  assert.equal((await lines(bob, room)).length, 1);
  await befriend(bob.messenger, alice.account);
  assert.equal(contacts.contactStatuses.hearing(alice.account), "heard");
  await bob.disconnect();
  await bob.connect();
  await settle(...clients);
  assert.equal(await bob.client.rooms.find(room), undefined);
  assert.equal((await lines(bob, room)).length, 1);
  const rules = new AnswerPolicy(bob.client.profile);
  rules.set({ account: alice.account, kind: "rooms", answer: "accept" });
  await settle(...clients);
  assert.equal((await lines(bob, room)).at(-1), "You are now in this room");
});

Deno.test("an invitation: who takes requests from nobody reads what was said in the room before they came in", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  carol.messenger.contacts.contactStatuses.policy = "nobody";
  const room = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  const contact = await alice.client.findContact(carol.account);
  await alice.client.rooms.invite(await infoOf(alice, room), contact);
  await say(alice, room, "said before");
  await settle(...clients);
  await carol.client.rooms.invited.join(room);
  await settle(...clients);
  assert.deepEqual(await carol.received(), ["said before"]);
  assert.equal((await infoOf(carol, room)).name, "ops");
});

Deno.test("an invitation: nobody comes in by one that has expired, and who invited is told", async () => {
  await using place = await town(3);
  const { world, alice, bob, carol } = place;
  await carol.disconnect();
  const room = await found(alice, [bob, carol]);
  await settle(alice, bob);
  for (const client of [alice, bob]) await client.disconnect();
  await world.clock.advance(31 * DAY_MS);
  await carol.connect();
  await settle(carol);
  assert.equal(await carol.client.rooms.find(room), undefined);
  await alice.connect();
  await settle(alice);
  assert.equal(
    (await lines(alice, room)).at(-1),
    "carol did not join: the invitation has expired",
  );
  await settle(alice);
  const told = (await lines(alice, room)).filter((line) => line.includes("expired"));
  assert.equal(told.length, 1);
});

Deno.test("an invitation: a newcomer knows the room's name although nobody else is there", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  await bob.disconnect();
  const room = await found(alice, [bob], { name: "ops", topic: "the night shift" });
  await settle(alice);
  await alice.disconnect();
  await bob.connect();
  await bob.client.sync();
  const { name, topic } = await infoOf(bob, room);
  assert.deepEqual([name, topic], ["ops", "the night shift"]);
  assert.deepEqual(await lines(bob, room), [
    "You are now in this room",
    "alice named this room ops: the night shift",
  ]);
  // It is told to the newcomer alone: the two have not talked.
  assert.deepEqual(await bob.texts(), []);
  await alice.connect();
  await settle(alice, bob);
  assert.equal((await lines(bob, room)).length, 2);
});

Deno.test("SR-37: what a room is called is not believed from who only invited themselves to say it", async () => {
  await using place = await town(3);
  const { alice, bob, carol: mallory, clients } = place;
  const room = await found(alice, [bob, mallory], { name: "ops" });
  await settle(...clients);
  await mallory.say(bob, "hi");
  await settle(...clients);
  const { conversation } = await infoOf(mallory, room);
  const direct = mallory.messenger.conversations.openWith(bob.account)?.conversation;
  assert(direct !== undefined);
  await seal(mallory.messenger, direct, [{
    envelope: newEnvelopeId(systemRandom),
    payload: (chain) =>
      encodePacket({ kind: "room.about", ...chain, conversation, name: "mine", topic: "" }),
    isDue: () => true,
    commit: () => {},
  }]);
  await mallory.client.flush();
  await settle(bob);
  assert.equal((await infoOf(bob, room)).name, "ops");
  assert.equal((await lines(bob, room)).at(-1), "carol may not rename this room");
  await say(alice, room, "go on");
});

Deno.test("an invitation: who is overtaken again and again is told so, and comes in the next time", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  const room = await found(alice, [bob]);
  await settle(...clients);
  let overtaken = 0;
  await bob.disconnect();
  await bob.connect({
    middle: {
      up({ header, payload }, pass, answer) {
        if (header.kind !== "room.commit") return pass(header, payload);
        const { request, epoch, version } = header;
        overtaken++;
        answer({ kind: "room.committed", request, accepted: false, epoch, version, seq: 1 });
      },
    },
  });
  await assert.rejects(bob.client.rooms.invited.join(room), { code: "stale-epoch" });
  assert.ok(overtaken > 1);
  await bob.connect();
  await bob.client.rooms.invited.join(room);
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob"]);
});

Deno.test("an invitation of somebody who is blocked is passed over, and told once they are not", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  bob.client.rooms.invited.asksFirst = true;
  await bob.client.findContact(alice.account);
  bob.client.refuse(alice.account, "blocked");
  const room = await found(alice, [bob]);
  await settle(...clients);
  assert.deepEqual(await lines(bob, room), []);
  assert.equal(bob.messenger.conversations.openWith(room), undefined);
  assert.equal(bob.client.unrefuse(alice.account), true);
  for (const account of [alice.account, "nobody" as AccountId]) {
    assert.equal(bob.client.unrefuse(account), false);
  }
  await settle(...clients);
  assert.equal((await lines(bob, room)).length, 1);
});

Deno.test("who comes in again because the server had taken the device off the list is not told of it", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob]);
  await settle(...clients);
  const before = await lines(bob, room);
  let entered = 0;
  await bob.disconnect();
  await bob.connect({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "room.commit" && header.joins === true) entered++;
        pass(header, payload);
      },
      down({ header, payload }, pass) {
        if (header.kind !== "room.listed" || entered > 0) return pass(header, payload);
        const rooms = (header.rooms as object[]).map((one) => ({ ...one, member: false }));
        pass({ ...header, rooms }, payload);
      },
    },
  });
  await settle(...clients);
  assert.equal(entered, 1);
  assert.deepEqual(await lines(bob, room), before);
  await say(alice, room, "are you there?");
  await settle(...clients);
  assert.equal((await bob.received()).at(-1), "are you there?");
});
