/** Rooms between whole clients: founded, entered, spoken in, led, left. */

import assert from "node:assert/strict";
import { roomHandle } from "../../../lib/base/ids.ts";
import { found, infoOf, lines, say, settle, town } from "../../kit/town.ts";

Deno.test("a room: everyone invited comes in, and all read what each says, by the room's numbers", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol], { name: "ops", topic: "the night shift" });
  await settle(...clients);
  for (const from of clients) {
    await say(from, room, `hello from ${from.account}`);
    await settle(...clients);
  }
  for (const client of clients) {
    const said = (await client.entries()).filter(({ kind }) => kind === "text");
    assert.deepEqual(said.map(({ text }) => text), [
      "hello from alice",
      "hello from bob",
      "hello from carol",
    ]);
    const others = said.filter(({ own }) => !own).map(({ number }) => number);
    assert.deepEqual(others, [1, 2, 3].filter((_, i) => clients[i] !== client));
    const { name, topic, members } = await infoOf(client, room);
    assert.deepEqual([name, topic, [...members.keys()]], [
      "ops",
      "the night shift",
      ["alice", "bob", "carol"],
    ]);
  }
});

Deno.test("a room: who comes later is told what was said since the invitation, once and by its sender", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  await carol.disconnect();
  const room = await found(alice, [bob, carol], { name: "ops", topic: "" });
  await settle(alice, bob);
  await say(alice, room, "one");
  await say(bob, room, "two");
  await settle(alice, bob);
  await carol.connect();
  await settle(carol, alice, bob, carol);
  await settle(carol, alice, bob, carol);
  assert.deepEqual((await carol.texts()).toSorted(), ["alice: one", "bob: two"]);
  // By the room's own numbers, which those who tell it were given (row S3.35).
  const numbers = (await carol.entries()).filter(({ kind }) => kind === "text")
    .map(({ text, number }) => `${number}: ${text}`);
  assert.deepEqual(numbers.toSorted(), ["1: one", "2: two"]);
  assert.equal((await infoOf(carol, room)).name, "ops");
  await say(carol, room, "three");
  await settle(alice, bob, carol);
  // Own texts stand where they were written, before those of others had come.
  for (const client of [alice, bob]) {
    assert.deepEqual((await client.texts()).toSorted(), [
      "alice: one",
      "bob: two",
      "carol: three",
    ]);
  }
  assert.deepEqual(await lines(alice, room), [
    "bob joined (invited by alice)",
    "carol joined (invited by alice)",
  ]);
});

Deno.test("S3.28: the same accounts have one room, whoever founds it, unless another is wanted", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  const invited = await carol.client.rooms.found({
    guests: [await carol.client.findContact("bob"), await carol.client.findContact("alice")],
    ...{ forceNew: false, name: "", topic: "" },
  });
  assert.deepEqual(invited, { result: "same-members", room }, "who is invited has it too");
  await settle(...clients);
  const guests = [
    await bob.client.findContact("carol"),
    await bob.client.findContact("alice"),
  ];
  const again = { guests, forceNew: false, name: "", topic: "" };
  assert.deepEqual(await bob.client.rooms.found(again), { result: "same-members", room });
  const forced = await bob.client.rooms.found({ ...again, forceNew: true });
  assert.equal(forced.result, "created");
  assert.notEqual(forced.room, room);
});

Deno.test("S3.33: a room that is not there, and one that is not ours, are told apart", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [bob]);
  const number = room.slice(1);
  await assert.rejects(carol.client.rooms.named(number), {
    code: "not-member",
    message: `You are not a member of room ${number}.`,
  });
  await assert.rejects(carol.client.rooms.named("99"), {
    code: "unknown-room",
    message: "Room 99 does not exist.",
  });
  const { invited } = carol.client.rooms;
  for (
    const attempt of [() => invited.join(roomHandle(99)), () => invited.decline(roomHandle(99))]
  ) {
    await assert.rejects(attempt(), { code: "unknown-room", message: "Room 99 does not exist." });
  }
  for (const attempt of [() => invited.join(room), () => invited.decline(room)]) {
    await assert.rejects(attempt(), {
      code: "not-member",
      message: `You are not invited to room ${number}.`,
    });
  }
});

