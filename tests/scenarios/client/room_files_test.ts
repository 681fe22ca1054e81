/** Files to a room, between honest clients of an honest server. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { uploadBytes } from "../../../lib/client/transfers/transfer.ts";
import { openRoomSenders } from "../../kit/room_files.ts";
import { found, settle } from "../../kit/town.ts";

const DAY_MS = 24 * 3600_000;

Deno.test("row S0.30, SR-63: what is sent to a room is uploaded once, and whole with everybody who takes it", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  const bytes = systemRandom.bytes(1_000_000);
  await scene.write("plan", bytes);
  let sentBytes = 0;
  await alice.test.disconnect();
  await alice.back({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "spool.chunk") sentBytes += payload.length;
        return pass(header, payload);
      },
    },
  });
  for (const person of [bob, carol]) person.work();
  await scene.offer("plan");
  await scene.accept(bob);
  await scene.accept(carol);
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "done")
  );
  assert.deepEqual(await scene.sent(), { bob: "done", carol: "done" });
  const [{ items }] = await alice.transfers();
  assert.equal(sentBytes, uploadBytes(items));
  for (const person of [bob, carol]) {
    assert.deepEqual([...await scene.received(person)], [["plan", bytes]]);
    const [{ peer, room, direction }] = await person.transfers();
    assert.deepEqual([peer, room, direction], ["alice", scene.room, "in"]);
  }
  const [first, second] = await alice.transfers();
  assert.equal(first.upload, second.upload);
  assert.deepEqual(alice.client.transfers.countOffer(first.offer ?? first.id), {
    all: 2,
    done: 2,
    open: 0,
  });
  // SR-63: the same once more goes up no more, and arrives again.
  await scene.offer("plan");
  await scene.accept(bob);
  await scene.accept(carol);
  await scene.until(async () => (await alice.states()).join() === "done,done,done,done");
  assert.equal(sentBytes, uploadBytes(items));
  for (const person of [bob, carol]) {
    const received = await scene.received(person);
    assert.equal(received.size, 2);
    assert.deepEqual(received.get("plan (1)"), bytes);
  }
  // Everybody has it: kept for a resend, it makes room when that is needed.
  assert.equal(scene.spooled().length, 1);
});

Deno.test("rows S0.32, S0.37: one declines, one takes it when they are back, one is removed and gets nothing", async () => {
  await using scene = await openRoomSenders({ count: 4 });
  const [alice, bob, carol, dave] = scene.people;
  const bytes = systemRandom.bytes(600_000);
  await scene.write("plan", bytes);
  await carol.test.disconnect();
  for (const person of [alice, bob, dave]) person.work();
  await scene.offer("plan");
  await scene.until(async () => (await bob.client.transfers.waiting()).length > 0);
  await bob.client.transfers.decline((await bob.client.transfers.waiting())[0]);
  await scene.until(async () => (await scene.sent()).carol === "uploaded");
  await scene.until(async () => (await scene.sent()).bob === "declined");
  // Dave saw the offer and is removed before he answers.
  await scene.until(async () => (await dave.client.transfers.waiting()).length > 0);
  const info = await alice.client.rooms.find(scene.room);
  assert(info !== undefined);
  await alice.client.rooms.remove(info, dave.test.account);
  await scene.until(async () => (await scene.sent()).dave === "cancelled");
  await scene.accept(dave);
  await scene.until(async () => (await dave.states())[0] === "cancelled");
  assert.equal((await scene.received(dave)).get("plan"), undefined);
  // Carol comes late; alice is away by then.
  await alice.test.disconnect();
  await alice.rest();
  await carol.back();
  await scene.accept(carol);
  await scene.until(async () => (await carol.states())[0] === "done");
  assert.deepEqual((await scene.received(carol)).get("plan"), bytes);
  await alice.back();
  await scene.until(async () => (await scene.sent()).carol === "done");
  assert.deepEqual(await scene.sent(), { bob: "declined", carol: "done", dave: "cancelled" });
});

Deno.test("row S0.32: what all of a room decline is not uploaded", async () => {
  await using scene = await openRoomSenders();
  const [, bob, carol] = scene.people;
  await scene.write("spam", systemRandom.bytes(500_000));
  for (const person of scene.people) person.work();
  await scene.offer("spam");
  for (const person of [bob, carol]) {
    await scene.until(async () => (await person.client.transfers.waiting()).length > 0);
    await person.client.transfers.decline((await person.client.transfers.waiting())[0]);
  }
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "declined")
  );
  await scene.until(() => scene.spooled().length === 0);
});

Deno.test("row S0.42: what goes to a room is paused, resumed and cancelled for all by its sender, and by a member for itself", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  await scene.write("big", new Uint8Array(32_000_000));
  for (const person of scene.people) person.work();
  await scene.offer("big");
  for (const person of [bob, carol]) {
    await scene.until(async () => (await person.client.transfers.waiting()).length > 0);
  }
  await alice.client.transfers.pause((await alice.transfers())[0]);
  await scene.until(async () =>
    [...await bob.states(), ...await carol.states()].every((state) => state === "paused")
  );
  assert.deepEqual(await scene.sent(), { bob: "paused", carol: "paused" });
  await alice.client.transfers.resume((await alice.transfers())[1]);
  await scene.until(async () =>
    [...await bob.states(), ...await carol.states()].every((state) => state === "offered")
  );
  await scene.accept(bob);
  await scene.until(async () => (await scene.received(bob)).size > 0);
  await bob.client.transfers.cancel((await bob.transfers())[0]);
  await scene.until(async () => (await scene.sent()).bob === "cancelled");
  // What is begun for the others stays; nothing goes on for nobody.
  assert.deepEqual(await carol.states(), ["offered"]);
  await alice.client.transfers.cancel((await alice.transfers())[0]);
  await scene.until(async () => (await carol.states())[0] === "cancelled");
  await scene.until(() => scene.spooled().length === 0);
});

Deno.test("J4: a sender who ends suddenly goes on with a room's upload where the server has it", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  const bytes = systemRandom.bytes(3_000_000);
  await scene.write("big", bytes);
  for (const person of scene.people) person.work();
  await scene.offer("big");
  await scene.accept(bob);
  await scene.until(async () => (await scene.received(bob)).size > 0);
  await alice.restart();
  await scene.accept(carol);
  await alice.back();
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "done")
  );
  for (const person of [bob, carol]) {
    assert.deepEqual((await scene.received(person)).get("big"), bytes);
  }
});

Deno.test("an upload for a room that the server has lost is sent once more, for whoever still wants it", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  const bytes = systemRandom.bytes(300_000);
  await scene.write("lost", bytes);
  await bob.test.disconnect();
  await carol.test.disconnect();
  alice.work();
  await scene.offer("lost");
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "uploaded")
  );
  const { world } = scene.place;
  await world.server.parts.spool.expire(world.clock.nowMs() + 8 * DAY_MS);
  await bob.back();
  await carol.back();
  await scene.accept(bob);
  await scene.accept(carol);
  await scene.until(async () =>
    Object.values(await scene.sent()).every((state) => state === "done")
  );
  for (const person of [bob, carol]) {
    assert.deepEqual((await scene.received(person)).get("lost"), bytes);
  }
});

Deno.test("who comes into a room later is not offered what was offered before", async () => {
  await using scene = await openRoomSenders({ count: 4, outside: 1 });
  const [alice, bob, , dave] = scene.people;
  await scene.write("plan", systemRandom.bytes(1000));
  await bob.test.disconnect();
  alice.work();
  await scene.offer("plan");
  await scene.until(async () => (await scene.sent()).bob === "uploaded");
  const info = await alice.client.rooms.find(scene.room);
  assert(info !== undefined);
  await alice.client.rooms.invite(info, await alice.client.findContact("dave"));
  dave.work();
  await scene.until(async () =>
    (await alice.client.rooms.find(scene.room))?.members.has(dave.test.account) === true
  );
  await settle(dave.test);
  assert.deepEqual(await dave.transfers(), []);
  assert.deepEqual(Object.keys(await scene.sent()).sort(), ["bob", "carol"]);
});

Deno.test("SR-63: what a room was sent is uploaded again for one who was not asked then, or when it is another", async () => {
  await using scene = await openRoomSenders({ count: 4, outside: 1 });
  const [alice, bob, carol, dave] = scene.people;
  const bytes = systemRandom.bytes(300_000);
  const path = await scene.write("plan", bytes);
  for (const person of scene.people) person.work();
  const uploads = async () => [
    ...new Set((await alice.transfers()).map(({ upload }) => upload)),
  ];
  const isOver = async () => (await alice.states()).every((state) => state === "done");
  const sendToAll = async (...people: typeof scene.people) => {
    await scene.offer("plan");
    for (const person of people) await scene.accept(person);
    await scene.until(isOver);
  };
  await sendToAll(bob, carol);
  // Another content of the same size, under the same name.
  await Deno.writeFile(path, bytes.map((byte) => byte ^ 1));
  await sendToAll(bob, carol);
  assert.equal((await uploads()).length, 2);
  const info = await alice.client.rooms.find(scene.room);
  assert(info !== undefined);
  await alice.client.rooms.invite(info, await alice.client.findContact("dave"));
  await scene.until(async () =>
    (await alice.client.rooms.find(scene.room))?.members.has(dave.test.account) === true
  );
  await settle(dave.test);
  await sendToAll(bob, carol, dave);
  assert.equal((await uploads()).length, 3);
  assert.equal((await scene.received(dave)).get("plan")?.length, 300_000);
  // Now that all were asked, nothing is new.
  await sendToAll(bob, carol, dave);
  assert.equal((await uploads()).length, 3);
});

Deno.test("a sender who is removed in mid-transfer sends nothing more, and knows; what is whole is still taken", async () => {
  await using scene = await openRoomSenders();
  const [alice, bob, carol] = scene.people;
  const bytes = systemRandom.bytes(300_000);
  const path = await scene.write("plan", bytes);
  const { signal } = new AbortController();
  for (const person of scene.people) person.work();
  await bob.client.transfers.offer(scene.room, [path], signal);
  await scene.accept(alice);
  await scene.until(async () => (await bob.states()).includes("done"));
  await scene.until(async () => (await carol.client.transfers.waiting()).length > 0);
  const info = await alice.client.rooms.find(scene.room);
  assert(info !== undefined);
  await alice.client.rooms.remove(info, bob.test.account);
  const isOver = (state: string) => state === "done" || state === "cancelled";
  await scene.until(async () => (await bob.states()).every(isOver));
  assert.deepEqual((await bob.transfers()).map(({ peer, state }) => [peer, state.state]).sort(), [
    ["alice", "done"],
    ["carol", "cancelled"],
  ]);
  await scene.accept(carol);
  await scene.until(async () => (await carol.states())[0] === "done");
  assert.deepEqual((await scene.received(carol)).get("plan"), bytes);
});

Deno.test("files go to no room in which nobody else is, and to none that one is not in", async () => {
  await using scene = await openRoomSenders({ count: 3, outside: 2 });
  const [, bob] = scene.people;
  const path = await scene.write("plan", systemRandom.bytes(10));
  const { signal } = new AbortController();
  await assert.rejects(scene.offer("plan"), { code: "empty-room" });
  await assert.rejects(bob.client.transfers.offer(scene.room, [path], signal), {
    code: "not-member",
  });
  const other = await found(bob.test, []);
  await assert.rejects(bob.client.transfers.offer(other, [path], signal), { code: "empty-room" });
});
