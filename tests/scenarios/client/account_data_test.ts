/** What one device of an account decides or reads is so at the others, online or not (decision 0038). */

import assert from "node:assert/strict";
import {
  acceptRequest,
  listRequests,
  refuseAccount,
} from "../../../lib/client/contacts/requests.ts";
import type { ClientEvent } from "../../../lib/client/sync/client_event.ts";
import { exchange } from "../../kit/exchanging.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { openPair, openTalk, type TestClient, World } from "../../kit/test_client.ts";

/** Notes the kinds of packets that pass. */
function passing(kinds: string[]): NonNullable<Hooks["down"]> {
  return ({ header, payload }, pass) => {
    kinds.push(String(header.kind));
    pass(header, payload);
  };
}

/** Away and back, as a device that was off. */
async function comeBack(...clients: readonly TestClient[]): Promise<void> {
  for (const client of clients) {
    await client.disconnect();
    await client.connect();
    await client.client.sync();
  }
}

/** Alice, a stranger, and bob with two devices; the first of them holds what alice said. */
async function openHousehold() {
  const pair = await openPair();
  const { world, alice, bob } = pair;
  const phone = await world.device("bob", 1);
  for (const { messenger } of [bob, phone]) messenger.contacts.contactStatuses.policy = "contacts";
  await phone.connect();
  await exchange(bob, phone);
  await alice.say(bob, "hello?");
  await exchange(bob, phone);
  const isHere = (await waiting(bob)).length > 0;
  const [holder, other] = isHere ? [bob, phone] : [phone, bob];
  return { ...pair, alice, holder, other };
}

async function waiting({ messenger }: TestClient): Promise<readonly string[]> {
  return (await listRequests(messenger)).flatMap(({ texts }) => texts.map(({ text }) => text));
}

const standing = ({ messenger }: TestClient, { account }: TestClient) =>
  messenger.contacts.contactStatuses.of(account);

Deno.test("who was declined at one device and is written to from another is heard at both", async () => {
  await using house = await openHousehold();
  const { world, alice, holder, other } = house;
  holder.client.refuse(alice.account, "declined");
  await world.clock.advance(1);
  await other.say(alice, "hi, it is me at the other device");
  await exchange(holder, other, alice);
  await comeBack(holder);
  assert.equal(standing(holder, alice), "known");
  await alice.say(holder, "so you are there");
  await exchange(holder, other, alice);
  for (const device of [holder, other]) {
    assert.equal((await device.received()).includes("so you are there"), true);
  }
});

Deno.test("what waits at one device comes in when another one writes to them or accepts them", async () => {
  await using house = await openHousehold();
  const { alice, holder, other } = house;
  await other.say(alice, "hi, it is me at the other device");
  await exchange(holder, other, alice, holder);
  assert.deepEqual(await waiting(holder), []);
  assert.equal((await holder.received()).includes("hello?"), true);
});

for (const how of ["declined", "blocked"] as const) {
  Deno.test(`who is ${how} at one device is so at the others, those that are off too`, async () => {
    await using house = await openHousehold();
    const { alice, holder, other } = house;
    await holder.disconnect();
    other.client.refuse(alice.account, how);
    // Another device of the account, which is off, holds what alice said.
    await other.disconnect();
    assert.deepEqual(await waiting(holder), ["hello?"]);
    await holder.connect();
    await holder.client.sync();
    assert.deepEqual([await waiting(holder), standing(holder, alice)], [[], how]);
    await other.connect();
    assert.equal(holder.client.unrefuse(alice.account), true);
    await exchange(holder, other);
    assert.equal(standing(other, alice), how === "blocked" ? "known" : undefined);
  });
}

Deno.test("of two devices that decided while they were off, the last one is followed", async () => {
  await using house = await openHousehold();
  const { world, alice, holder, other } = house;
  await Promise.all([holder.disconnect(), other.disconnect()]);
  refuseAccount(other.messenger, alice.account, "blocked");
  await world.clock.advance(1000);
  await acceptRequest(holder.messenger, alice.account);
  await other.connect();
  await holder.connect();
  await exchange(other, holder);
  assert.deepEqual([standing(holder, alice), standing(other, alice)], ["known", "known"]);
  await world.clock.advance(1000);
  other.client.refuse(alice.account, "blocked");
  await exchange(other, holder);
  assert.deepEqual([standing(holder, alice), standing(other, alice)], ["blocked", "blocked"]);
});