Deno.test("S3.33: what a role does not allow in a room is said, and changes nothing", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  const [hers, his] = [await infoOf(alice, room), await infoOf(bob, room)];
  const refused = (attempt: Promise<void>, code: string, message: RegExp) =>
    assert.rejects(attempt, { code, message });
  await refused(
    alice.client.rooms.leave(hers),
    "not-allowed",
    /^You are the only owner: make somebody else an owner first$/,
  );
  await refused(
    bob.client.rooms.remove(his, alice.account),
    "not-allowed",
    /^You need to be an owner or moderator to remove somebody from this room$/,
  );
  await refused(
    bob.client.rooms.lead.setRole(his, bob.account, "owner"),
    "not-allowed",
    /^You need to be an owner to change roles in this room$/,
  );
  await refused(
    alice.client.rooms.remove(hers, carol.account),
    "not-member",
    /^carol is neither in this room nor invited$/,
  );
  await alice.client.rooms.lead.setRole(hers, bob.account, "moderator");
  await settle(alice, bob);
  await refused(
    bob.client.rooms.remove(await infoOf(bob, room), alice.account),
    "not-allowed",
    /^You need to be an owner to remove an owner or moderator from this room$/,
  );
  assert.deepEqual([...(await infoOf(alice, room)).members], [["alice", "owner"], [
    "bob",
    "moderator",
  ]]);
});

Deno.test("SR-33, SR-34: who was removed reads nothing more, and the old invitation lets nobody back in", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  await say(alice, room, "before");
  await settle(...clients);
  await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
  await settle(...clients);
  await say(bob, room, "after");
  await settle(...clients);
  assert.deepEqual(await carol.received(), ["before"]);
  assert.equal(await carol.client.rooms.find(room), undefined);
  assert.deepEqual(await alice.received(), ["after"]);
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob"]);
  assert((await lines(bob, room)).includes("alice removed carol from this room"));
  await place.world.clock.advance(1);
  await alice.client.rooms.invite(
    await infoOf(alice, room),
    await alice.client.findContact("carol"),
  );
  await settle(...clients);
  await say(carol, room, "back");
  await settle(...clients);
  assert.deepEqual(await alice.received(), ["after", "back"]);
  assert.deepEqual(await carol.received(), ["before"]);
});

Deno.test("SR-34: who says something before the word of the removal has come is told of it, once", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob]);
  await settle(...clients);
  await alice.client.rooms.remove(await infoOf(alice, room), bob.account);
  await say(bob, room, "still here?");
  assert.equal(await bob.client.rooms.find(room), undefined);
  await settle(...clients);
  const gone = "You are no longer in this room";
  assert.deepEqual((await lines(bob, room)).filter((line) => line === gone), [gone]);
  assert.deepEqual(await alice.received(), []);
});

Deno.test("SR-34: a removal is carried out by another member when who asked for it is gone", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  const info = await infoOf(carol, room);
  await alice.client.rooms.lead.setRole(await infoOf(alice, room), bob.account, "moderator");
  await settle(...clients);
  // Carol leaves by herself: she cannot commit it, the others do.
  await carol.client.rooms.leave(info);
  await alice.disconnect();
  await settle(bob);
  assert.deepEqual([...(await infoOf(bob, room)).members.keys()], ["alice", "bob"]);
  assert((await lines(bob, room)).includes("carol left this room"));
  assert.equal(await carol.client.rooms.find(room), undefined);
  await alice.connect();
  await settle(alice, bob);
  assert.deepEqual([...(await infoOf(alice, room)).members.keys()], ["alice", "bob"]);
});

Deno.test("SR-34: the last owner stays until another one is named, and closes an empty room", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob]);
  await settle(...clients);
  await assert.rejects(alice.client.rooms.leave(await infoOf(alice, room)), {
    code: "not-allowed",
  });
  await assert.rejects(
    alice.client.rooms.lead.setRole(await infoOf(alice, room), alice.account, "member"),
    { code: "not-allowed" },
  );
  await alice.client.rooms.lead.setRole(await infoOf(alice, room), bob.account, "owner");
  await settle(...clients);
  await alice.client.rooms.leave(await infoOf(alice, room));
  await settle(...clients);
  assert.equal(await alice.client.rooms.find(room), undefined);
  await bob.client.rooms.leave(await infoOf(bob, room));
  await settle(bob);
  assert.equal(await bob.client.rooms.find(room), undefined);
});

