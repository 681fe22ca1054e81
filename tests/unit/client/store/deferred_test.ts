import assert from "node:assert/strict";
import { DeferredEnvelopes, type Delivered } from "../../../../lib/client/store/deferred.ts";
import { conversationId, deviceId, envelopeId } from "../../server/store_kit.ts";
import { TestStore } from "../profile_kit.ts";

function delivered(conversation: number, seq: number, bytes = 1): Delivered {
  return {
    fields: {
      conversation: conversationId(conversation),
      seq,
      envelope: envelopeId(seq),
      type: "message",
      epoch: 1,
      account: "eve",
      device: deviceId(1),
      atMs: 1,
    },
    body: new Uint8Array(bytes),
  };
}

async function open() {
  const store = await TestStore.open();
  const database = store.database();
  const count = (conversation: number) =>
    database.query(
      "SELECT count(*) AS rows FROM parked WHERE conversation = ?",
      (row) => row.integer("rows"),
    ).first(conversationId(conversation));
  return { store, parked: new DeferredEnvelopes(database), count };
}

Deno.test("SR-24: a thousand envelopes are put aside, and one more is not", async () => {
  const { store, parked, count } = await open();
  await using _ = store;
  for (let seq = 1; seq <= 1000; seq++) assert(parked.add(delivered(1, seq), "epoch"));
  assert.equal(parked.add(delivered(1, 1001), "epoch"), false);
  assert.equal(count(1), 1000);
});

Deno.test("SR-24: a conversation that keeps most aside makes room for another one", async () => {
  const { store, parked, count } = await open();
  await using _ = store;
  for (let seq = 1; seq <= 1000; seq++) parked.add(delivered(1, seq), "conversation");
  for (let seq = 1; seq <= 600; seq++) parked.add(delivered(2, seq), "epoch");
  assert.deepEqual([count(1), count(2)], [500, 500]);
  const seqs = parked.list("conversation").map(({ fields }) => fields.seq);
  assert.equal(Math.max(...seqs), 500);
});

Deno.test("SR-24: eight megabytes of one conversation make room for a small one", async () => {
  const { store, parked, count } = await open();
  await using _ = store;
  const size = 900 * 1024;
  for (let seq = 1; seq <= 9; seq++) assert(parked.add(delivered(1, seq, size), "epoch"));
  assert.equal(parked.add(delivered(1, 10, size), "epoch"), false);
  assert.equal(parked.add(delivered(2, 1, 300 * 1024), "epoch"), true);
  assert.deepEqual([count(1), count(2)], [8, 1]);
});
