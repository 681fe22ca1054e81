/** Answers, edits, deletions and reactions between whole clients. */

import assert from "node:assert/strict";
import { encodePacket } from "../../../lib/protocol/packet.ts";
import { newEnvelopeId, type RoomHandle } from "../../../lib/base/ids.ts";
import type { RoomRole } from "../../../lib/crypto/room/membership_log.ts";
import { seal } from "../../../lib/client/sending/sealer.ts";
import { exchange } from "../../kit/exchanging.ts";
import { openTalk, type TestClient, World } from "../../kit/test_client.ts";

type Where = { readonly peer: string };

/** The text that a client has under an id. */
async function textOf({ messenger }: TestClient, id: string) {
  const entry = await messenger.history.text(id);
  assert(entry !== undefined, `no text ${id}`);
  return entry;
}

async function stateOf(client: TestClient, id: string) {
  const entry = await textOf(client, id);
  const { reactions } = await client.client.talk.factsOf(entry);
  const said = reactions.map(({ account, emojis }) => `${account} ${emojis.join("")}`).toSorted();
  return [entry.text, entry.deletedBy ?? "", entry.editedMs === undefined ? "" : "edited", ...said];
}

/** The lines about changes, as a feed gets them. */
async function changeLines(client: TestClient): Promise<readonly string[]> {
  return (await client.entries()).filter(({ kind }) => kind === "change")
    .map(({ from, change }) => `${from} ${change?.type}`);
}

Deno.test("an answer names the message that it answers, and each side finds its own copy", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const id = await alice.say(bob, "lunch?");
  await exchange(alice, bob);
  const answer = await bob.client.talk.reply(await textOf(bob, id), "at noon");
  await exchange(bob, alice);
  for (const client of [alice, bob]) {
    const entry = await textOf(client, answer);
    assert.deepEqual([entry.text, entry.replyTo], ["at noon", id]);
    const { target } = await client.client.talk.factsOf(entry);
    assert.equal(target?.text, "lunch?");
  }
});

Deno.test("edits, reactions and deletions come to the same on both sides, and are told once on each", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const id = await alice.say(bob, "lunch?");
  await exchange(alice, bob);
  await alice.client.talk.change(await textOf(alice, id), { kind: "edit", text: "dinner?" });
  await bob.client.talk.react(await textOf(bob, id), "👍", { on: true });
  await bob.client.talk.react(await textOf(bob, id), "❤", { on: true });
  await alice.client.talk.react(await textOf(alice, id), "👍", { on: true });
  await exchange(alice, bob);
  for (const client of [alice, bob]) {
    assert.deepEqual(await stateOf(client, id), ["dinner?", "", "edited", "alice 👍", "bob 👍❤️"]);
    assert.deepEqual(
      (await client.messenger.history.search("dinner")).map(({ text }) => text),
      ["dinner?"],
    );
    assert.deepEqual(await client.messenger.history.search("lunch"), []);
  }
  await bob.client.talk.react(await textOf(bob, id), "👍", { on: false });
  await exchange(alice, bob);
  assert.deepEqual((await stateOf(alice, id)).slice(3), ["alice 👍", "bob ❤️"]);
  await alice.client.talk.change(await textOf(alice, id), { kind: "delete" });
  await exchange(alice, bob);
  for (const client of [alice, bob]) {
    assert.deepEqual(await stateOf(client, id), ["", "alice", ""]);
    assert.deepEqual(await client.messenger.history.search("dinner"), []);
  }
  for (const client of [alice, bob]) {
    const told = (await client.entries()).filter(({ kind }) => kind === "change");
    assert.equal(new Set(told.map(({ id }) => id)).size, told.length);
    assert.deepEqual(
      new Set(await changeLines(client)),
      new Set([
        "alice edit",
        "bob reaction",
        "alice reaction",
        "alice delete",
      ]),
    );
  }
});

Deno.test("a change is delivered and confirmed as a text is, and a room gives it no number", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const id = await alice.say(bob, "lunch?");
  const change = await alice.client.talk.change(await textOf(alice, id), {
    kind: "edit",
    text: "dinner?",
  });
  assert(change !== undefined);
  await alice.client.flush();
  assert.equal(alice.client.deliveryOf(change), "sent");
  await exchange(bob, alice);
  assert.equal(alice.client.deliveryOf(change), "delivered");
});

