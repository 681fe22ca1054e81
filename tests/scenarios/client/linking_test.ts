/** Linking a new device by one that is there (SR-03): with real passwords. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { refuseAccount } from "../../../lib/client/contacts/requests.ts";
import { declineLinks, linkByCode, linkOther } from "../../../lib/client/devices/linking.ts";
import { makeLinkRequest } from "../../../lib/crypto/keys/linking.ts";
import { LINK_REQUEST_MS, LINK_REQUESTS_MAX } from "../../../lib/protocol/limits.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { givePassword } from "../../kit/passwords.ts";
import { WriteDeath } from "../../kit/sudden_death.ts";
import { openTalk, type Pair, type TestClient } from "../../kit/test_client.ts";

/** A new machine whose person has proved the password and waits to be linked. */
interface Newcomer {
  readonly machine: Machine;
  /** As it is shown. */
  readonly code: string;
  readonly linked: ReturnType<typeof linkByCode>;
  readonly entered: Awaited<ReturnType<Machine["signIn"]>>;
}

async function openHousehold(): Promise<Pair> {
  const talk = await openTalk();
  await givePassword(talk.alice);
  return talk;
}

async function ask(machine: Machine, middle?: Hooks): Promise<Newcomer> {
  const handshake = await machine.world.greet(middle === undefined ? {} : { middle });
  const entered = await machine.signIn("alice", PASSWORD, handshake);
  const shown = Promise.withResolvers<string>();
  const linked = linkByCode({
    ...entered,
    ...machine.options,
    signal: new AbortController().signal,
    showCode: (code) => Promise.resolve(shown.resolve(code)),
  });
  linked.catch(shown.reject);
  return { machine, code: await shown.promise, linked, entered };
}

const type = (at: TestClient, code: string) => linkOther(at.client.messenger, at.client.link, code);

Deno.test("SR-03: a new device is linked by the code that it shows, joins, and knows whom the other one knows", async () => {
  await using home = await openHousehold();
  const { world, alice, bob } = home;
  const contact = await alice.client.findContact("bob");
  await alice.client.verify(contact, alice.client.safetyNumber(contact));
  await using machine = await Machine.open(world, 0);
  const told: string[] = [];
  alice.client.listen((event) => {
    if (event.type === "link-request") told.push(event.address);
  });
  const { code, linked, entered } = await ask(machine);
  await type(alice, code);
  const signedIn = await linked;
  assert.deepEqual(told, ["192.0.2.1"]);
  assert.equal(signedIn.linked, true);
  const client = await machine.connect({ ...entered, signedIn });
  assert.equal((await client.messenger.contacts.find(bob.account))?.trust, "verified");
  await client.sync();
  for (const device of [alice, bob]) await device.client.sync();
  await bob.say(alice, "to both");
  await client.sync();
  // What was said before does not come along.
  const texts = (await client.messenger.history.after(0)).filter(({ kind }) => kind === "text");
  assert.deepEqual(texts.map(({ text }) => text), ["to both"]);
  const lines = (await bob.entries()).map(({ text }) => text);
  assert(lines.includes("A device of alice joined by itself"));
});

Deno.test("SR-03: a wrong code hands nothing over, and the right one does afterwards", async () => {
  await using home = await openHousehold();
  const { world, alice } = home;
  const { account, serverId } = alice.client.profile.own;
  await assert.rejects(type(alice, "AAAA"), { name: "UsageError", code: "bad-link-code" });
  const { code: foreign } = await makeLinkRequest({ serverId, account }, systemRandom);
  await assert.rejects(type(alice, foreign), { name: "Refusal", code: "no-request" });
  await using machine = await Machine.open(world, 0);
  const sent: string[] = [];
  await alice.connect({
    middle: {
      up({ header, payload }, pass) {
        sent.push(String(header.kind));
        pass(header, payload);
      },
    },
  });
  const { code, linked } = await ask(machine);
  await assert.rejects(type(alice, foreign), { name: "TrustError", code: "wrong-code" });
  assert.equal(sent.includes("device.link-answer"), false);
  await type(alice, code);
  assert.equal((await linked).linked, true);
});

Deno.test("SR-03: the thief of a password is seen, gets nothing, and is not in the way of the owner", async () => {
  await using home = await openHousehold();
  const { world, alice } = home;
  await using thief = await Machine.open(world, 2);
  await using owner = await Machine.open(world, 0);
  const stolen = await ask(thief);
  const own = await ask(owner);
  assert.deepEqual([stolen.machine.keeper.hasAccount, own.machine.keeper.hasAccount], [
    false,
    false,
  ]);
  await type(alice, own.code);
  assert.equal((await own.linked).linked, true);
  assert.equal(await declineLinks(alice.client.link), 1);
  await assert.rejects(stolen.linked, { name: "Refusal", code: "link-declined" });
  assert.equal(thief.keeper.hasAccount, false);
});

