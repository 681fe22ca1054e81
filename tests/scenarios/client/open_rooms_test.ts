/** Open rooms between whole clients: founded, found by name, joined without an invitation, kept in order, repaired. */

import assert from "node:assert/strict";
import { lobbyReports } from "../../../lib/app/commands/registering.ts";
import { findRecipient } from "../../../lib/app/recipient.ts";
import { lookAtLobby, lookAtOpenRoom } from "../../../lib/app/rooms/open_rooms.ts";
import { RoomLabels } from "../../../lib/app/rooms/room_labels.ts";
import type { RoomHandle } from "../../../lib/base/ids.ts";
import { type TestClient, World } from "../../kit/test_client.ts";
import { found, infoOf, lines, say, settle, town } from "../../kit/town.ts";

async function join({ client }: TestClient, name: string): Promise<RoomHandle> {
  const open = await client.rooms.open.find(name);
  assert(open !== undefined, `${name} is not there`);
  await client.rooms.open.join(open);
  return open.room;
}

Deno.test("an open room: found by its name, joined without an invitation, read from then on", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [], { name: "lobby", topic: "say hello", openTo: 10 });
  await say(alice, room, "nobody here yet");
  const listed = await bob.client.rooms.open.list();
  const { name, topic, size, members, isIn } = listed[0];
  assert.deepEqual([listed.length, name, topic, size, members, isIn], [
    1,
    "lobby",
    "say hello",
    10,
    1,
    false,
  ]);
  assert.equal(await join(bob, "#lobby"), room);
  await settle(alice, bob);
  assert.equal(await join(carol, room), room, "by its number");
  await settle(...clients, ...clients);
  await say(bob, room, "hello");
  await settle(...clients);
  assert.deepEqual(await alice.texts(), ["alice: nobody here yet", "bob: hello"]);
  for (const client of [bob, carol]) assert.deepEqual(await client.texts(), ["bob: hello"]);
  assert.deepEqual(await lines(alice, room), ["bob joined", "carol joined"]);
  for (const client of clients) {
    const info = await infoOf(client, room);
    assert.deepEqual([info.name, info.topic, info.openTo], ["lobby", "say hello", 10]);
    assert.deepEqual([...info.members], [
      ["alice", "owner"],
      ["bob", "member"],
      ["carol", "member"],
    ]);
  }
});

Deno.test("an open room: looking tells nobody, and nothing comes in by itself", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [], { name: "lobby", openTo: 10 });
  await bob.client.rooms.open.list();
  await settle(...clients);
  assert.deepEqual(await lines(alice, room), []);
  assert.deepEqual(await bob.client.rooms.list(), []);
});

Deno.test("an open room is full at its size, and has room again when somebody leaves", async () => {
  await using place = await town(3);
  const { alice, bob, carol } = place;
  const room = await found(alice, [], { name: "lobby", openTo: 2 });
  await join(bob, "lobby");
  await settle(alice, bob);
  await assert.rejects(join(carol, "lobby"), {
    code: "room-full",
    message: "lobby is full: it has 2 members",
  });
  await bob.client.rooms.leave(await infoOf(bob, room));
  await settle(alice, bob, alice);
  await join(carol, "lobby");
  await settle(alice, carol);
  assert.deepEqual([...(await infoOf(alice, room)).members.keys()], ["alice", "carol"]);
  assert.deepEqual(await lines(alice, room), [
    "bob joined",
    "bob left this room",
    "carol joined",
  ]);
});

Deno.test("whoever left an open room comes back, whoever was removed does not before an invitation", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [], { name: "lobby", openTo: 10 });
  await join(bob, "lobby");
  await settle(alice, bob);
  await bob.client.rooms.leave(await infoOf(bob, room));
  await settle(alice, bob, alice);
  await join(bob, "lobby");
  await settle(alice, bob);
  await alice.client.rooms.remove(await infoOf(alice, room), bob.account);
  await settle(alice, bob, alice);
  await assert.rejects(join(bob, "lobby"), { code: "not-allowed" });
  // Carol was never in, and is kept out too.
  await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
  await settle(alice, carol, alice);
  await assert.rejects(join(carol, "lobby"), { code: "not-allowed" });
  await alice.client.rooms.invite(
    await infoOf(alice, room),
    await alice.client.findContact("bob"),
  );
  await settle(...clients, ...clients);
  assert.deepEqual([...(await infoOf(alice, room)).members.keys()], ["alice", "bob"]);
  await say(bob, room, "back again");
  await settle(...clients);
  assert.deepEqual(await alice.texts(), ["bob: back again"]);
});

Deno.test("one open room has a name at a time, and keeps it with its topic", async () => {
  await using place = await town(2);
  const { alice, bob } = place;
  const room = await found(alice, [], { name: "lobby", topic: "say hello", openTo: 10 });
  await assert.rejects(found(bob, [], { name: "lobby", openTo: 10 }), { code: "name-taken" });
  for (const name of ["", "Lobby", "1st", "a b", "a".repeat(33)]) {
    await assert.rejects(found(bob, [], { name, openTo: 10 }), { code: "room-name" });
  }
  for (const openTo of [1, 1001]) {
    await assert.rejects(found(bob, [], { name: "den", openTo }), { code: "room-size" });
  }
  const about = { name: "den", topic: "" };
  await assert.rejects(alice.client.rooms.lead.setAbout(await infoOf(alice, room), about), {
    code: "not-allowed",
    message: "An open room keeps the name and topic that it was created with",
  });
  await alice.client.rooms.leave(await infoOf(alice, room));
  assert.deepEqual(await bob.client.rooms.open.list(), [], "closed by who was alone in it");
  await found(bob, [], { name: "lobby", openTo: 10 });
});