Deno.test("a message that waits to be sent is deleted without ever being sent", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  await alice.disconnect();
  const id = await alice.client.write(bob.account, "rash words");
  await alice.client.talk.change(await textOf(alice, id), { kind: "edit", text: "rasher words" });
  assert.equal(
    await alice.client.talk.change(await textOf(alice, id), { kind: "delete" }),
    undefined,
  );
  await alice.connect();
  assert.deepEqual(await alice.client.flush(), []);
  await exchange(bob);
  assert.equal((await bob.received()).some((text) => text.includes("rash")), false);
  assert.equal(await alice.messenger.history.text(id), undefined);
});

Deno.test("only what is there can be changed, and only so often", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const { talk: mine } = alice.client;
  const id = await alice.say(bob, "lunch?");
  await exchange(alice, bob);
  const theirs = await textOf(bob, id);
  const no = { name: "Refusal", code: "not-permitted" };
  await assert.rejects(bob.client.talk.change(theirs, { kind: "edit", text: "x" }), no);
  await assert.rejects(bob.client.talk.change(theirs, { kind: "delete" }), no);
  await assert.rejects(mine.change(await textOf(alice, id), { kind: "edit", text: "" }), {
    code: "text-empty",
  });
  for (const emoji of ["x", "👍👍", "", "hi"]) {
    await assert.rejects(mine.react(await textOf(alice, id), emoji, { on: true }), {
      code: "no-emoji",
    });
  }
  const many = [..."👍👎😀💋🎵🎉🚀🌍"];
  for (const emoji of many) await mine.react(await textOf(alice, id), emoji, { on: true });
  await assert.rejects(mine.react(await textOf(alice, id), "🔥", { on: true }), {
    code: "too-many-reactions",
  });
  await assert.rejects(mine.react(await textOf(alice, id), "👍", { on: true }), {
    code: "same-reaction",
  });
  await mine.change(await textOf(alice, id), { kind: "delete" });
  await assert.rejects(mine.change(await textOf(alice, id), { kind: "edit", text: "x" }), {
    code: "message-deleted",
  });
});

/** Seals a payload as a member who keeps to no rules would. */
async function sealAnything(
  from: TestClient,
  peer: Where["peer"],
  kind: string,
  fields: Record<string, unknown>,
): Promise<void> {
  const { messenger } = from;
  const open = messenger.conversations.list().find((it) =>
    it.peer === peer && it.state === "active"
  );
  assert(open !== undefined);
  const text = kind === "chat.edit" ? new TextEncoder().encode("forged") : undefined;
  const sealed = await seal(messenger, open.conversation, [{
    envelope: newEnvelopeId(messenger.profile.random),
    payload: (chain) => encodePacket({ kind, ...chain, sentAtMs: 1, ...fields }, text),
    isDue: () => true,
    commit: () => {},
  }]);
  assert.equal(sealed, "sealed");
  await from.client.flush();
}

Deno.test("SR-37: edits, deletions and reactions count from the right account in the same conversation only", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const carol = await (await world.client("carol", 2)).connect();
  const id = await alice.say(bob, "lunch?");
  await carol.say(alice, "hello alice");
  await carol.say(bob, "hello bob");
  await exchange(alice, bob, carol);
  // Of another account in the same conversation.
  await sealAnything(bob, "alice", "chat.edit", { target: id, revision: 1 });
  await sealAnything(bob, "alice", "chat.delete", { target: id });
  // Of another conversation, by someone who knows the id, about each side's copy.
  for (const peer of ["alice", "bob"]) {
    await sealAnything(carol, peer, "chat.edit", { target: id, revision: 2 });
    await sealAnything(carol, peer, "chat.delete", { target: id });
    await sealAnything(carol, peer, "chat.reaction", { target: id, revision: 1, emojis: ["🔥"] });
  }
  // A right one still counts, whatever revision the forged ones had.
  await alice.client.talk.change(await textOf(alice, id), { kind: "edit", text: "dinner?" });
  await exchange(alice, bob, carol);
  for (const client of [alice, bob]) {
    assert.deepEqual(await stateOf(client, id), ["dinner?", "", "edited"]);
    assert.deepEqual(await changeLines(client), ["alice edit"]);
  }
});

