/** Which removed devices a profile knows of, by whose word, and how much of it it keeps (SR-10). */

import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeHex } from "../../../../lib/base/bytes.ts";
import type { DeviceId } from "../../../../lib/base/ids.ts";
import { Revocations } from "../../../../lib/client/store/revocations.ts";
import { REMOVAL_TABLES } from "../../../../lib/client/profile/feature_schema.ts";
import { MIGRATIONS } from "../../../../lib/client/profile/schema.ts";
import {
  packRemovals,
  readRemovals,
  type SignedRemovals,
} from "../../../../lib/crypto/mls/removed_devices.ts";
import { makeRevocationList } from "../../../../lib/crypto/statements/revocation.ts";
import { REVOKED_DEVICES_MAX } from "../../../../lib/protocol/limits.ts";
import { Database } from "../../../../lib/storage/database.ts";
import { type Person, person, SERVER_ID } from "../../../kit/devices.ts";
import { deviceId } from "../../server/store_kit.ts";
import { TestStore } from "../profile_kit.ts";

const alice = await person("alice", 0);
const ALICE = { accountId: alice.accountId, identity: alice.identity.key.fingerprint };

async function open() {
  const store = await TestStore.open();
  const database = store.database();
  const revocations = new Revocations({ database, own: { serverId: SERVER_ID } });
  const count = (table: string) =>
    database.query(`SELECT count(*) AS rows FROM ${table}`, (row) => row.integer("rows")).first();
  return { store, database, revocations, count };
}

function sign({ accountId, identity }: Person, sequence: number, devices: readonly DeviceId[]) {
  return makeRevocationList(identity, SERVER_ID, { accountId, sequence, devices });
}

/** As a leaf carries it. */
async function listBy(owner: Person, sequence: number, ...devices: readonly DeviceId[]) {
  const bytes = packRemovals(owner.identity.key, await sign(owner, sequence, devices));
  const list = await readRemovals(bytes, SERVER_ID);
  assert(list !== undefined);
  return list;
}

/** As the server hands it out. */
async function offered(sequence: number, ...devices: readonly DeviceId[]) {
  const bytes = await sign(alice, sequence, devices);
  return { account: alice.accountId, identity: alice.identity.key, bytes };
}

const many = (first: number, count = REVOKED_DEVICES_MAX) =>
  Array.from({ length: count }, (_, i) => deviceId(first + i));

Deno.test("SR-10: what a group carries is no part of the list that the server handed out, and counts all the same", async () => {
  const { store, revocations } = await open();
  await using _ = store;
  await revocations.take(await offered(3, deviceId(1)));
  revocations.learn([await listBy(alice, Number.MAX_SAFE_INTEGER, deviceId(1), deviceId(2))], []);
  assert.deepEqual(revocations.listOf(ALICE), { sequence: 3, devices: [deviceId(1)] });
  for (const n of [1, 2]) assert(revocations.isRevoked({ ...ALICE, deviceId: deviceId(n) }));
  assert.deepEqual(revocations.removedOf(ALICE), [deviceId(1), deviceId(2)]);
  // A server that lacks what a group alone says is not behind.
  const { isBehind } = await revocations.take(await offered(4, deviceId(1)));
  assert.equal(isBehind, false);
  assert.equal((await revocations.take(await offered(2, deviceId(3)))).isBehind, true);
});

Deno.test("SR-10: a device that is on a group's list only is told of once, when it was seen there", async () => {
  const { store, revocations } = await open();
  await using _ = store;
  const [seen, other] = [deviceId(1), deviceId(2)];
  const list = await listBy(alice, 9, seen, other);
  revocations.learn([list], []);
  assert.deepEqual(revocations.disputedOf(ALICE), []);
  revocations.learn([list], [{ ...ALICE, deviceId: seen }]);
  assert.deepEqual(revocations.disputedOf(ALICE), [seen]);
  assert(revocations.setTold({ ...ALICE, deviceId: seen }));
  assert.equal(revocations.setTold({ ...ALICE, deviceId: seen }), false);
  assert.deepEqual(revocations.disputedOf(ALICE), []);
});

Deno.test("SR-10: a list of another identity neither counts nor takes the place of the real one", async () => {
  const { store, revocations } = await open();
  await using _ = store;
  const mallory = await person("mallory", 3);
  const made = { ...mallory, accountId: alice.accountId };
  const madeUp = { ...ALICE, identity: mallory.identity.key.fingerprint };
  const real = await listBy(alice, 1, deviceId(1));
  revocations.learn([real, await listBy(made, 50, deviceId(2))], []);
  assert(revocations.isRevoked({ ...ALICE, deviceId: deviceId(1) }));
  assert.equal(revocations.isRevoked({ ...ALICE, deviceId: deviceId(2) }), false);
  assert.equal(revocations.isRevoked({ ...madeUp, deviceId: deviceId(1) }), false);
  assert(revocations.isRevoked({ ...madeUp, deviceId: deviceId(2) }));
  assert.deepEqual(revocations.signedOf(ALICE), [real.bytes]);
  const both = [ALICE.identity, madeUp.identity].sort();
  assert.deepEqual(revocations.identitiesOf(alice.accountId).toSorted(), both);
});