Deno.test("a repair of an open room: its members come in by themselves, and who was kept out stays out", async () => {
  await using place = await town(4);
  const { alice, bob, carol, dave, clients } = place;
  const room = await found(alice, [], { name: "lobby", topic: "say hello", openTo: 10 });
  for (const client of [bob, carol, dave]) {
    await join(client, "lobby");
    await settle(...clients);
  }
  await alice.client.rooms.lead.setRole(await infoOf(alice, room), bob.account, "moderator");
  await settle(...clients);
  await bob.client.rooms.remove(await infoOf(bob, room), carol.account);
  await settle(...clients);
  await alice.client.rooms.lead.repair({ room, without: [dave.account] });
  await settle(...clients, ...clients);
  for (const client of [alice, bob]) {
    const { members, name, topic, openTo } = await infoOf(client, room);
    assert.deepEqual([...members], [["alice", "owner"], ["bob", "moderator"]]);
    assert.deepEqual([name, topic, openTo], ["lobby", "say hello", 10]);
  }
  for (const client of [carol, dave]) {
    assert.deepEqual(await client.client.rooms.list(), []);
    await assert.rejects(join(client, "lobby"), { code: "not-allowed" });
  }
  await say(bob, room, "it goes on");
  await settle(...clients);
  assert.deepEqual(await alice.texts(), ["bob: it goes on"]);
});

Deno.test("an open room that is looked at is shown, and entered by the first text there", async () => {
  await using place = await town(2);
  const { alice, bob, clients } = place;
  const room = await found(alice, [], { name: "lobby", topic: "say hello", openTo: 10 });
  await lookAtOpenRoom(bob.client, "#lobby");
  await settle(...clients);
  const labels = await RoomLabels.of(bob.client);
  assert.deepEqual(labels.listed, [{
    room,
    label: "#lobby",
    topic: "say hello",
    notice: "open: everyone on this server can join and read from then on; you join when you write",
  }]);
  assert.deepEqual(await bob.client.rooms.list(), []);
  assert.deepEqual(await lines(alice, room), [], "nobody is told that bob looks");
  const { peer, shown } = await findRecipient(bob.client, "#lobby");
  assert.deepEqual([peer, shown], [room, "#lobby"]);
  // What is written without a connection waits, and comes in with it.
  await bob.disconnect();
  await bob.client.write(room, "hello");
  await bob.connect();
  await Promise.all([bob.client.flush(), bob.client.flush()]);
  await settle(...clients);
  assert.deepEqual(await lines(bob, room), ["You are now in this room"], "once");
  assert.deepEqual(await alice.texts(), ["bob: hello"]);
  assert.deepEqual(await lines(alice, room), ["bob joined"]);
  assert.deepEqual((await RoomLabels.of(bob.client)).listed.map(({ notice }) => notice), [
    "open: everyone on this server can join and read from then on",
  ]);
});

Deno.test("a text never goes to an open room by its name alone", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const ops = await found(alice, [bob], { name: "ops" });
  await settle(...clients);
  await alice.client.rooms.remove(await infoOf(alice, ops), bob.account);
  await settle(...clients);
  // Somebody opens a room by the name of one that bob was in.
  const room = await found(carol, [], { name: "ops", openTo: 10 });
  await assert.rejects(findRecipient(bob.client, "#ops"), {
    code: "unknown-room",
    message: "You are not in #ops, an open room. To join it: room join ops",
  });
  await bob.client.write(ops, "for those in ops");
  await bob.client.flush();
  await settle(...clients);
  assert.deepEqual(await bob.client.rooms.list(), []);
  assert.deepEqual(await lines(carol, room), []);
  for (const client of [alice, carol]) assert.deepEqual(await client.texts(), []);
});

Deno.test("an open room that was full when the first text was written keeps the text and says why", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [], { name: "lobby", openTo: 2 });
  await lookAtOpenRoom(bob.client, "lobby");
  await join(carol, "lobby");
  await settle(...clients);
  await bob.client.write(room, "hello");
  const [held] = await bob.client.flush();
  assert.equal(held.peer, room);
  assert.equal(held.error?.message, "lobby is full: it has 2 members");
});

Deno.test("a new account is shown the lobby that the operator named, and is not in it", async () => {
  for (const [lobby, shown] of [["lobby", "#lobby"], [undefined, undefined]] as const) {
    await using world = await World.open();
    const alice = await (await world.client("alice", 0)).connect();
    const bob = await (await world.client("bob", 1)).connect();
    await found(alice, [], { name: "den", openTo: 10 });
    const room = await found(alice, [], { name: "lobby", openTo: 10 });
    world.server.parts.lobby.text = lobby ?? "";
    await lookAtLobby(bob.client);
    assert.deepEqual(
      (await lobbyReports(bob.client)).map(({ facts }) => facts),
      shown === undefined ? [] : [{
        shown,
        notice:
          "open: everyone on this server can join and read from then on; you join when you write",
      }],
    );
    assert.deepEqual([...(await infoOf(alice, room)).members.keys()], ["alice"]);
    // By its number as well.
    world.server.parts.lobby.text = room.slice(1);
    const marked = (await bob.client.rooms.open.list()).filter(({ isLobby }) => isLobby);
    assert.deepEqual(marked.map(({ name }) => name), ["lobby"]);
  }
});