Deno.test("decisions outlive a restore of the server, whoever comes back first", async () => {
  await using house = await openHousehold();
  const { world, alice, holder, other } = house;
  other.client.refuse(alice.account, "blocked");
  await exchange(other);
  // As if the backup were of before.
  await Promise.all([holder.disconnect(), other.disconnect()]);
  const { store } = world.server.parts;
  const of = { account: holder.account, page: "people" } as const;
  const kept = await store.readPage(of);
  assert(kept !== undefined);
  const body = new Uint8Array(100);
  await store.writePage({ ...of, version: "00".repeat(16), follows: kept.version, body });
  // A page that no device of the account sealed says nothing, and is written anew.
  await holder.connect();
  assert.notEqual(standing(holder, alice), "known");
  await other.connect();
  await exchange(other, holder);
  await comeBack(holder);
  assert.equal(standing(holder, alice), "blocked");
});

Deno.test("a device that comes with the recovery code knows who is blocked", async () => {
  await using house = await openHousehold();
  const { world, alice, holder } = house;
  holder.client.refuse(alice.account, "blocked");
  await exchange(holder);
  const tablet = await (await world.device("bob", 1)).connect();
  await exchange(tablet);
  assert.equal(standing(tablet, alice), "blocked");
  assert.equal(tablet.stateWith(alice), undefined);
});

Deno.test("the server sees of a decision that something was decided, and not what about whom", async () => {
  await using house = await openHousehold();
  const { world, alice, holder } = house;
  const { store } = world.server.parts;
  const page = () => store.readPage({ account: holder.account, page: "people" });
  holder.client.refuse(alice.account, "declined");
  await exchange(holder);
  const before = await page();
  holder.client.refuse(alice.account, "blocked");
  await exchange(holder);
  const after = await page();
  assert(before !== undefined && after !== undefined);
  assert.notEqual(before.version, after.version);
  assert.equal(before.body.length, after.body.length);
  const text = new TextDecoder().decode(after.body);
  for (const word of ["alice", "blocked"]) assert.equal(text.includes(word), false);
});

Deno.test("that something was read is told to nobody, and the server sees only that a page changed", async () => {
  await using pair = await openTalk();
  const { alice, bob } = pair;
  const left: string[] = [];
  const came: string[] = [];
  await bob.connect({ middle: { up: passing(left) } });
  await alice.connect({ middle: { down: passing(came) } });
  await alice.say(bob, "read this");
  await exchange(bob, alice);
  left.length = came.length = 0;
  bob.client.talk.markShown(await bob.messenger.history.unshown());
  await bob.client.close();
  assert(left.includes("device.write-page"));
  assert.deepEqual(left.filter((kind) => !kind.startsWith("device.")), []);
  assert.deepEqual(came.filter((kind) => kind !== "roster.change"), []);
});

Deno.test("what is read at one device is read at the others, online or not, and stays so", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const phone = await (await world.device("bob", 1)).connect();
  await alice.say(bob, "one");
  await exchange(phone, bob, alice, phone, bob);
  await world.clock.advance(10);
  await alice.say(bob, "two");
  await exchange(bob, phone);
  const unread = ({ client }: TestClient) => client.talk.unread().map(({ unread }) => unread);
  const count = (await phone.received()).length;
  assert.deepEqual(unread(phone), [count]);
  const events: ClientEvent[] = [];
  phone.client.listen((event) => {
    if (event.type === "read") events.push(event);
  });
  bob.client.talk.markShown(await bob.messenger.history.unshown());
  await exchange(bob, phone);
  assert.deepEqual(unread(phone), []);
  assert.deepEqual(events, [{ type: "read", peer: alice.account }]);
  // Off while it is read: it was never news here.
  await phone.disconnect();
  await world.clock.advance(5000);
  await alice.say(bob, "three");
  await exchange(bob);
  bob.client.talk.markShown(await bob.messenger.history.unshown());
  await bob.disconnect();
  await phone.connect();
  await phone.client.sync();
  assert.equal((await phone.received()).includes("three"), true);
  assert.deepEqual(unread(phone), []);
  // What comes after it is news again, also after a restart.
  await world.clock.advance(10);
  await alice.say(bob, "four");
  await exchange(phone);
  await phone.restart();
  assert.deepEqual(unread(phone), [1]);
});

