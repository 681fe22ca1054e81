/** What strangers do to find out whether somebody is there: they see nothing (docs/decisions/0025-message-requests.md). */

import assert from "node:assert/strict";
import { removeDevice } from "../../../lib/client/devices/devices.ts";
import { acceptRequest, refuseAccount } from "../../../lib/client/contacts/requests.ts";
import { PASSWORD } from "../../kit/machine.ts";
import { givePassword } from "../../kit/passwords.ts";
import { openPair } from "../../kit/test_client.ts";
import { settle } from "../../kit/town.ts";

/** Alice, a stranger to bob, and the epoch of their group as the server has it: it rises when bob shows himself. */
async function openStrangers() {
  const pair = await openPair();
  const { world, alice, bob } = pair;
  bob.messenger.contacts.contactStatuses.policy = "contacts";
  const epoch = async () => {
    const open = alice.messenger.conversations.openWith(bob.account);
    assert(open !== undefined);
    const { conversation } = open;
    const { account } = alice;
    return (await world.server.parts.store.findGroup({ conversation, account }))?.epoch;
  };
  return { pair, world, alice, bob, epoch };
}

for (const how of ["stranger", "blocked"] as const) {
  Deno.test(`a Welcome for a key package that is gone shows nobody to who is ${how}`, async () => {
    const { pair, alice, bob, epoch } = await openStrangers();
    await using _pair = pair;
    await settle(bob);
    await bob.client.findContact("alice");
    if (how === "blocked") refuseAccount(bob.messenger, alice.account, "blocked");
    // As if alice had used a package twice, or made up its reference.
    bob.client.profile.database.command("DELETE FROM key_package").run();
    await alice.say(bob, "hello?");
    const before = await epoch();
    await settle(bob);
    assert.equal(await epoch(), before);
    // Whom bob wants to hear he hears: he comes in then.
    await acceptRequest(bob.messenger, alice.account);
    await bob.disconnect();
    await bob.connect();
    await settle(bob, alice);
    await alice.say(bob, "and now?");
    await settle(alice, bob);
    assert.equal((await bob.received()).includes("and now?"), true);
  });
}

Deno.test("a stranger who removes a device of their own sees nobody do it for them", async () => {
  const { pair, world, alice, bob, epoch } = await openStrangers();
  await using _pair = pair;
  await givePassword(alice);
  await alice.say(bob, "hello?");
  await settle(bob);
  const phone = await (await world.device("alice", 0)).connect();
  await settle(phone);
  await settle(bob);
  const handshake = await world.greet();
  const { device } = phone.client.profile.own;
  await removeDevice(alice.messenger, handshake, { device, password: PASSWORD });
  await handshake.link.close();
  const before = await epoch();
  await world.clock.advance(1000);
  await settle(bob);
  await alice.client.write(bob.account, "and now?");
  await alice.disconnect();
  await settle(bob);
  assert.equal(await epoch(), before);
});

for (const how of ["stranger", "blocked"] as const) {
  Deno.test(`who is ${how} and renews their keys draws no other device in`, async () => {
    const { pair, world, alice, bob, epoch } = await openStrangers();
    await using _pair = pair;
    const phone = await world.device("bob", 1);
    phone.messenger.contacts.contactStatuses.policy = "contacts";
    await phone.connect();
    await settle(bob, phone);
    await alice.say(bob, "hello?");
    await settle(bob, phone);
    const other = bob.stateWith(alice) === undefined ? bob : phone;
    if (how === "blocked") refuseAccount(other.messenger, alice.account, "blocked");
    alice.client.profile.database.command("UPDATE mls_group SET refreshed_ms = 0").run();
    await settle(alice);
    const before = await epoch();
    assert.equal(before, 2);
    await settle(other);
    assert.equal(await epoch(), before);
    assert.equal(other.stateWith(alice), undefined);
  });
}

Deno.test("an own device that accepted a stranger brings the other ones in", async () => {
  const { pair, world, alice, bob } = await openStrangers();
  await using _pair = pair;
  const phone = await world.device("bob", 1);
  phone.messenger.contacts.contactStatuses.policy = "contacts";
  await phone.connect();
  await settle(bob, phone);
  await alice.say(bob, "hello?");
  await settle(bob, phone);
  const [first, second] = bob.stateWith(alice) === undefined ? [phone, bob] : [bob, phone];
  await acceptRequest(first.messenger, alice.account);
  await settle(first, second);
  assert.equal(second.stateWith(alice), "active");
});
