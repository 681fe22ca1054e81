/** What the program says of itself is true: no line for what concerns nobody here. */

import assert from "node:assert/strict";
import { found, infoOf, lines, say, settle, town } from "../../kit/town.ts";

Deno.test("what was sealed before somebody came in is not told to them as unreadable, nor as missing", async () => {
  await using place = await town(3);
  const { alice, bob, carol, clients } = place;
  const room = await found(alice, [bob, carol]);
  await settle(...clients);
  for (let time = 1; time <= 2; time++) {
    await alice.client.rooms.remove(await infoOf(alice, room), carol.account);
    await settle(...clients);
    const contact = await alice.client.findContact(carol.account);
    await alice.client.rooms.invite(await infoOf(alice, room), contact);
    await alice.client.sync();
    // She comes in while bob has not heard of it, and goes on in the epoch before.
    await carol.client.sync();
    await carol.client.sync();
    await say(bob, room, `not for carol ${time}`);
    await settle(...clients);
    await say(bob, room, `for all ${time}`);
    await settle(...clients);
    assert.equal((await carol.received()).at(-1), `for all ${time}`);
  }
  const told = await lines(carol, room);
  assert.deepEqual(told.filter((line) => /opened|missing|read/.test(line)), []);
});
