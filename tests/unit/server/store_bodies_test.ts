/** What stays of envelopes in the database once nobody waits for them. */

import assert from "node:assert/strict";
import { runBatch } from "../../../lib/server/store/sqlite/batch.ts";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { openCore } from "../../../lib/server/store/sqlite/core.ts";
import {
  conversationId,
  DAY_MS,
  join,
  link,
  openPair,
  START_MS,
  temporaryDatabase,
  Writer,
} from "./store_kit.ts";

Deno.test("SR-54: store counts nothing twice when what a member has read is expired", async () => {
  await using file = await temporaryDatabase();
  const core = openCore(file.path);
  await using store = new BatchedStore({
    run: (calls) => Promise.resolve(runBatch(core, calls)),
    close: () => Promise.resolve(core.database.close()),
  });
  const { alice, bob, conversation } = await openPair(store);
  const later = { nowMs: START_MS + DAY_MS };
  for (let i = 0; i < 5; i++) await store.append({ ...alice.message(conversation, 1), ...later });
  await store.acknowledge({ device: bob.member.device, conversation, seq: 4 });
  const waiting = core.database.query(
    `SELECT sum(c.sent_bytes - m.cursor_bytes) AS total FROM conversation_member m
      JOIN conversation c ON c.id = m.conversation`,
    (row) => row.integer("total"),
  );
  const before = waiting.first();
  while ((await store.expire(START_MS + 30 * DAY_MS + 1)).more);
  assert.equal(waiting.first(), before);
});

Deno.test("SR-53: store keeps no body when the one who was furthest behind leaves", async () => {
  await using file = await temporaryDatabase();
  const core = openCore(file.path);
  await using store = new BatchedStore({
    run: (calls) => Promise.resolve(runBatch(core, calls)),
    close: () => Promise.resolve(core.database.close()),
  });
  // A conversation before, of which the leaving device has everything, and more than there is in the other.
  const { alice, bob, conversation: before } = await openPair(store);
  const slow = new Writer(await link(store, bob.member, 3));
  await store.commit({ ...slow.commit(before, 1), joins: true });
  for (let i = 0; i < 10; i++) await store.append(alice.message(before, 2));
  const carol = new Writer(await join(store, "carol", 4));
  const conversation = conversationId(2);
  await store.openDirect(carol.opening(conversation, bob.member));
  await store.commit({ ...slow.commit(conversation, 1), joins: true });
  for (let i = 0; i < 5; i++) await store.append(carol.message(conversation, 2));
  const all = 100;
  for (const { device } of [bob.member, slow.member]) {
    await store.acknowledge({ device, conversation: before, seq: all });
  }
  for (const { device } of [bob.member, carol.member]) {
    await store.acknowledge({ device, conversation, seq: all });
  }
  const kept = core.database.query(
    `SELECT count(*) AS total FROM envelope e JOIN conversation c ON c.id = e.conversation
      WHERE c.conversation = ? AND e.body IS NOT NULL`,
    (row) => row.integer("total"),
  );
  assert.equal(kept.first(conversation), 5);
  await store.commit({ ...bob.commit(conversation, 2), removed: [slow.member] });
  // The commit waits for Carol.
  assert.equal(kept.first(conversation), 1);
});