Deno.test("SR-10: of what an account signs without end a profile keeps a bounded part, and all that the server's list names", async () => {
  const { store, revocations, count } = await open();
  await using _ = store;
  await revocations.take(await offered(1, ...many(0)));
  const phone = deviceId(1_000_000);
  revocations.learn([await listBy(alice, 2, phone)], [{ ...ALICE, deviceId: phone }]);
  const lists: SignedRemovals[] = [];
  for (let n = 1; n <= 8; n++) lists.push(await listBy(alice, 1000 + n, ...many(1000 * n)));
  revocations.learn(lists, []);
  assert.equal(count("removed_device"), 2 * REVOKED_DEVICES_MAX);
  assert.equal(count("removal_list"), 3);
  assert.deepEqual(revocations.listOf(ALICE), { sequence: 1, devices: many(0) });
  // Of groups' lists the device that was seen in one, then the newest.
  assert(revocations.isRevoked({ ...ALICE, deviceId: phone }));
  const kept = revocations.removedOf(ALICE).filter((device) => many(8000).includes(device));
  assert.equal(kept.length, REVOKED_DEVICES_MAX - 1);
  // One more of the server's takes nothing but what is older from it.
  await revocations.take(await offered(2, ...many(1, REVOKED_DEVICES_MAX)));
  assert.deepEqual(revocations.listOf(ALICE), { sequence: 2, devices: many(1) });
  assert.equal(count("removed_device"), 2 * REVOKED_DEVICES_MAX);
});

Deno.test("SR-10: a list that is known changes nothing, and gives no reason to look through the groups", async () => {
  const { store, database, revocations } = await open();
  await using _ = store;
  const list = await listBy(alice, 1, deviceId(1));
  revocations.learn([list], []);
  const handedOut = await offered(2, deviceId(2));
  await revocations.take(handedOut);
  const { revision } = revocations;
  const changes = () =>
    database.query("SELECT total_changes() AS n", (row) => row.integer("n")).first();
  const before = changes();
  revocations.learn([list], []);
  // By another process, which has read nothing yet.
  new Revocations({ database, own: { serverId: SERVER_ID } }).learn([{ ...list }], []);
  await revocations.take(handedOut);
  assert.deepEqual([revocations.revision, changes()], [revision, before]);
  // What a group alone knew before is news when the server says so too.
  await revocations.take(await offered(3, deviceId(1), deviceId(2)));
  assert.equal(revocations.revision, revision + 1);
});

Deno.test("SR-10: every list that is needed to name what is known is there to be carried, whatever its number", async () => {
  const { store, revocations } = await open();
  await using _ = store;
  const far = await listBy(alice, 1000, deviceId(1));
  const near = await listBy(alice, 1, deviceId(2));
  revocations.learn([far, near], []);
  const carried = () => revocations.signedOf(ALICE).map(encodeHex);
  assert.deepEqual(carried(), [far, near].map(({ bytes }) => encodeHex(bytes)));
  // One that names all takes the place of both.
  const all = await listBy(alice, 1001, deviceId(1), deviceId(2));
  revocations.learn([all], []);
  assert.deepEqual(carried(), [encodeHex(all.bytes)]);
});

Deno.test("SR-10, SR-31: a profile from before knows what it knew, and asks the server for the lists", async () => {
  await using store = await TestStore.open();
  const path = join(store.folder, "before.db");
  const list = await listBy(alice, 7, deviceId(1));
  using before = Database.open(path, {
    migrations: MIGRATIONS.slice(0, MIGRATIONS.indexOf(REMOVAL_TABLES)),
  });
  const add = before.command("INSERT INTO revocation VALUES (?, ?, ?, ?, ?, ?)");
  const devices = JSON.stringify(many(1, 1000));
  add.run(alice.accountId, ALICE.identity, 7, devices, 5, list.bytes);
  add.run("bob", ALICE.identity, 2, JSON.stringify([deviceId(9)]), 4, null);
  before.close();
  using database = Database.open(path, { migrations: MIGRATIONS });
  const revocations = new Revocations({ database, own: { serverId: SERVER_ID } });
  assert.equal(revocations.removedOf(ALICE).length, REVOKED_DEVICES_MAX);
  assert.deepEqual(revocations.signedOf(ALICE), [list.bytes]);
  // A group may have brought it: who is at it is the server's to say.
  assert.equal(revocations.listOf(ALICE).sequence, 0);
  assert.equal(revocations.hasHandedOut(ALICE), false);
  assert.equal(revocations.revision, 6);
  await revocations.take(await offered(7, deviceId(1)));
  assert.deepEqual(revocations.listOf(ALICE), { sequence: 7, devices: [deviceId(1)] });
});
