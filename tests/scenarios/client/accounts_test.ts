/** Registration, sign-in, recovery, sign-out, change of password: with real passwords, so each takes a while. */

import assert from "node:assert/strict";
import { Client } from "../../../lib/client/client.ts";
import { changePassword } from "../../../lib/client/account/password_change.ts";
import { isUnconfirmed } from "../../../lib/client/profile/account_secrets.ts";
import { recover, resetIdentity } from "../../../lib/client/recovery/recovery.ts";
import { register } from "../../../lib/client/account/registration.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { readyIdentity } from "../../kit/profiles.ts";
import { World } from "../../kit/test_client.ts";

Deno.test("a person registers, signs in, writes, and gets the receipt", async () => {
  await using world = await World.open();
  const bob = await (await world.client("bob", 1)).connect();
  await using alice = await Machine.open(world, 0);
  await alice.register("Alice");
  const entered = await alice.signIn("alice");
  assert.equal(entered.signedIn.linked, true);
  assert.equal(entered.signedIn.name, "Alice");
  const client = await alice.connect(entered);
  const { account } = await client.findContact("bob");
  const id = await client.write(account, "hi");
  await client.flush();
  await bob.client.sync();
  await client.sync();
  assert.equal(client.deliveryOf(id), "delivered");
  assert.deepEqual(await bob.texts(), ["alice: hi"]);
});

Deno.test("SR-41: after the first sign-in the device signs in by its key, and the session opens the profile", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  await assert.rejects(alice.keeper.unlock(), { code: "not-signed-in" });
  await alice.keeper.keys.remember(PASSWORD);
  const client = new Client(await alice.keeper.unlock());
  const signedIn = await client.connect(await world.greet());
  assert.equal(signedIn.linked, true);
  await client.close();
});

Deno.test("a taken name is refused, and leaves nothing behind", async () => {
  await using world = await World.open();
  await world.client("alice", 1);
  await using alice = await Machine.open(world, 0);
  await assert.rejects(alice.register("Alice"), { name: "Refusal", code: "name-taken" });
  assert.equal(alice.keeper.hasAccount, false);
  await assert.rejects(alice.register("no:good"), { name: "UsageError", code: "bad-name" });
  await alice.register("alice2");
  await assert.rejects(alice.register("alice3"), { name: "UsageError", code: "profile-in-use" });
});

Deno.test("a name that is taken while its keys are made leaves nothing behind either", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const handshake = await world.greet();
  const options = {
    ...alice.options,
    keepRecoveryCode: async () => {
      await world.client("alice", 1);
    },
  };
  await assert.rejects(
    register(handshake, alice.keeper, {
      ...options,
      name: "alice",
      password: PASSWORD,
      token: undefined,
    }),
    { name: "Refusal", code: "name-taken" },
  );
  assert.equal(alice.keeper.hasAccount, false);
  assert.equal(await alice.keeper.unlockByPassword(PASSWORD), undefined);
});

Deno.test("SR-44: a server for the invited wants its token, and gives one answer without it", async () => {
  await using world = await World.open({ registration: "invite" });
  await using alice = await Machine.open(world, 0);
  await world.client("taken", 1);
  for (const name of ["taken", "alice"]) {
    await assert.rejects(alice.register(name), { name: "Refusal", code: "token-refused" });
  }
  assert.equal(alice.keeper.hasAccount, false);
});

Deno.test("a wrong password says how many tries are left, and then how long the lock holds", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  const handshake = await world.greet();
  for (const attemptsLeft of [2, 1]) {
    await assert.rejects(alice.signIn("alice", "wrong", handshake), {
      code: "wrong-credentials",
      message: "Invalid Password. Please try again",
      details: { attemptsLeft },
    });
  }
  await assert.rejects(alice.signIn("alice", "wrong", handshake), {
    code: "wrong-credentials",
    message: "Invalid Password. Your account has been blocked. Please try again later",
    details: { attemptsLeft: 0, retryAfterSeconds: 60 },
  });
  await handshake.link.close();
  await assert.rejects(alice.signIn("alice", PASSWORD), (error) => {
    assert(error instanceof Error && "code" in error && "details" in error);
    assert.equal(error.code, "locked");
    assert.deepEqual(error.details, { retryAfterSeconds: 60 });
    return true;
  });
  await world.clock.advance(60_000);
  assert.equal((await alice.signIn("alice")).signedIn.failedTries, 3);
});

Deno.test("SR-42: an unknown name is told in the same words as a wrong password", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await assert.rejects(alice.signIn("zoe"), {
    code: "wrong-credentials",
    message: "Invalid Password. Please try again",
    details: { attemptsLeft: 2 },
  });
});

Deno.test("P20: who registers is not told of tries under the name from before", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await assert.rejects(alice.signIn("alice"), { code: "wrong-credentials" });
  await alice.register("alice");
  assert.equal((await alice.signIn("alice")).signedIn.failedTries, 0);
});