Deno.test("what was not read stays news at every device, though something later was", async () => {
  await using world = await World.open();
  const alice = await (await world.client("alice", 0)).connect();
  const bob = await (await world.client("bob", 1)).connect();
  const phone = await (await world.device("bob", 1)).connect();
  for (const text of ["zero", "one", "two", "three"]) {
    await alice.say(bob, text);
    await world.clock.advance(10);
    await exchange(bob, phone, alice, bob, phone);
  }
  const zero = (await bob.entries()).filter(({ text }) => text === "zero");
  bob.client.talk.markShown(zero);
  const unread = async ({ messenger }: TestClient) =>
    (await messenger.history.unshown()).map(({ text }) => text);
  const [first] = (await bob.entries()).filter(({ text }) => text === "one");
  const last = (await bob.entries()).filter(({ text }) => text === "three");
  bob.client.talk.markShown(last);
  await exchange(bob, phone);
  assert.equal((await unread(phone)).includes("three"), true);
  await world.clock.advance(5000);
  bob.client.talk.markShown([first]);
  await exchange(bob);
  await comeBack(phone);
  assert.deepEqual((await unread(phone)).filter((text) => ["one", "two", "three"].includes(text)), [
    "two",
    "three",
  ]);
});

Deno.test("SR-77: who may see one's address is known to all of one's devices, and the last word counts", async () => {
  await using house = await openHousehold();
  const { world, alice, holder, other } = house;
  const word = ({ client }: TestClient) => client.transfers.direct.contacts.of(alice.account);
  holder.client.transfers.direct.contacts.set(alice.account, "allowed");
  await comeBack(holder, other);
  assert.deepEqual([word(holder), word(other)], ["allowed", "allowed"]);
  await world.clock.advance(1);
  other.client.transfers.direct.contacts.set(alice.account, "denied");
  holder.client.transfers.direct.contacts.set(alice.account, undefined);
  await world.clock.advance(1);
  other.client.transfers.direct.contacts.set(alice.account, "denied");
  await comeBack(holder, other, holder);
  assert.deepEqual([word(holder), word(other)], ["denied", "denied"]);
  await world.clock.advance(1);
  holder.client.transfers.direct.contacts.set(alice.account, undefined);
  await comeBack(holder, other);
  assert.deepEqual([word(holder), word(other)], [undefined, undefined]);
});

/** Holds what the server says of requests, the first answer of a connection, until `isOver`, asked at each packet. */
function holdingPolicy(isOver: (kinds: readonly string[]) => boolean): Hooks {
  const kinds: string[] = [];
  let release: (() => void) | undefined;
  const look = () => {
    if (release !== undefined && isOver(kinds)) release();
  };
  return {
    up({ header, payload }, pass) {
      kinds.push(String(header.kind));
      pass(header, payload);
      look();
    },
    down({ header, payload }, pass) {
      kinds.push(String(header.kind));
      if (header.kind !== "server.policies") pass(header, payload);
      else release = () => pass(header, payload);
      look();
    },
  };
}

Deno.test("both pages are asked for beside the first question of a connection", async () => {
  await using house = await openHousehold();
  const { alice, holder, other } = house;
  await holder.disconnect();
  other.client.refuse(alice.account, "blocked");
  await exchange(other);
  const asked = (kinds: readonly string[]) =>
    kinds.filter((kind) => kind === "device.read-page").length === 2;
  await holder.connect({ middle: holdingPolicy(asked) });
  assert.equal(standing(holder, alice), "blocked");
});

Deno.test("a page that another device wrote after it was asked for is asked for again", async () => {
  await using house = await openHousehold();
  const { alice, holder, other } = house;
  await holder.disconnect();
  const isRead = (kinds: readonly string[]) => {
    const pages = kinds.filter((kind) => kind === "device.page").length;
    if (pages === 2 && standing(other, alice) !== "blocked") {
      other.client.refuse(alice.account, "blocked");
    }
    return kinds.includes("device.page-news");
  };
  await holder.connect({ middle: holdingPolicy(isRead) });
  assert.equal(standing(holder, alice), "blocked");
});