Deno.test("SR-03: a server that puts its own key in the place of the new device's gets nothing", async () => {
  await using home = await openHousehold();
  const { world, alice } = home;
  const { account, serverId } = alice.client.profile.own;
  const own = await makeLinkRequest({ serverId, account }, systemRandom);
  await alice.connect({
    middle: {
      down({ header, payload }, pass) {
        pass(header, header.kind === "device.link-list" ? own.bytes : payload);
      },
    },
  });
  await using machine = await Machine.open(world, 0);
  const { code } = await ask(machine);
  await assert.rejects(type(alice, code), { name: "TrustError", code: "wrong-code" });
});

Deno.test("SR-03: a server cannot hand a new device an identity of its own", async () => {
  await using home = await openHousehold();
  const { world } = home;
  await using machine = await Machine.open(world, 0);
  const newcomer = await ask(machine);
  const [waiting] = world.server.parts.sessions.links.list(home.alice.account);
  const forged = new Uint8Array(400).fill(7);
  world.server.parts.sessions.links.answer(home.alice.account, waiting.link, forged);
  await assert.rejects(newcomer.linked, { name: "TrustError", code: "bad-link-answer" });
  assert.equal(machine.keeper.hasAccount, false);
});

Deno.test("a request to be linked is over after ten minutes, and with its connection", async () => {
  await using home = await openHousehold();
  const { world, alice } = home;
  await using late = await Machine.open(world, 0);
  const { links } = world.server.parts.sessions;
  const first = await ask(late);
  // The client's own clock runs on too: the server says it first.
  const expired = assert.rejects(first.linked, { name: "Refusal", code: "link-expired" });
  for (let left = LINK_REQUEST_MS; left > 0; left -= 50_000) {
    assert.equal(links.list(alice.account).length, 1);
    await world.clock.advance(Math.min(50_000, left));
  }
  await expired;
  await assert.rejects(type(alice, first.code), { code: "no-request" });
  const second = await ask(late);
  const ended = assert.rejects(second.linked, { name: "TransportError" });
  const closing = second.entered.handshake.link.close();
  while (links.list(alice.account).length > 0) await world.clock.advance(500);
  await closing;
  await ended;
});

Deno.test("four devices at once ask to be linked to an account, and no more; their sessions end and they are gone", async () => {
  await using home = await openHousehold();
  const { world, alice } = home;
  await using machine = await Machine.open(world, 0);
  const asking: Newcomer[] = [];
  for (let i = 0; i < LINK_REQUESTS_MAX; i++) asking.push(await ask(machine));
  await assert.rejects(ask(machine), { name: "Refusal", code: "too-many" });
  const { parts } = world.server;
  for (const session of parts.sessions.of(alice.account)) {
    if (session.state.name === "unlinked") session.connection.close("signed-out");
  }
  const ended = asking.map(({ linked }) => assert.rejects(linked, { name: "TransportError" }));
  while (parts.sessions.links.list(alice.account).length > 0) await world.clock.advance(500);
  await Promise.all(ended);
});

Deno.test("SR-03, SR-06: a device that dies anywhere while it is linked knows whom the other one knows, pinned and blocked", async () => {
  await using home = await openHousehold();
  const { world, alice, bob } = home;
  const contact = await alice.client.findContact("bob");
  await alice.client.verify(contact, alice.client.safetyNumber(contact));
  const carol = await (await world.client("carol", 2)).connect();
  await alice.client.findContact("carol");
  refuseAccount(alice.messenger, carol.account, "blocked");
  let afterwards = 0;
  for (let at = 1, isDead = true; isDead; at++) {
    await using machine = await Machine.open(world, 0);
    const { code, linked, entered } = await ask(machine);
    const death = new WriteDeath(machine.keeper.database, at);
    await type(alice, code);
    isDead = await linked.then(() => false, () => true);
    death.end();
    await entered.handshake.link.close();
    // Began anew, the server may know the device already, or not.
    const again = await machine.signIn("alice");
    if (!again.signedIn.linked) {
      await again.handshake.link.close();
      continue;
    }
    afterwards++;
    const client = await machine.connect(again);
    assert.equal((await client.messenger.contacts.find(bob.account))?.trust, "verified", `${at}`);
    assert.equal(client.messenger.contacts.contactStatuses.of(carol.account), "blocked", `${at}`);
    await client.sync();
  }
  // With the whole of it, and with each write behind the server's yes.
  assert(afterwards > 3);
});