Deno.test("SR-47: after a sign-out the device is refused until the password was given", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  const client = await alice.connect(await alice.signIn("alice"));
  await client.link.ask("login.logout", {});
  await client.close();
  await assert.rejects(client.connect(await world.greet()), { code: "not-signed-in" });
  await alice.connect(await alice.signIn("alice"));
  await client.connect(await world.greet());
  await client.close();
});

Deno.test("SR-03, SR-04: the password alone gives an unlinked session, the recovery code makes the device", async () => {
  await using world = await World.open();
  const bob = await (await world.client("bob", 1)).connect();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  const desk = await alice.connect(await alice.signIn("alice"));
  const { account } = await desk.findContact("bob");
  await desk.write(account, "from the desk");
  await desk.flush();
  await bob.client.sync();
  await desk.sync();

  await using phone = await Machine.open(world, 0);
  const entered = await phone.signIn("alice");
  assert.equal(entered.signedIn.linked, false);
  await assert.rejects(entered.handshake.link.ask("relay.list", {}), { code: "not-linked" });
  await assert.rejects(entered.handshake.link.ask("relay.subscribe", {}), { code: "not-linked" });
  const owner = { ...entered, ...phone.options };
  await assert.rejects(recover({ ...owner, code: "AAAA" }), { code: "bad-recovery-code" });
  const other = alice.recoveryCode.replace(/^./, (c) => c === "0" ? "1" : "0");
  await assert.rejects(recover({ ...owner, code: other }), { code: "bad-recovery-code" });
  assert.equal(phone.keeper.hasAccount, false);

  const linked = await recover({ ...owner, code: alice.recoveryCode });
  const mobile = await phone.connect({ ...entered, signedIn: linked });
  await mobile.sync();
  await bob.client.sync();
  await bob.say(mobile.profile.own, "to all of you");
  await mobile.sync();
  await desk.sync();
  const last = async (client: Client) =>
    (await client.messenger.history.latest({ limit: 1 }))[0]?.text;
  assert.deepEqual([await last(mobile), await last(desk)], ["to all of you", "to all of you"]);
});

Deno.test("SR-45: a new password opens account and profile, the old one neither", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  await alice.keeper.keys.remember(PASSWORD);
  const { own } = await alice.keeper.unlock();
  const change = { own, old: PASSWORD, next: "battery staple" };
  await assert.rejects(
    changePassword(await world.greet(), alice.keeper, { ...change, old: "wrong" }),
    { code: "wrong-credentials" },
  );
  await changePassword(await world.greet(), alice.keeper, change);
  assert.equal(await alice.keeper.unlockByPassword(PASSWORD), undefined);
  await assert.rejects(alice.signIn("alice", PASSWORD), { code: "wrong-credentials" });
  assert.equal((await alice.signIn("alice", "battery staple")).signedIn.linked, true);
  // The session of this machine goes on.
  await alice.keeper.unlock();
});

Deno.test("SR-45: between the server's yes and the last write, both passwords open the profile", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  await alice.keeper.keys.remember(PASSWORD);
  const { own } = await alice.keeper.unlock();
  let cut = () => {};
  const handshake = await world.greet({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "login.password-changed") cut();
        else pass(header, payload);
      },
    },
  });
  cut = () => void handshake.link.close();
  await assert.rejects(
    changePassword(handshake, alice.keeper, { own, old: PASSWORD, next: "battery staple" }),
    { name: "TransportError" },
  );
  for (const password of [PASSWORD, "battery staple"]) {
    assert.notEqual(await alice.keeper.unlockByPassword(password), undefined);
  }
  assert.equal((await alice.signIn("alice", "battery staple")).signedIn.linked, true);
});

Deno.test("SR-45: an answer to a new password that cannot be read changes neither account nor profile", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  await alice.keeper.keys.remember(PASSWORD);
  const { own } = await alice.keeper.unlock();
  const handshake = await world.greet({
    middle: {
      down({ header, payload }, pass) {
        const isIt = header.kind === "login.password-challenge";
        pass(isIt ? { ...header, opaque: "nothing" } : header, payload);
      },
    },
  });
  await assert.rejects(
    changePassword(handshake, alice.keeper, { own, old: PASSWORD, next: "battery staple" }),
    { name: "ProtocolError", code: "bad-message" },
  );
  await handshake.link.close();
  assert.equal(await alice.keeper.unlockByPassword("battery staple"), undefined);
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});

