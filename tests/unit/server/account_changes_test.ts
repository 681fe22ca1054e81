import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { newConversationId } from "../../../lib/base/ids.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { finishRegistration, startRegistration } from "../../../lib/crypto/keys/password.ts";
import { joinSections } from "../../../lib/protocol/sections.ts";
import {
  credentials,
  guess,
  makeAccount,
  makeDevice,
  NO_PASSWORD,
  type RawAccount,
  ready,
  registered,
  SESSION_FRESH_MS,
  signAsDevice,
  signInAs,
} from "../../kit/raw_account.ts";
import type { RawClient } from "../../kit/raw_client.ts";
import { open, RawMember } from "../../kit/raw_conversation.ts";
import { TestServer } from "../../kit/test_server.ts";

const PASSWORD = "correct horse";

/** Signs in by password, as the account's device. */
async function fresh(server: TestServer, account: RawAccount): Promise<RawClient> {
  const client = await server.handshake();
  const { finish } = await guess(client, account.person.accountName, PASSWORD);
  await client.get("login.finish", {
    ...finish,
    device: account.device.id,
    signature: await signAsDevice(client.handshake, account.person, account.device),
  });
  return client;
}

/** Signs in by password alone. */
async function unlinked(server: TestServer, name: string): Promise<RawClient> {
  const client = await server.handshake();
  await client.get("login.finish", (await guess(client, name, PASSWORD)).finish);
  return client;
}

async function changePassword(client: RawClient, password: string): Promise<void> {
  const { request, state } = await startRegistration(password);
  const { opaque } = await client.get("login.password-start", { opaque: request });
  const record = (await finishRegistration(state, password, String(opaque)))?.record;
  await client.get("login.password-finish", { record });
}

/** What `login.reset-identity` sends for a new identity of the account. */
async function resetRequest(server: TestServer, account: RawAccount) {
  const { payload, sizes } = await credentials(server, account);
  return { fields: { device: account.device.id, sizes: [...sizes, 0] }, payload };
}

Deno.test("SR-45: password and identity change only in a session that signed in by password", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await ready(server, alice);
  const { request } = await startRegistration("new");
  const renewed = await makeAccount(server, "alice", 2);
  const reset = await resetRequest(server, renewed);
  const refused = [
    await client.refused("login.password-start", { opaque: request }),
    await client.refused("login.password-finish", { record: NO_PASSWORD }),
    await client.refused("login.reset-identity", reset.fields, reset.payload),
  ];
  assert.deepEqual(refused, Array(3).fill("password-not-fresh"));
});

Deno.test("SR-45: a session that was left open is fresh no more after ten minutes", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await fresh(server, alice);
  const { request } = await startRegistration("new");
  const keepAlive = async (ms: number) => {
    for (let left = ms; left > 0; left -= 50_000) {
      await server.clock.advance(Math.min(left, 50_000));
      client.send({ kind: "server.pong" });
    }
  };
  await keepAlive(SESSION_FRESH_MS - 1);
  await client.get("login.password-start", { opaque: request });
  await server.clock.advance(1);
  assert.equal(
    await client.refused("login.password-start", { opaque: request }),
    "password-not-fresh",
  );
});

Deno.test("a password request that is none is refused, and the session goes on", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await fresh(server, alice);
  assert.equal(
    await client.refused("login.password-start", { opaque: "nothing" }),
    "bad-message",
  );
  await changePassword(client, "battery staple");
});

Deno.test("SR-47: a new password ends all other sessions and signs all other devices out", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const thief = await unlinked(server, "alice");
  const second = { ...alice, device: await makeDevice(server, alice.person) };
  const linking = await unlinked(server, "alice");
  const signature = await signAsDevice(linking.handshake, alice.person, second.device);
  await linking.get(
    "login.link-device",
    { device: second.device.id, signature },
    second.device.certificate,
  );
  const client = await fresh(server, alice);
  await changePassword(client, "new battery");

  await Promise.all([thief.ended, linking.ended]);
  await client.get("keys.count");
  await (await ready(server, alice)).close();
  assert.equal((await signInAs(await server.handshake(), second)).header.code, "not-signed-in");
  const old = await guess(await server.handshake(), "alice", PASSWORD);
  assert.equal(old.finish, undefined);
  const again = await server.handshake();
  await again.get("login.finish", (await guess(again, "alice", "new battery")).finish);
});

Deno.test("SR-47: the session that changed the password goes on sending", async () => {
  await using server = await TestServer.open();
  const account = await registered(server, "alice", { password: PASSWORD });
  const bob = await registered(server, "bob", { which: 1 });
  await (await ready(server, bob)).close();
  const alice = new RawMember(account, await fresh(server, account));
  const conversation = newConversationId(systemRandom);
  await open(alice, bob, conversation);
  for (const password of ["new battery", "newer battery"]) {
    await changePassword(alice.client, password);
    const { header } = await alice.send(conversation, "sealed");
    assert.equal(header.kind, "relay.sent");
  }
});

