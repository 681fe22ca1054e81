/** Many large texts at once: more than a connection may have queued. */

import assert from "node:assert/strict";
import { MAX_TEXT_BYTES } from "../../../lib/protocol/peer/chat.ts";
import { openTalk } from "../../kit/test_client.ts";

Deno.test("large texts that waited together all leave, in order", async () => {
  await using talk = await openTalk();
  const { alice, bob } = talk;
  const texts = Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(MAX_TEXT_BYTES, "x"));
  for (const text of texts) await alice.client.write(bob.account, text);
  await alice.client.flush();
  await bob.client.sync();
  const received = (await bob.received()).slice(1);
  assert.deepEqual(received.map((text) => text.slice(0, 3)), texts.map((text) => text.slice(0, 3)));
});