Deno.test("a room: a further device of a member comes in by itself and says what the account says", async () => {
  await using place = await town(2);
  const { world, alice, bob } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  await say(alice, room, "before");
  await settle(alice, bob);
  const tablet = await (await world.device("bob", 1)).connect();
  await settle(tablet, alice, bob, tablet);
  await say(tablet, room, "from the tablet");
  await settle(alice, bob, tablet);
  assert.deepEqual(await alice.received(), ["from the tablet"]);
  assert.deepEqual((await bob.texts()).at(-1), "bob: from the tablet");
});

Deno.test("a room: what is written while offline leaves with the next connection", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  await alice.disconnect();
  await alice.client.write(room, "later");
  await alice.connect();
  await alice.client.flush();
  await settle(bob);
  assert.deepEqual(await bob.received(), ["later"]);
  assert.equal(room, roomHandle(Number(room.slice(1))));
});

Deno.test("SR-37: only those in charge name a room", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [bob], { name: "ops", topic: "" });
  await settle(...clients);
  const about = { name: "bob's", topic: "" };
  await assert.rejects(bob.client.rooms.lead.setAbout(await infoOf(bob, room), about), {
    code: "not-allowed",
  });
  await alice.client.rooms.lead.setAbout(await infoOf(alice, room), { name: "dev", topic: "code" });
  await settle(...clients);
  assert.equal((await infoOf(bob, room)).name, "dev");
  assert.equal((await bob.client.rooms.named("#dev")).room, room);
  await alice.client.rooms.lead.setRole(await infoOf(alice, room), bob.account, "moderator");
  await settle(...clients);
  await bob.client.rooms.lead.setAbout(await infoOf(bob, room), about);
  await settle(...clients);
  assert.equal((await infoOf(alice, room)).name, "bob's");
  assert((await lines(alice, room)).includes("bob named this room bob's"));
});

Deno.test("SR-33: who was put out and asked in again while away comes in, though newcomers have changed the group since", async () => {
  await using place = await town(3);
  const { world, alice, bob, carol } = place;
  const room = await found(alice, [bob]);
  await settle(alice, bob);
  for (const text of ["one", "two"]) await say(bob, room, text);
  await settle(alice);
  // Bob does not know that he is out: what he says meanwhile waits, and its keys go with the room.
  await alice.client.rooms.remove(await infoOf(alice, room), bob.account);
  await settle(alice);
  await say(bob, room, "still here?");
  await bob.disconnect();
  await world.clock.advance(1_000);
  for (const guest of ["carol", "bob"]) {
    const contact = await alice.client.findContact(guest);
    await alice.client.rooms.invite(await infoOf(alice, room), contact);
    await settle(alice, carol);
  }
  await bob.connect();
  await settle(bob, alice, carol, bob);
  await say(bob, room, "back");
  await settle(alice, carol);
  assert.deepEqual(await alice.received(), ["one", "two", "still here?", "back"]);
  assert.deepEqual(await carol.received(), ["still here?", "back"]);
  // His numbers begin anew with his new time in the room: nothing looks repeated or missing.
  for (const client of [alice, carol]) {
    const codes = new Set(await client.notices());
    codes.delete("members-changed");
    codes.delete("entered");
    assert.deepEqual([...codes], []);
  }
});

Deno.test("SR-34: who is put out is not told later what was said while they were out", async () => {
  await using place = await town(4);
  const { world, alice, bob, carol, dave } = place;
  const room = await found(alice, [bob, carol]);
  await settle(alice, bob, carol);
  const invite = async () => {
    await world.clock.advance(1_000);
    const contact = await alice.client.findContact(dave.account);
    await alice.client.rooms.invite(await infoOf(alice, room), contact);
    await world.clock.advance(1_000);
  };
  await invite();
  await settle(dave, alice, bob);
  await alice.client.rooms.remove(await infoOf(alice, room), dave.account);
  await settle(alice, bob);
  await world.clock.advance(1_000);
  // Carol has heard of none of it: she speaks in an epoch before dave's, as one who would be told again to a newcomer.
  await say(carol, room, "while you were out");
  await invite();
  await settle(dave, carol, alice, bob, dave);
  await settle(dave, carol, alice, bob, dave);
  assert.equal((await infoOf(dave, room)).role, "member");
  assert.deepEqual(await dave.received(), []);
  assert.deepEqual(await bob.received(), ["while you were out"]);
});
