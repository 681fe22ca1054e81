/** The end of an account on the server. */

import assert from "node:assert/strict";
import {
  guess,
  type RawAccount,
  ready,
  register,
  registered,
  signAsDevice,
  signInAs,
} from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

const PASSWORD = "correct horse";

async function fresh(server: TestServer, account: RawAccount) {
  const client = await server.handshake();
  const { finish } = await guess(client, account.person.accountName, PASSWORD);
  await client.get("login.finish", {
    ...finish,
    device: account.device.id,
    signature: await signAsDevice(client.handshake, account.person, account.device),
  });
  return client;
}

Deno.test("SR-06: a deleted account is gone, and its name is given to nobody again", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const open = await ready(server, alice);
  const client = await fresh(server, alice);
  await client.get("login.delete-account");
  await Promise.all([client.ended, open.ended]);

  assert.equal((await signInAs(await server.handshake(), alice)).header.code, "device-refused");
  assert.equal((await guess(await server.handshake(), "alice", PASSWORD)).finish, undefined);
  for (const kind of ["keys.account", "keys.fetch", "device.list"]) {
    assert.equal(await bob.refused(kind, { account: "alice" }), "unknown-account", kind);
  }
  const page = await bob.get("roster.page", { onlineOnly: false });
  const { entries, total } = page as unknown as { entries: { account: string }[]; total: number };
  assert.deepEqual([entries.map(({ account }) => account), total], [["bob"], 1]);
  const again = await register(server, await server.handshake(), { account: alice });
  assert.equal(again.header.code, "name-taken");
  const { store } = server.parts;
  assert.equal(await store.findRecoveryCopy(alice.person.accountId), undefined);
});

Deno.test("SR-06: what a deleted account had begun to upload is gone with it, and who reads it is told at once", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const open = await ready(server, alice);
  const upload = "000102030405060708090a0b0c0d0e0f";
  const wanted = { upload, account: "bob", sizeBytes: 1_000_000, again: false, opening: 1 };
  await open.get("spool.open", wanted);
  await bob.get("spool.fetch", { upload, offset: 0, untilBytes: 1_000_000 });
  const client = await fresh(server, alice);
  await client.get("login.delete-account");
  assert.equal((await bob.next("spool.ended")).header.reason, "gone");
  assert.deepEqual([...Deno.readDirSync(`${server.folder}/spool`)], []);
});

Deno.test("an account is deleted only after its password was proved on the connection", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await ready(server, alice);
  assert.equal(await client.refused("login.delete-account"), "password-not-fresh");
  await client.get("keys.count");
});

Deno.test("the last owner of the server is not deleted", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const { store } = server.parts;
  const { accountId: account } = alice.person;
  const nowMs = server.clock.nowMs();
  await store.grantRole({ by: "operator", account, role: "owner", nowMs });
  const client = await fresh(server, alice);
  for (const fields of [{}, { trial: true }, { force: true }]) {
    assert.equal(await client.refused("login.delete-account", fields), "last-owner");
  }
  assert.equal(await store.findRole(account), "owner");
  assert.notEqual(await store.findAccount(account), undefined);
});

Deno.test("of two owners of the server who are deleted at the same moment one is left", async () => {
  await using server = await TestServer.open();
  const { store } = server.parts;
  const nowMs = server.clock.nowMs();
  const clients = await Promise.all(["alice", "bob"].map(async (name, which) => {
    const account = await registered(server, name, { password: PASSWORD, which });
    const { accountId } = account.person;
    await store.grantRole({ by: "operator", account: accountId, role: "owner", nowMs });
    return await fresh(server, account);
  }));
  const answers = await Promise.all(clients.map((client) => client.ask("login.delete-account")));
  assert.deepEqual(answers.map(({ header }) => header.code ?? header.kind).sort(), [
    "last-owner",
    "login.account-deleted",
  ]);
  assert.equal((await store.listRoles({ limit: 9 })).length, 1);
});

Deno.test("a trial deletes nothing and ends nothing", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await fresh(server, alice);
  await client.get("login.delete-account", { trial: true });
  await client.get("keys.count");
  assert.notEqual(await server.parts.store.findAccount(alice.person.accountId), undefined);
});
