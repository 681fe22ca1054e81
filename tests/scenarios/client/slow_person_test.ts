/** A person who takes longer than a server waits for strangers. */

import assert from "node:assert/strict";
import { register } from "../../../lib/client/registration.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { World } from "../../kit/test_client.ts";

Deno.test("a registration whose connection ended while the recovery code was kept leaves nothing behind", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const slow = {
    ...alice.options,
    name: "alice",
    password: PASSWORD,
    token: undefined,
    keepRecoveryCode: () => world.clock.advance(60_000),
  };
  await assert.rejects(register(await world.greet(), alice.keeper, slow), { code: "offline" });
  assert.equal(alice.keeper.hasAccount, false);
  await alice.register("alice");
  assert.equal((await alice.signIn("alice")).signedIn.linked, true);
});
