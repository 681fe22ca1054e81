/** A person who takes longer than a server waits for strangers. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { enterKnown } from "../../../lib/app/entering.ts";
import { register } from "../../../lib/client/account/registration.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { World } from "../../kit/test_client.ts";

/** Keeping the code takes a minute; a server waits half of that. */
function slowly(world: World, alice: Machine) {
  return {
    ...alice.options,
    name: "alice",
    password: PASSWORD,
    token: undefined,
    keepRecoveryCode: () => world.clock.advance(60_000),
  };
}

Deno.test("a registration goes on over a new connection when keeping the recovery code took too long", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const first = await world.greet();
  const handshake = await register(first, alice.keeper, slowly(world, alice));
  assert.equal(first.link.isOpen, false);
  assert.notEqual(handshake, first);
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});

Deno.test("a registration that finds no server any more leaves nothing behind", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const gone = new TransportError("unreachable", "Cannot reach the server");
  const slow = { ...slowly(world, alice), greetAgain: () => Promise.reject(gone) };
  await assert.rejects(register(await world.greet(), alice.keeper, slow), { code: "unreachable" });
  assert.equal(alice.keeper.hasAccount, false);
  await alice.register("alice");
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});

Deno.test("a sign-in by password goes on over a new connection when the first was cut before it was done", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  await alice.register("alice");
  const handshake = await world.greet();
  // A busy machine stretches the password for longer than a stranger is given.
  await world.clock.advance(60_000);
  const never = () => Promise.reject(new Error("this device is linked"));
  const entered = await enterKnown(
    {
      ...{ handshake, greetAgain: () => world.greet(), keeper: alice.keeper, name: "alice" },
      ...{ password: PASSWORD, remember: false, clock: world.clock, random: systemRandom },
    },
    {
      ...{ recoveryCode: never, showLinkCode: never, keepRecoveryCode: never },
      ...{ signal: new AbortController().signal, resets: false },
    },
  );
  assert.equal(handshake.link.isOpen, false);
  assert.equal(entered.client.isOnline, true);
  await entered.client.close();
});
