/** Exporting what is one's own, and deleting the account. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { exportTo } from "../../../lib/app/commands/export.ts";
import { utf8 } from "../../../lib/base/bytes.ts";
import { deleteAccount } from "../../../lib/client/deletion.ts";
import { readIdentityKey } from "../../../lib/client/profile/account_secrets.ts";
import { findIn } from "../../kit/canary.ts";
import { PASSWORD } from "../../kit/machine.ts";
import { givePassword } from "../../kit/passwords.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";

async function settle(...clients: readonly TestClient[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const { client } of clients) await client.sync();
}

Deno.test("an export holds contacts with their pins and all that was said, and overwrites nothing", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  const file = join(await world.folder(), "mine.jsonl");
  const count = await exportTo(alice.client, file);
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.length, count);
  assert.deepEqual(lines.map(({ v, type }) => [v, type]), [
    [1, "export"],
    [1, "contact"],
    [1, "text"],
    [1, "text"],
  ]);
  const [about, contact, ...said] = lines;
  assert.equal(about.account, "alice");
  const { identity } = bob.client.profile.own;
  assert.deepEqual([contact.account, contact.identity], ["bob", identity.key.fingerprint]);
  assert.deepEqual(said.map(({ from, text }) => [from, text]), [
    ["alice", "hello bob"],
    ["bob", "hello alice"],
  ]);
  if (Deno.build.os !== "windows") {
    assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  }
  await assert.rejects(exportTo(alice.client, file), { code: "already-exists" });
  const secrets = await Deno.readTextFile(file);
  assert.equal(/private|pkcs8|secret/i.test(secrets), false);
  const { database, vault, own } = alice.client.profile;
  const keys = [
    (await readIdentityKey(database, vault)).slice(-32),
    own.deviceKeys.mls.privateKey,
    own.deviceKeys.statement.privateKey,
  ];
  for (const key of keys) assert.deepEqual(findIn(file, utf8(secrets), key), []);
});

Deno.test("who deletes the account leaves the rooms, and nobody can write to it any more", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await givePassword(alice);
  const guests = [await bob.client.findContact("alice")];
  const founded = await bob.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  assert.equal(founded.result, "created");
  await settle(bob, alice);
  const handshake = await world.greet();
  await assert.rejects(
    deleteAccount(alice.client, handshake, { password: "wrong", force: false }),
    { code: "wrong-credentials" },
  );
  await deleteAccount(alice.client, handshake, { password: PASSWORD, force: false });
  await settle(bob);
  const room = await bob.client.rooms.find(founded.room);
  assert.deepEqual([...room?.members.keys() ?? []], ["bob"]);
  await bob.connect();
  await bob.client.write(alice.account, "are you there?");
  const [held] = await bob.client.flush();
  assert.equal(held.error?.code, "unknown-account");
  await assert.rejects(alice.connect(), { code: "device-refused" });
});

Deno.test("who alone owns a room with others in it hands it over first, or says that it may be without", async () => {
  await using talk = await openTalk();
  const { world, alice, bob } = talk;
  await givePassword(alice);
  const guests = [await alice.client.findContact("bob")];
  const founded = await alice.client.rooms.found({ guests, forceNew: false, name: "", topic: "" });
  assert.equal(founded.result, "created");
  // One that she may leave, and which comes first.
  const others = [await bob.client.findContact("alice")];
  const theirs = await bob.client.rooms.found({
    guests: others,
    forceNew: true,
    name: "",
    topic: "",
  });
  assert.equal(theirs.result, "created");
  await settle(bob, alice, bob, alice);
  const handshake = await world.greet();
  const given = { password: PASSWORD, force: false };
  await assert.rejects(deleteAccount(alice.client, handshake, given), { code: "last-owner" });
  await settle(bob, alice);
  // A no changes nothing: she is in both still.
  for (const { room } of [founded, theirs]) {
    const info = await bob.client.rooms.find(room);
    assert.deepEqual([...info?.members.keys() ?? []].sort(), ["alice", "bob"]);
  }
  await deleteAccount(alice.client, await world.greet(), { ...given, force: true });
  await assert.rejects(alice.connect(), { code: "device-refused" });
});
