/** What the server says of who is online is its word, and decides nothing (SR-61). */

import assert from "node:assert/strict";
import type { Hooks } from "../../kit/man_in_the_middle.ts";
import { openPair } from "../../kit/test_client.ts";

/** Says of everybody that they are, or are not, online. */
function saying(online: boolean): Hooks {
  const lie = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(lie);
    if (typeof value !== "object" || value === null) return value;
    const fields = Object.entries(value).map(([name, field]) => [
      name,
      name === "online" ? online : lie(field),
    ]);
    return Object.fromEntries(fields);
  };
  return {
    down({ header, payload }, pass) {
      if (header.kind !== "roster.change") pass(lie(header) as typeof header, payload);
    },
  };
}

Deno.test("SR-61: a text goes to who is said to be away, and is not delivered because somebody is said to be there", async () => {
  await using pair = await openPair();
  const { alice, bob } = pair;
  await alice.connect({ middle: saying(false) });
  const first = await alice.say(bob, "are you there?");
  await bob.client.sync();
  await alice.client.sync();
  assert.deepEqual(await bob.received(), ["are you there?"]);
  assert.equal(alice.client.deliveryOf(first), "delivered");
  await bob.disconnect();
  await alice.connect({ middle: saying(true) });
  const second = await alice.say(bob, "and now?");
  await alice.client.sync();
  assert.equal(alice.client.deliveryOf(second), "sent");
});
