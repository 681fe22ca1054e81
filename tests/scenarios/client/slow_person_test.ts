/** A person who takes longer than a server waits for strangers. */

import assert from "node:assert/strict";
import { systemRandom } from "../../../lib/base/random.ts";
import { TransportError } from "../../../lib/base/errors.ts";
import { enterKnown } from "../../../lib/app/entering.ts";
import type { HandshakeResult } from "../../../lib/client/link/handshake.ts";
import type { Link } from "../../../lib/client/link/link.ts";
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

/** A greeting whose connection ends at `kind`: before the server has it, or with its answer on the way. */
function endingAt(
  handshake: HandshakeResult,
  { kind, isTold }: { kind: string; isTold: boolean },
): HandshakeResult {
  const { link } = handshake;
  const ask: Link["ask"] = async (asked, ...rest) => {
    if (asked !== kind) return await link.ask(asked, ...rest);
    if (isTold) await link.ask(asked, ...rest);
    await link.close();
    throw new TransportError("peer-closed", "Connection ended: closed by the other side");
  };
  const ending = new Proxy(link, {
    get: (target, name) => name === "ask" ? ask : Reflect.get(target, name, target),
  });
  return { ...handshake, link: ending };
}

for (
  const [when, kind, isTold] of [
    ["as the name is asked for", "login.register-start", false],
    ["before the server hears of the account", "login.register-finish", false],
    ["with the answer on its way", "login.register-finish", true],
  ] as const
) {
  Deno.test(`a registration goes on over a new connection when the first ends ${when}`, async () => {
    await using world = await World.open();
    await using alice = await Machine.open(world, 0);
    const first = endingAt(await world.greet(), { kind, isTold });
    const about = { ...alice.options, name: "alice", password: PASSWORD, token: undefined };
    const handshake = await register(first, alice.keeper, about);
    assert.notEqual(handshake, first);
    assert.equal(alice.keeper.hasAccount, true);
    const { signedIn } = await alice.signIn("alice", PASSWORD, handshake);
    assert.equal(signedIn.linked, true);
  });
}

Deno.test("a registration whose answer is lost keeps its keys when there is no server any more", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const gone = new TransportError("unreachable", "Cannot reach the server");
  const first = endingAt(await world.greet(), { kind: "login.register-finish", isTold: true });
  const about = { ...alice.options, name: "alice", password: PASSWORD, token: undefined };
  const lost = { ...about, greetAgain: () => Promise.reject(gone) };
  await assert.rejects(register(first, alice.keeper, lost), { code: "unreachable" });
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});