Deno.test("SR-45: a sign-in that began before the password was changed does not end after it", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await fresh(server, alice);
  // Whoever knows the old password has its challenge answered, and waits.
  const thief = await server.handshake();
  const { finish } = await guess(thief, "alice", PASSWORD);
  const early = await server.handshake();
  await early.get("login.finish", (await guess(early, "alice", PASSWORD)).finish);
  await changePassword(client, "new battery");
  assert.equal(await thief.refused("login.finish", finish), "wrong-credentials");
});

Deno.test("SR-47: a sign-in that was proven before the password changed does not outlive the change", async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  let isHolding = false;
  let reached: () => void = () => {};
  const isReached = new Promise<void>((resolve) => reached = resolve);
  await using server = await TestServer.open({
    wrapStore: (store) =>
      new Proxy(store, {
        get(target, name) {
          const member = Reflect.get(target, name);
          if (name !== "enter" || !isHolding) return member;
          return async (claim: unknown) => {
            isHolding = false;
            reached();
            await held;
            return await member(claim);
          };
        },
      }),
  });
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await fresh(server, alice);
  const thief = await server.handshake();
  const { finish } = await guess(thief, "alice", PASSWORD);
  isHolding = true;
  const answer = Promise.allSettled([thief.ask("login.finish", finish)]);
  await isReached;
  await changePassword(client, "new battery");
  release();
  const [said] = await answer;
  assert(said.status === "rejected" || said.value.header.code === "wrong-credentials");
  await thief.ended;
});

Deno.test("SR-47: logging out signs the device out and ends all its sessions, not those of others", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const [first, second] = [await ready(server, alice), await ready(server, alice)];
  await first.get("login.logout");
  await Promise.all([first.ended, second.ended]);
  assert.equal((await signInAs(await server.handshake(), alice)).header.code, "not-signed-in");
  await bob.get("keys.count");
  await (await fresh(server, alice)).close();
  await (await ready(server, alice)).close();
});

Deno.test("SR-47: a device that signs in while it is being signed out is not signed in", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice");
  for (let round = 0; round < 5; round++) {
    await server.parts.store.setSignedIn({
      account: alice.person.accountId,
      device: alice.device.id,
      signedIn: true,
    });
    const leaving = await ready(server, alice);
    const coming = await server.handshake();
    const signature = await signAsDevice(coming.handshake, alice.person, alice.device);
    const fields = { account: "alice", device: alice.device.id, signature };
    const answers = Promise.allSettled([coming.ask("login.device", fields)]);
    await leaving.get("login.logout");
    await answers;
    await server.clock.advance(0);
    assert.equal(server.parts.presence.isOnline(alice.person.accountId), false);
    await coming.close();
  }
});

Deno.test("a new identity ends all other sessions, removes the devices before, and is announced", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const bob = await ready(server, await registered(server, "bob", { which: 1 }));
  const old = await ready(server, alice);
  const thief = await unlinked(server, "alice");
  const client = await unlinked(server, "alice");
  const renewed = await makeAccount(server, "alice", 2);
  const { fields, payload } = await resetRequest(server, renewed);
  await client.get("login.reset-identity", fields, payload);
  await Promise.all([old.ended, thief.ended]);
  await client.get("relay.subscribe");
  assert.equal((await signInAs(await server.handshake(), alice)).header.code, "device-refused");
  await (await ready(server, renewed)).close();

  await server.clock.advance(250);
  const changes: { account: string; identity: string; change: string }[] = [];
  while (!changes.some(({ change }) => change === "identity")) {
    const { header } = await bob.next("roster.change");
    changes.push(...header.changes as typeof changes);
  }
  const news = changes.find(({ change }) => change === "identity");
  assert.equal(news?.account, "alice");
  assert.equal(news?.identity, renewed.person.identity.key.fingerprint);
});

Deno.test("a ready session that resets the identity stops to receive for the device before", async () => {
  await using server = await TestServer.open();
  const alice = await registered(server, "alice", { password: PASSWORD });
  const client = await fresh(server, alice);
  await client.get("relay.subscribe");
  await client.next("relay.caught-up");
  const renewed = await makeAccount(server, "alice", 2);
  const { fields, payload } = await resetRequest(server, renewed);
  await client.get("login.reset-identity", fields, payload);
  await client.get("relay.subscribe");
  await client.next("relay.caught-up");
});

Deno.test("a reset with another account's or name's credentials is refused", async () => {
  await using server = await TestServer.open();
  await registered(server, "alice", { password: PASSWORD });
  const client = await unlinked(server, "alice");
  for (const name of ["bob", "ALICE"]) {
    const other = await makeAccount(server, name, 2);
    const { fields, payload } = await resetRequest(server, other);
    assert.equal(await client.refused("login.reset-identity", fields, payload), "bad-message");
  }
  const { sizes, payload } = joinSections([utf8("a"), utf8("b"), utf8("c"), utf8("d")]);
  const device = "0".repeat(32);
  assert.equal(
    await client.refused("login.reset-identity", { device, sizes }, payload),
    "bad-message",
  );
});
