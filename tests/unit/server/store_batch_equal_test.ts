/** What `open_conversations.ts` spares must change nothing: calls of one batch do what the same calls do one by one. */

import assert from "node:assert/strict";
import { BatchedStore } from "../../../lib/server/store/sqlite/batched_store.ts";
import { runBatch, type StoreCall } from "../../../lib/server/store/sqlite/batch.ts";
import { openCore, type StoreCore } from "../../../lib/server/store/sqlite/core.ts";
import { seeded } from "../../kit/seeded.ts";
import {
  conversationId,
  deviceId,
  envelopeId,
  link,
  NO_LIMITS,
  temporaryDatabase,
  Writer,
} from "./store_kit.ts";
import { change, commit, openRoom, ROOM } from "./store_rooms_kit.ts";

const SEEDS = 12;
const CALLS = 150;

/** A room of Alice, Bob and Bob's tablet; Alice and Carol. */
async function prepare(core: StoreCore): Promise<readonly Writer[]> {
  const store = new BatchedStore({
    run: (calls) => Promise.resolve(runBatch(core, calls)),
    close: () => Promise.resolve(),
  });
  const { alice, bob, carol } = await openRoom(store);
  const tablet = new Writer(await link(store, bob.member, 4));
  await store.commitToRoom({ ...commit(tablet, 1, change(2)), joins: true });
  await store.openDirect(carol.opening(conversationId(2), alice.member));
  return [alice, bob, tablet, carol];
}

/** Messages, resends, envelope ids used twice, stale epochs, acknowledgements, commits and reads, as they come. */
function drawCalls(seed: number, writers: readonly Writer[]): readonly StoreCall[] {
  const draw = seeded(seed);
  const calls: StoreCall[] = [];
  const appends: StoreCall[] = [];
  for (let i = 0; i < CALLS; i++) {
    const writer = writers[draw(writers.length)];
    const conversation = draw(3) > 0 ? ROOM : conversationId(2);
    const { device } = writer.member;
    const kind = draw(20);
    if (kind < 10) {
      const message = writer.message(conversation, draw(8) === 0 ? 7 : 1, `text ${i}`);
      const limits = draw(conversation === ROOM ? 15 : 2) === 0
        ? { perDeviceBytes: 2000, perSenderBytes: 1400 }
        : NO_LIMITS;
      const used = draw(10) === 0
        ? { envelope: envelopeId(1_000_000 * (1 + draw(4)) + draw(30)) }
        : {};
      const call: StoreCall = {
        name: "append",
        args: [{ ...message, ...used, limits, counts: draw(2) === 0 }],
      };
      appends.push(call);
      calls.push(call);
    } else if (kind < 11 && appends.length > 0) {
      calls.push(appends[draw(appends.length)]);
    } else if (kind < 17) {
      const seq = draw(conversation === ROOM ? 60 : 8);
      calls.push({ name: "acknowledge", args: [{ device, conversation, seq }] });
    } else if (kind < 18) {
      calls.push({ name: "commit", args: [writer.commit(conversation, 1)] });
    } else if (kind < 19) {
      calls.push({ name: "listWaiting", args: [device] });
    } else {
      calls.push({ name: "countWaiting", args: [deviceId(1 + draw(4))] });
    }
  }
  return calls;
}

function dump({ database }: StoreCore): unknown {
  const tables = ["conversation", "conversation_member", "envelope", "room", "commit_winner"];
  return tables.map((table) => {
    const columns = database.query(`PRAGMA table_info(${table})`, (row) => row.text("name")).all();
    const values = columns.map((column) => `quote(${column})`).join(` || ' ' || `);
    const sql = `SELECT ${values} AS line FROM ${table} ORDER BY line`;
    return database.query(sql, (row) => row.text("line")).all();
  });
}

Deno.test("calls in one batch leave and answer what the same calls do one by one", async () => {
  let [deleted, refused, full] = [0, 0, 0];
  for (let seed = 1; seed <= SEEDS; seed++) {
    await using one = await temporaryDatabase();
    await using other = await temporaryDatabase();
    const single = openCore(one.path);
    const batched = openCore(other.path);
    try {
      await prepare(single);
      const calls = drawCalls(seed, await prepare(batched));
      const answers = calls.flatMap((call) => runBatch(single, [call]));
      assert.deepEqual(runBatch(batched, calls), answers, `answers of seed ${seed}`);
      assert.deepEqual(dump(batched), dump(single), `tables of seed ${seed}`);
      refused += answers.filter(({ ok }) => !ok).length;
      full += answers.filter((one) => JSON.stringify(one).includes("quota-exceeded")).length;
      const gone = "SELECT count(*) AS gone FROM envelope WHERE body IS NULL";
      deleted += single.database.query(gone, (row) => row.integer("gone")).first() ?? 0;
    } finally {
      single.database.close();
      batched.database.close();
    }
  }
  // Or the seeds try nothing.
  assert(deleted > SEEDS && refused > 0 && full > 0, `${deleted}, ${refused}, ${full}`);
});
