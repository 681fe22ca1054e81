/** A server that makes devices up shows them in the list as what they are (SR-03). */

import assert from "node:assert/strict";
import { Devices } from "../../../lib/client/devices/devices.ts";
import { openTalk, type TestClient } from "../../kit/test_client.ts";

const deviceOf = ({ client }: TestClient) => client.profile.own.device;

Deno.test("SR-03: the list of devices shows which of them the account's identity never certified, own and others'", async () => {
  await using pair = await openTalk();
  const { world, alice, bob } = pair;
  const phone = await world.device("alice", 0);
  // Of somebody else's identity, and in the server's list of alice's.
  const madeUp = await world.device("alice", 2);
  const expected = new Map([
    [deviceOf(alice), true],
    [deviceOf(phone), true],
    [deviceOf(madeUp), false],
  ]);
  const own = await new Devices(alice.messenger, alice.client.link).own();
  const contact = await bob.client.findContact("alice");
  const seen = await new Devices(bob.messenger, bob.client.link).of(contact);
  for (const listed of [own, seen]) {
    const certified = listed.map(({ device, fingerprint }) =>
      [device, fingerprint !== undefined] as const
    );
    assert.deepEqual(new Map(certified), expected);
  }
});
