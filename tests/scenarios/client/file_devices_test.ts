/** Files for somebody with two devices: one of them takes an offer, and the other one knows. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { until } from "../../kit/cluster.ts";
import { FilePerson, openSenders, readTree, type Senders } from "../../kit/file_senders.ts";
import type { ConnectOptions } from "../../kit/test_client.ts";

interface TwoDevices extends Senders {
  /** Bob's other one. */
  readonly phone: FilePerson;
  /** Where each of bob's devices puts what it takes. */
  readonly places: ReadonlyMap<FilePerson, string>;
}

const ELSEWHERE = { state: "cancelled", by: "here", reason: "elsewhere" };

/** Alice has offered `plan`; both of bob's devices know it and are away. */
async function openDevices(bytes: Uint8Array): Promise<TwoDevices> {
  const scene = await openSenders();
  const { pair: { world }, alice, bob, folder } = scene;
  const phone = new FilePerson(await (await world.device("bob", 1)).connect(), "phone");
  for (const { test } of [phone, alice, bob, phone]) await test.client.sync();
  await scene.write("plan", bytes);
  alice.work();
  await scene.offer("plan");
  await alice.client.flush();
  for (const { test } of [bob, phone]) {
    await test.client.sync();
    await test.disconnect();
  }
  return {
    ...scene,
    phone,
    places: new Map([[bob, `${folder}/in`], [phone, await world.folder()]]),
    async [Symbol.asyncDispose]() {
      await phone.test.disconnect();
      await phone.rest();
      await scene[Symbol.asyncDispose]();
    },
  };
}

async function accept({ places }: TwoDevices, person: FilePerson): Promise<void> {
  const { transfers } = person.client;
  await transfers.accept((await transfers.waiting())[0], places.get(person) ?? "");
}

/** Says what was decided while away, and nothing else. */
async function speak({ test }: FilePerson, options: ConnectOptions = {}): Promise<void> {
  await test.connect(options);
  await test.client.flush();
}

/** Names and contents at a device. */
async function filesOf({ places }: TwoDevices, person: FilePerson) {
  return await readTree(places.get(person) ?? "");
}

/** The newest line about a transfer that somebody was told. */
async function lastTold({ test }: FilePerson): Promise<string | undefined> {
  return (await test.entries()).findLast(({ id }) => id.startsWith("file-"))?.text;
}

Deno.test("two devices that take an offer at the same time: the first has it, and the other one is told", async () => {
  for (const isPhoneFirst of [false, true]) {
    const bytes = systemRandom.bytes(1_000_000);
    await using scene = await openDevices(bytes);
    const { alice, bob, phone } = scene;
    const [first, second] = isPhoneFirst ? [phone, bob] : [bob, phone];
    for (const person of [bob, phone]) await accept(scene, person);
    for (const person of [first, second]) await speak(person);
    for (const person of [second, first]) person.work();
    await scene.until(async () => (await first.states())[0] === "done");
    await scene.until(async () => (await second.states())[0] === "cancelled");
    assert.deepEqual((await second.transfers())[0].state, ELSEWHERE);
    assert.equal(await lastTold(second), "Another device of yours takes transfer 1, from alice");
    assert.deepEqual((await filesOf(scene, first)).get("plan"), bytes);
    assert.equal((await filesOf(scene, second)).get("plan"), undefined);
    await scene.until(async () => (await alice.states())[0] === "done");
  }
});

Deno.test("who hears of the other device's word before the server's of its own waits for that, and nobody loses the file", async () => {
  const bytes = systemRandom.bytes(300_000);
  await using scene = await openDevices(bytes);
  const { bob, phone } = scene;
  for (const person of [bob, phone]) await accept(scene, person);
  const held: (() => void)[] = [];
  let isHolding = true;
  // Bob's word is the first at the server, and its answer the last that reaches him.
  await bob.back({
    middle: {
      down({ header, payload }, pass) {
        if (!isHolding || header.kind !== "relay.sent") return pass(header, payload);
        held.push(() => pass(header, payload));
      },
    },
  });
  await scene.until(() => held.length > 0);
  await phone.back();
  await scene.until(async () => (await phone.states())[0] === "cancelled");
  assert.deepEqual(await bob.states(), ["receiving"]);
  isHolding = false;
  for (const pass of held) pass();
  await scene.until(async () => (await bob.states())[0] === "done");
  assert.deepEqual((await filesOf(scene, bob)).get("plan"), bytes);
});

