/** `--no-remember`: who does not want to stay signed in leaves no key that opens the profile. */

import assert from "node:assert/strict";
import { enterKnown, enterNew } from "../../../lib/app/entering.ts";
import { Machine, PASSWORD } from "../../kit/machine.ts";
import { World } from "../../kit/test_client.ts";

const unasked = () => Promise.reject(new Error("nobody is asked"));
const NOT_ASKED = {
  recoveryCode: unasked,
  showLinkCode: unasked,
  keepRecoveryCode: unasked,
  signal: new AbortController().signal,
  resets: false,
};

Deno.test("who does not want to stay signed in has no session.key, at registration and at sign-in", async () => {
  await using world = await World.open();
  await using alice = await Machine.open(world, 0);
  const enter = async (remember: boolean, isNew = false) => {
    const entrance = {
      ...alice.options,
      handshake: await world.greet(),
      name: "alice",
      password: PASSWORD,
      remember,
    };
    const entered =
      await (isNew
        ? enterNew(entrance, { ...alice.options, token: undefined })
        : enterKnown(entrance, NOT_ASKED));
    await entered.client.close();
    return [...Deno.readDirSync(alice.keeper.folder)].some(({ name }) => name === "session.key");
  };
  assert.equal(await enter(false, true), false);
  assert.equal(await enter(false), false);
  assert.equal(await enter(true), true);
});
