import assert from "node:assert/strict";
import { encodeBase64 } from "../../../lib/base/bytes.ts";
import { PROTOCOL_VERSIONS } from "../../../lib/protocol/versions.ts";
import { guess, registered } from "../../kit/raw_account.ts";
import { TestServer } from "../../kit/test_server.ts";

/** The fields of its answer. */
async function hello(server: TestServer): Promise<Readonly<Record<string, unknown>>> {
  const { header } = await server.connect().ask("hello", {
    versions: PROTOCOL_VERSIONS,
    program: "test",
    nonce: encodeBase64(new Uint8Array(32)),
  });
  return header;
}

Deno.test("S3.05: everyone who connects is told the operator's words, which may change", async () => {
  const motd = "Down on Sunday at 22:00";
  await using server = await TestServer.open({ motd });
  assert.equal((await hello(server)).motd, motd);
  server.parts.motd.text = "";
  assert.equal("motd" in await hello(server), false);
});

Deno.test("who may register can change while a server runs, and hello says so", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice");
  await server.parts.accounts.setPolicy({ registration: "closed" });
  assert.equal((await hello(server)).registration, "closed");
  await assert.rejects(
    registered(server, "bob", { which: 1 }),
    /accepts no new accounts|registration-closed/,
  );
});

Deno.test("an owner who is named while a server runs is one at once, or when they register", async () => {
  await using server = await TestServer.open();
  const { store, accounts } = server.parts;
  const alice = (await registered(server, "alice")).person.accountId;
  await accounts.setPolicy({ registration: "open", owner: alice });
  assert.equal(await store.findRole(alice), "owner");
});

Deno.test("attempts can change while a server runs", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice");
  server.parts.signIns.guard.setLimits({ attempts: 1, lockSeconds: 60 });
  const client = await server.handshake();
  await guess(client, "alice", "wrong");
  assert.equal((await guess(client, "alice", "wrong")).challenge.header.code, "locked");
  await client.close();
});