Deno.test("a change of an impossible form is an unreadable message, and changes nothing", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const id = await bob.say(alice, "lunch?");
  await exchange(alice, bob);
  const bad: readonly (readonly [string, Record<string, unknown>])[] = [
    ["chat.edit", { target: id, revision: 101 }],
    ["chat.reaction", { target: id, revision: 1, emojis: ["not an emoji"] }],
    ["chat.reaction", { target: id, revision: 1, emojis: ["👍", "👍"] }],
    ["chat.reaction", { target: id, revision: 1, emojis: [..."👍👎😀💋🎵🎉🚀🌍🔥"] }],
    ["chat.reaction", { target: id, revision: 1001, emojis: ["👍"] }],
    ["chat.timer", { revision: 1, seconds: 4 }],
    ["chat.timer", { revision: 1, seconds: 365 * 86_400 + 1 }],
  ];
  for (const [kind, fields] of bad) await sealAnything(bob, "alice", kind, fields);
  const good: readonly (readonly [string, Record<string, unknown>])[] = [
    ["chat.edit", { target: id, revision: 100 }],
    ["chat.reaction", { target: id, revision: 1000, emojis: [..."👍👎😀💋🎵🎉🚀🌍"] }],
    ["chat.timer", { revision: 1, seconds: 5 }],
    ["chat.timer", { revision: 2, seconds: 365 * 86_400 }],
  ];
  for (const [kind, fields] of good) await sealAnything(bob, "alice", kind, fields);
  await exchange(alice);
  const notices = await alice.notices();
  assert.equal(notices.filter((code) => code === "unreadable").length, bad.length);
  assert.deepEqual(await stateOf(alice, id), ["forged", "", "edited", "bob 👍👎😀💋🎵🎉🚀🌍"]);
  assert.equal(alice.client.talk.timerOf(bob.account), 365 * 86_400);
});

async function grant(by: TestClient, room: RoomHandle, whom: TestClient, role: RoomRole) {
  const info = await by.client.rooms.find(room);
  assert(info !== undefined);
  await by.client.rooms.lead.setRole(info, whom.account, role);
}

async function openRoom(): Promise<
  & { readonly world: World; readonly clients: readonly TestClient[]; readonly room: RoomHandle }
  & AsyncDisposable
> {
  const world = await World.open();
  const clients: TestClient[] = [];
  for (const [i, name] of ["alice", "bob", "carol"].entries()) {
    clients.push(await (await world.client(name, i)).connect());
  }
  const [alice, ...others] = clients;
  const guests = await Promise.all(others.map(({ account }) => alice.client.findContact(account)));
  const { room } = await alice.client.rooms.found({
    guests,
    forceNew: false,
    name: "ops",
    topic: "",
  });
  for (let i = 0; i < 2; i++) await exchange(...clients);
  return { world, clients, room, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

Deno.test("SR-37: in a room owners take away anybody's message, moderators a member's, members their own", async () => {
  await using place = await openRoom();
  const { clients, room } = place;
  const [alice, bob, carol] = clients;
  const said = async (from: TestClient, text: string) => {
    const id = await from.client.write(room, text);
    await exchange(...clients);
    return id;
  };
  const ofAlice = await said(alice, "by the owner");
  const ofBob = await said(bob, "by bob");
  const ofCarol = await said(carol, "by carol");
  const no = { code: "not-permitted" };
  await assert.rejects(bob.client.talk.change(await textOf(bob, ofCarol), { kind: "delete" }), no);
  // Nor does it count when a member does it all the same.
  await sealAnything(bob, room, "chat.delete", { target: ofCarol });
  await exchange(...clients);
  await grant(alice, room, bob, "moderator");
  await exchange(...clients);
  await assert.rejects(bob.client.talk.change(await textOf(bob, ofAlice), { kind: "delete" }), no);
  await sealAnything(bob, room, "chat.delete", { target: ofAlice });
  await bob.client.talk.change(await textOf(bob, ofCarol), { kind: "delete" });
  await alice.client.talk.change(await textOf(alice, ofBob), { kind: "delete" });
  await exchange(...clients);
  for (const client of clients) {
    assert.deepEqual(await stateOf(client, ofAlice), ["by the owner", "", ""]);
    assert.deepEqual(await stateOf(client, ofCarol), ["", "bob", ""]);
    assert.deepEqual(await stateOf(client, ofBob), ["", "alice", ""]);
  }
});

Deno.test("a deletion is judged by who was in charge when it was sealed, not by who is now", async () => {
  await using place = await openRoom();
  const { clients, room } = place;
  const [alice, bob, carol] = clients;
  await grant(alice, room, bob, "moderator");
  await exchange(...clients);
  const id = await alice.client.write(room, "first");
  const ofCarol = await carol.client.write(room, "by carol");
  await exchange(...clients);
  // Sealed as a moderator, about a text that nobody has yet; then demoted.
  const unknown = "ab".repeat(16);
  await sealAnything(bob, room, "chat.delete", { target: unknown });
  await bob.client.talk.change(await textOf(bob, ofCarol), { kind: "delete" });
  await bob.client.flush();
  await grant(alice, room, bob, "member");
  await exchange(...clients);
  for (const client of clients) {
    assert.deepEqual(await stateOf(client, ofCarol), ["", "bob", ""]);
    assert.deepEqual(await stateOf(client, id), ["first", "", ""]);
  }
});
