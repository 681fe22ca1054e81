/** What a node does with news of other nodes, which come late, twice and in another order. */

import assert from "node:assert/strict";
import { settle } from "../../kit/clock.ts";
import { NodesBus } from "../../kit/nodes_bus.ts";
import { openPair, type RawMember } from "../../kit/raw_conversation.ts";
import { seeded } from "../../kit/seeded.ts";
import { TestServer } from "../../kit/test_server.ts";

const MESSAGES = 30;

function seqsOf({ client }: RawMember): number[] {
  return client.waiting.filter(({ header }) => header.kind === "relay.envelope")
    .map(({ header }) => Number(header.seq));
}

Deno.test("SR-24: a device gets each envelope once, in order, whatever order the news of them come in", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    await using server = await TestServer.open({
      bus: (sessions) => NodesBus.join([sessions], seeded(seed))[0],
    });
    const { alice, bob, conversation } = await openPair(server);
    // The node has heard of the conversation before.
    await Promise.all([alice.subscribe(), bob.subscribe()]);
    await alice.send(conversation, "first");
    while (seqsOf(bob).length < 2) await settle();
    const sent: number[] = [];
    await Promise.all(Array.from({ length: MESSAGES }, async (_, i) => {
      const writer = i % 3 === 0 ? bob : alice;
      const { header } = await writer.send(conversation, `text ${i}`);
      if (writer === alice) sent.push(Number(header.seq));
    }));
    for (let i = 0; i < 100; i++) await settle();
    const expected = [1, 2, ...sent.sort((one, other) => one - other)];
    assert.deepEqual(seqsOf(bob), expected, `seed ${seed}`);
  }
});