Deno.test("an identity that the server refuses to take leaves the profile as it was", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  const client = await alice.connect(await alice.signIn("alice"));
  const { device, identity } = client.profile.own;
  await client.close();
  const entered = await alice.signIn("alice");
  // A password is fresh for ten minutes.
  await world.clock.advance(11 * 60_000);
  const next = { ...entered, ...alice.options, previous: entered.own?.identity };
  await assert.rejects(
    resetIdentity({ ...next, makeIdentity: () => readyIdentity(2) }),
    { code: "password-not-fresh" },
  );
  await entered.handshake.link.close();
  const profile = await alice.keeper.unlockByPassword(PASSWORD);
  assert.equal(profile?.own.device, device);
  assert.equal(profile?.own.identity.key.fingerprint, identity.key.fingerprint);
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});

/** Registers alice, and has her and bob talk. */
async function aliceAndBob(world: World) {
  const bob = await (await world.client("bob", 1)).connect();
  const alice = await Machine.open(world, 0);
  await alice.register("alice");
  const client = await alice.connect(await alice.signIn("alice"));
  const { account } = await client.findContact("bob");
  await client.write(account, "the old me");
  await client.flush();
  await bob.client.sync();
  await client.sync();
  return { bob, alice, client };
}

Deno.test("SR-07: a person who gives themselves a new identity goes on talking, as the same contact, signed by the old one", async () => {
  await using world = await World.open();
  const { bob, alice, client } = await aliceAndBob(world);
  await using _ = alice;
  // Written down, and not sent before the reset.
  await client.close();
  const { account } = bob;
  await client.write(account, "written before");
  const entered = await alice.signIn("alice");
  const previous = entered.own?.identity;
  const signedIn = await resetIdentity({
    ...entered,
    ...alice.options,
    previous,
    makeIdentity: () => readyIdentity(2),
  });
  assert.notEqual(signedIn.identity, entered.signedIn.identity);
  const again = await alice.connect({ ...entered, signedIn });
  assert.equal(isUnconfirmed(again.profile.database), false);
  await again.flush();
  await bob.client.sync();
  assert.deepEqual(await bob.received(), ["the old me", "written before"]);
  assert.deepEqual(await bob.notices(), ["identity-rotated"]);
  await bob.say(again.profile.own, "welcome back");
  await again.sync();
  const history = (await again.messenger.history.after(0)).filter(({ kind }) => kind === "text");
  assert.deepEqual(history.map(({ text }) => text), [
    "the old me",
    "written before",
    "welcome back",
  ]);
});

Deno.test("a reset whose answer was lost is found to have happened at the next sign-in", async () => {
  await using world = await World.open();
  const { bob, alice, client } = await aliceAndBob(world);
  await using _ = alice;
  await client.close();
  let cut = () => {};
  const handshake = await world.greet({
    middle: {
      down({ header, payload }, pass) {
        if (header.kind === "login.identity-reset") cut();
        else pass(header, payload);
      },
    },
  });
  cut = () => void handshake.link.close();
  const entered = await alice.signIn("alice", PASSWORD, handshake);
  const next = { ...entered, ...alice.options, previous: entered.own?.identity };
  await assert.rejects(resetIdentity({ ...next, makeIdentity: () => readyIdentity(2) }), {
    name: "TransportError",
  });
  const profile = await alice.keeper.unlockByPassword(PASSWORD);
  assert(profile !== undefined && isUnconfirmed(profile.database));
  await using again = new Client(profile);
  await again.connect(await world.greet());
  assert.equal(isUnconfirmed(profile.database), false);
  assert.deepEqual(again.messenger.conversations.list(), []);
  await again.write(bob.account, "here I am");
  await again.flush();
  await bob.client.sync();
  assert.equal((await bob.received()).at(-1), "here I am");
});

Deno.test("a reset that never reached the server is taken back at the next sign-in", async () => {
  await using world = await World.open();
  const { alice, client } = await aliceAndBob(world);
  await using _ = alice;
  const { device } = client.profile.own;
  await client.close();
  let cut = () => {};
  const handshake = await world.greet({
    middle: {
      up({ header, payload }, pass) {
        if (header.kind === "login.reset-identity") cut();
        else pass(header, payload);
      },
    },
  });
  cut = () => void handshake.link.close();
  const entered = await alice.signIn("alice", PASSWORD, handshake);
  const next = { ...entered, ...alice.options, previous: entered.own?.identity };
  await assert.rejects(resetIdentity({ ...next, makeIdentity: () => readyIdentity(2) }), {
    name: "TransportError",
  });
  const unconfirmed = await alice.keeper.unlockByPassword(PASSWORD);
  assert(unconfirmed !== undefined && unconfirmed.own.device !== device);
  await assert.rejects(new Client(unconfirmed).connect(await world.greet()), {
    code: "device-refused",
  });
  const restored = await alice.keeper.unlockByPassword(PASSWORD);
  assert.equal(restored?.own.device, device);
  assert(restored !== undefined);
  await using again = new Client(restored);
  await again.connect(await world.greet());
  assert.equal(again.messenger.conversations.list().length, 1);
});