Deno.test("who hears of the other device's word while its own is on its way waits, and is told when it was late", async () => {
  const bytes = systemRandom.bytes(300_000);
  await using scene = await openDevices(bytes);
  const { bob, phone } = scene;
  await accept(scene, phone);
  const held: (() => void)[] = [];
  let [isHolding, isCaughtUp] = [false, false];
  await bob.back({
    middle: {
      up({ header, payload }, pass) {
        if (!isHolding || header.kind !== "relay.send") return pass(header, payload);
        held.push(() => pass(header, payload));
      },
      down({ header, payload }, pass) {
        pass(header, payload);
        isCaughtUp ||= header.kind === "relay.caught-up";
      },
    },
  });
  // Else what comes in would wait for what goes out: the one who receives sends what is left when it has caught up.
  await scene.until(() => isCaughtUp);
  await bob.client.sync();
  isHolding = true;
  await accept(scene, bob);
  await scene.until(() => held.length > 0);
  await phone.back();
  const { database } = bob.client.messenger.profile;
  const hasHeard = "SELECT id FROM transfer WHERE rival_seq IS NOT NULL";
  // No time passes meanwhile: what is held has a deadline, and on a busy machine the phone would be slower than that.
  await until(() => database.has(hasHeard));
  assert.deepEqual(await bob.states(), ["receiving"]);
  isHolding = false;
  for (const pass of held) pass();
  await scene.until(async () => (await bob.states())[0] === "cancelled");
  assert.deepEqual((await bob.transfers())[0].state, ELSEWHERE);
  await scene.until(async () => (await phone.states())[0] === "done");
  assert.deepEqual((await filesOf(scene, phone)).get("plan"), bytes);
});

Deno.test("one device takes it: the other one's offer is over, in words, whether it was asked or away", async () => {
  await using scene = await openDevices(systemRandom.bytes(1000));
  const { bob, phone } = scene;
  await phone.back();
  await bob.back();
  await accept(scene, bob);
  await scene.until(async () => (await bob.states())[0] === "done");
  await scene.until(async () => (await phone.states())[0] === "cancelled");
  assert.deepEqual((await phone.transfers())[0].state, ELSEWHERE);
  assert.equal(await lastTold(phone), "Another device of yours takes transfer 1, from alice");
  const [offer] = await phone.transfers();
  assert(offer.direction === "in");
  await assert.rejects(phone.client.transfers.accept(offer, scene.folder), { code: "not-waiting" });
});

Deno.test("one device takes an offer while the other one declines it: no is no, and neither waits for anything", async () => {
  for (const declinesFirst of [false, true]) {
    await using scene = await openDevices(new Uint8Array(40_000_000));
    const { alice, bob, phone } = scene;
    await accept(scene, bob);
    await phone.client.transfers.decline((await phone.client.transfers.waiting())[0]);
    const order = declinesFirst ? [phone, bob] : [bob, phone];
    for (const person of order) await speak(person);
    for (const person of order) person.work();
    await scene.until(async () => (await alice.states())[0] === "declined");
    await scene.until(async () => (await bob.states())[0] === "cancelled");
    assert.deepEqual((await bob.transfers())[0].state, ELSEWHERE);
    assert.equal(await lastTold(bob), "Another device of yours ended transfer 1, from alice");
    assert.deepEqual(await phone.states(), ["declined"]);
  }
});

Deno.test("what one device paused or gave up before, the other one does not wait for", async () => {
  await using scene = await openDevices(new Uint8Array(40_000_000));
  const { alice, bob, phone } = scene;
  await phone.client.transfers.pause((await phone.transfers())[0]);
  await accept(scene, bob);
  await speak(phone);
  await bob.back();
  phone.work();
  await scene.until(async () => (await phone.states())[0] === "cancelled");
  await scene.until(async () => (await bob.states())[0] === "paused");
  await scene.until(async () => (await alice.states())[0] === "paused");
  await bob.client.transfers.resume((await bob.transfers())[0]);
  await scene.until(async () => (await alice.states())[0] === "done");
  assert.deepEqual(await bob.states(), ["done"]);
});
