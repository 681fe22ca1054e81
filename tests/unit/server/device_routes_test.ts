/** Listing, naming and removing devices, as the server judges it (SR-10). */

import assert from "node:assert/strict";
import { type Bytes, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { type DeviceId, fingerprint } from "../../../lib/base/ids.ts";
import { makeRevocationList } from "../../../lib/crypto/statements/revocation.ts";
import { REVOCATION_JUMP_MAX } from "../../../lib/protocol/limits.ts";
import { joinSections, splitSections } from "../../../lib/protocol/sections.ts";
import {
  guess,
  makeDevice,
  type RawAccount,
  type RawDevice,
  ready,
  registered,
  signAsDevice,
  signInAs,
} from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { TestServer } from "../../kit/test_server.ts";

const PASSWORD = "correct horse";

/** Alice with a second device, and a connection on which her first one has just proved the password. */
async function openHousehold(server: TestServer) {
  const alice = await registered(server, "alice", { password: PASSWORD });
  const device = await makeDevice(server, alice.person);
  const client = await server.handshake();
  const { finish } = await guess(client, "alice", PASSWORD);
  await client.get("login.finish", {
    ...finish,
    device: alice.device.id,
    signature: await signAsDevice(client.handshake, alice.person, alice.device),
  });
  const phone = { ...alice, device };
  await add(server, alice, device);
  return { alice, phone, client };
}

async function add(server: TestServer, { person }: RawAccount, { id, certificate }: RawDevice) {
  await server.parts.store.addDevice({
    account: person.accountId,
    device: { device: id, certificate, certificateHash: await fingerprint(certificate) },
    nowMs: server.clock.nowMs(),
  });
}

function listOf(
  server: TestServer,
  { person }: RawAccount,
  sequence: number,
  ...devices: readonly DeviceId[]
): Promise<Bytes> {
  const { serverId } = server.parts.identity;
  const { identity, accountId } = person;
  return makeRevocationList(identity, serverId, { accountId, sequence, devices });
}

/** Fields and payload of `device.remove`; `earlier`: a list that the server took, and its receipt. */
function handed(list: Bytes, ...earlier: readonly Bytes[]): [Record<string, unknown>, Bytes] {
  const none = new Uint8Array(0);
  const { sizes, payload } = joinSections([list, ...earlier, none, none].slice(0, 3));
  return [{ sizes }, payload];
}

/** The ids that `device.list` names, over a connection. */
async function listed(client: RawClient, fields: { account?: string } = {}): Promise<string[]> {
  const { devices } = await client.get("device.list", fields);
  return (devices as { device: string }[]).map(({ device }) => device);
}

Deno.test("SR-10: who is signed in by a device's key alone removes no other device", async () => {
  await using server = await TestServer.open();
  const { alice, phone } = await openHousehold(server);
  // A thief has the unlocked phone, and with it the identity key.
  const thief = await ready(server, phone);
  const list = await listOf(server, alice, 1, alice.device.id);
  assert.equal(await thief.refused("device.remove", ...handed(list)), "password-not-fresh");
  assert.deepEqual(await listed(thief), [alice.device.id, phone.device.id]);
});

Deno.test("SR-10: a removed device loses sessions, key packages and mailbox, and is told why", async () => {
  await using server = await TestServer.open();
  const { alice, phone, client } = await openHousehold(server);
  const connected = await ready(server, phone);
  await connected.get("keys.publish", { lastResort: false, sizes: [3] }, utf8("key"));
  const list = await listOf(server, alice, 1, phone.device.id);
  const { done, sequence } = await client.get("device.remove", ...handed(list));
  assert.deepEqual([done, sequence], [true, 1]);
  const { header } = await connected.next("moderation.dismissed");
  assert.equal(header.code, "device-removed");
  await connected.ended;
  assert.deepEqual(await listed(client), [alice.device.id]);
  const again = await server.handshake();
  assert.equal((await signInAs(again, phone)).header.code, "device-removed");
  assert.equal(await server.parts.store.takeKeyPackage(alice.person.accountId), undefined);
});

Deno.test("SR-10: only who proves to be a removed device is told that it was removed", async () => {
  await using server = await TestServer.open();
  const { alice, phone, client } = await openHousehold(server);
  await client.get("device.remove", ...handed(await listOf(server, alice, 1, phone.device.id)));
  const stranger = { ...phone, device: { ...phone.device, keys: alice.device.keys } };
  const answer = await signInAs(await server.handshake(), stranger);
  assert.equal(answer.header.code, "device-refused");
});

Deno.test("SR-10: a list of removed devices follows the one before, by the account's identity, without the one that asks", async () => {
  await using server = await TestServer.open();
  const { alice, phone, client } = await openHousehold(server);
  const [first, second] = [await makeDevice(server, alice.person), phone.device];
  await add(server, alice, first);
  const bob = await registered(server, "bob", { which: 1 });
  const wrong = [
    await listOf(server, bob, 1, second.id),
    await listOf(server, alice, 1, alice.device.id),
    utf8("nothing"),
  ];
  for (const list of wrong) {
    assert.equal(await client.refused("device.remove", ...handed(list)), "bad-message");
  }
  await client.get("device.remove", ...handed(await listOf(server, alice, 1, first.id)));
  // Back on the list of devices, it would be: off the list of removed ones.
  assert.equal(
    await client.refused("device.remove", ...handed(await listOf(server, alice, 2, second.id))),
    "bad-message",
  );
  const late = await client.get(
    "device.remove",
    ...handed(await listOf(server, alice, 1, second.id)),
  );
  assert.deepEqual([late.done, late.sequence], [false, 1]);
  assert.deepEqual(await listed(client), [alice.device.id, second.id]);
  await client.get("device.remove", ...handed(await listOf(server, alice, 2, first.id, second.id)));
  assert.deepEqual(await listed(client), [alice.device.id]);
});

Deno.test("SR-10, SR-58: what a server took once it takes again by its receipt, and nothing besides", async () => {
  await using server = await TestServer.open();
  const { alice, phone, client } = await openHousehold(server);
  const other = await makeDevice(server, alice.person);
  await add(server, alice, other);
  const taken = await listOf(server, alice, 3, phone.device.id);
  const { receipts } = server.parts;
  const receipt = await receipts.make(alice.person.accountId, taken);
  const key = await ready(server, alice);
  const bob = await registered(server, "bob", { which: 1 });
  const more = await listOf(server, alice, 4, phone.device.id, other.id);
  const wrong: [Bytes, Bytes, Bytes][] = [
    [more, taken, receipt],
    [more, more, receipt],
    [taken, taken, new Uint8Array(32)],
    [taken, taken, new Uint8Array(0)],
    [taken, taken, await receipts.make(bob.person.accountId, taken)],
  ];
  for (const [list, earlier, by] of wrong) {
    const code = await key.refused("device.remove", ...handed(list, earlier, by));
    assert.equal(code, "password-not-fresh");
  }
  assert.deepEqual(await listed(client), [alice.device.id, phone.device.id, other.id]);
  const { header, payload } = await key.ask("device.remove", ...handed(taken, taken, receipt));
  assert.deepEqual([header.done, header.sequence], [true, 3]);
  assert.deepEqual(payload, receipt);
  assert.deepEqual(await listed(client), [alice.device.id, other.id]);
  // The directory hands both out, so that each device of the account can do it.
  const found = await key.ask("keys.account", { account: "alice" });
  const parts = splitSections(found.payload, found.header.sizes as number[], 4);
  assert.deepEqual(parts.slice(2), [taken, receipt]);
});

Deno.test("SR-10, SR-58: a list comes after the present one, and not more than a thousand ahead: nobody uses the numbers up", async () => {
  await using server = await TestServer.open();
  const { alice, phone, client } = await openHousehold(server);
  const other = await makeDevice(server, alice.person);
  await add(server, alice, other);
  const { receipts } = server.parts;
  // By a receipt, as a thief has one, and by the password.
  const far = await listOf(server, alice, REVOCATION_JUMP_MAX + 1, phone.device.id);
  const receipt = await receipts.make(alice.person.accountId, far);
  const key = await ready(server, alice);
  const tries = [
    () => key.refused("device.remove", ...handed(far, far, receipt)),
    () => client.refused("device.remove", ...handed(far)),
  ];
  for (const refused of tries) assert.equal(await refused(), "bad-message");
  const near = await listOf(server, alice, REVOCATION_JUMP_MAX, phone.device.id);
  const { done } = await client.get("device.remove", ...handed(near));
  assert.equal(done, true);
  const both = [phone.device.id, other.id];
  const next = await listOf(server, alice, 2 * REVOCATION_JUMP_MAX + 1, ...both);
  assert.equal(await client.refused("device.remove", ...handed(next)), "bad-message");
  assert.deepEqual(await listed(client), [alice.device.id, other.id]);
});

Deno.test("SR-10: by a receipt nobody hands in what adds nothing: it would take the number from the next removal", async () => {
  await using server = await TestServer.open();
  const { alice, phone, client } = await openHousehold(server);
  const list = await listOf(server, alice, 1, phone.device.id);
  const { payload } = await client.ask("device.remove", ...handed(list));
  const thief = await ready(server, alice);
  const again = await listOf(server, alice, 2, phone.device.id);
  const code = await thief.refused("device.remove", ...handed(again, list, payload.slice()));
  assert.equal(code, "password-not-fresh");
});

Deno.test("SR-58: a package is not of a device that the asker knows to be removed", async () => {
  await using server = await TestServer.open();
  const { phone, client } = await openHousehold(server);
  const connected = await ready(server, phone);
  for (const by of [connected, client]) {
    await by.get("keys.publish", { lastResort: true, sizes: [3] }, utf8("key"));
  }
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const first = await bob.get("keys.fetch", { account: "alice" });
  const second = await bob.get("keys.fetch", { account: "alice", except: [first.device] });
  assert.notEqual(first.device, second.device);
  const except = [first.device, second.device];
  assert.equal(await bob.refused("keys.fetch", { account: "alice", except }), "no-device");
});

Deno.test("names and times of devices are told to their owner alone; certificates to everyone", async () => {
  await using server = await TestServer.open();
  const { alice, phone } = await openHousehold(server);
  const [own, bob] = [
    await ready(server, phone),
    await ready(server, await registered(server, "bob", { which: 1 })),
  ];
  await own.get("device.name", {}, utf8("sealed name"));
  const read = async (client: RawClient) => {
    const { header, payload } = await client.ask("device.list", { account: "Alice" });
    const parts = splitSections(payload, header.sizes as number[]);
    return { devices: header.devices as Record<string, unknown>[], parts: parts.map(encodeHex) };
  };
  const certificates = [alice, phone].map(({ device }) => encodeHex(device.certificate));
  const mine = await read(own);
  assert.deepEqual(mine.parts, [
    certificates[0],
    "",
    certificates[1],
    encodeHex(utf8("sealed name")),
    "",
  ]);
  assert.deepEqual(mine.devices.map(({ online }) => online), [true, true]);
  const theirs = await read(bob);
  assert.deepEqual(theirs.parts, [certificates[0], "", certificates[1], "", ""]);
  assert.deepEqual(theirs.devices.map((it) => Object.keys(it)), [["device"], ["device"]]);
});
