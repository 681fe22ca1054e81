/** The store's envelopes beside a model of a few lines, under random calls. `SLOW=1` runs many times as many. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeviceId } from "../../lib/base/ids.ts";
import { openLocalStore } from "../../lib/server/store/sqlite/local_store.ts";
import { MIGRATIONS } from "../../lib/server/store/sqlite/schema.ts";
import type { Store } from "../../lib/server/store/store.ts";
import { Database } from "../../lib/storage/database.ts";
import {
  conversationId,
  DAY_MS,
  join,
  link,
  openPair,
  START_MS,
  temporaryDatabase,
  Writer,
} from "../unit/server/store_kit.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 1000 : 20;
const seed = 20_251_121;
const conversation = conversationId(1);

interface Entry {
  readonly seq: number;
  readonly sender: DeviceId;
  readonly recipient?: DeviceId;
  readonly text: string;
  readonly day: number;
}

/** What a store must do, by looking at everything each time. */
class Model {
  epoch = 1;
  day = 0;
  lastSeq = 1;
  entries: Entry[];
  readonly cursors: Map<DeviceId, number>;

  constructor(alice: DeviceId, bob: DeviceId) {
    this.entries = [{ seq: 1, sender: alice, recipient: bob, text: "welcome", day: 0 }];
    this.cursors = new Map([[alice, 0], [bob, 0]]);
  }

  write(sender: DeviceId, text: string, recipient?: DeviceId): number {
    const entry = { seq: ++this.lastSeq, sender, text, day: this.day };
    this.entries.push(recipient === undefined ? entry : { ...entry, recipient });
    return this.lastSeq;
  }

  waiting(device: DeviceId): Entry[] {
    const cursor = this.cursors.get(device);
    if (cursor === undefined) return [];
    return this.entries.filter(({ seq, sender, recipient }) =>
      seq > cursor && sender !== device && (recipient ?? device) === device
    );
  }

  expire(): void {
    this.entries = this.entries.filter(({ day }) => this.day - day <= 30);
  }
}

interface World {
  readonly store: Store;
  readonly model: Model;
  readonly writers: readonly Writer[];
  /** Answers of all messages that were taken, for resending. */
  readonly taken: { message: Parameters<Store["append"]>[0]; seq: number }[];
}

const who = fc.integer({ min: 0, max: 3 });
const part = fc.double({ min: 0, max: 1.2, noNaN: true });
const back = fc.integer({ min: -1, max: 5 });
const days = fc.integer({ min: 0, max: 25 });
const action = fc.record({
  kind: fc.constantFrom(
    ...["append", "append", "append", "append", "acknowledge", "acknowledge"] as const,
    ...["commit", "join", "add", "remove", "resend", "expire"] as const,
  ),
  who,
  other: who,
  part,
  back,
  days,
});
type Action = typeof action extends fc.Arbitrary<infer Made> ? Made : never;

async function append({ store, model, writers, taken }: World, { who, back }: Action) {
  const writer = writers[who];
  const { device } = writer.member;
  const epoch = Math.max(0, model.epoch - back);
  const nowMs = START_MS + model.day * DAY_MS;
  const text = `message ${model.lastSeq + 1}`;
  const message = { ...writer.message(conversation, epoch, text), nowMs };
  const outcome = await store.append(message);
  if (!model.cursors.has(device)) return assert.equal(outcome.result, "not-member");
  if (epoch > model.epoch || epoch < model.epoch - 3) {
    return assert.deepEqual(outcome, { result: "stale-epoch", epoch: model.epoch });
  }
  assert(outcome.result === "appended");
  assert.equal(outcome.seq, model.write(device, text));
  taken.push({ message, seq: outcome.seq });
  assert.deepEqual(
    outcome.recipients?.map((member) => member.device),
    [...model.cursors.keys()].filter((other) => other !== device).sort(),
  );
}

async function commit({ store, model, writers }: World, { kind, who, other, back }: Action) {
  const { member } = writers[who];
  const target = writers[other].member;
  const joins = kind === "join";
  const adds = kind === "add" && !model.cursors.has(target.device);
  const removes = kind === "remove" && other !== who;
  const epoch = model.epoch - (kind === "commit" ? Math.min(back, 1) : 0);
  const text = `commit ${model.lastSeq + 1}`;
  const outcome = await store.commit({
    ...writers[who].commit(conversation, epoch),
    nowMs: START_MS + model.day * DAY_MS,
    joins,
    added: adds ? [target] : [],
    removed: removes ? [target] : [],
    welcome: adds ? new TextEncoder().encode("added") : undefined,
    body: new TextEncoder().encode(text),
  });
  if (!joins && !model.cursors.has(member.device)) {
    return assert.equal(outcome.result, "not-member");
  }
  if (epoch !== model.epoch) {
    return assert.deepEqual(outcome, { result: "conflict", epoch: model.epoch });
  }
  assert(outcome.result === "committed");
  if (removes) model.cursors.delete(target.device);
  const seq = model.write(member.device, text);
  assert.deepEqual([outcome.seq, outcome.epoch], [seq, ++model.epoch]);
  if (joins && !model.cursors.has(member.device)) model.cursors.set(member.device, seq);
  if (adds) {
    model.cursors.set(target.device, seq);
    model.write(member.device, "added", target.device);
  }
}

async function acknowledge({ store, model, writers }: World, { who, part }: Action) {
  const { device } = writers[who].member;
  const seq = Math.round(part * model.lastSeq);
  await store.acknowledge({ device, conversation, seq });
  const cursor = model.cursors.get(device);
  if (cursor !== undefined) {
    model.cursors.set(device, Math.max(cursor, Math.min(seq, model.lastSeq)));
  }
}

async function resend({ store, model, taken }: World, { part }: Action) {
  const sent = taken.at(Math.floor(part * taken.length) % Math.max(taken.length, 1));
  // What is expired is judged anew, which is not told apart here.
  if (sent === undefined || !model.entries.some(({ seq }) => seq === sent.seq)) return;
  const outcome = await store.append(sent.message);
  assert.equal(outcome.result === "known" && outcome.seq, sent.seq);
}

async function expire({ store, model }: World, { days }: Action) {
  model.day += days;
  model.expire();
  while ((await store.expire(START_MS + model.day * DAY_MS)).more);
}

const ACTIONS = {
  append,
  acknowledge,
  resend,
  expire,
  commit,
  join: commit,
  add: commit,
  remove: commit,
};

async function compare({ store, model, writers }: World): Promise<void> {
  for (const { member: { device } } of writers) {
    const expected = model.waiting(device);
    const page = { device, conversation, afterSeq: 0, limit: 10_000, maxBytes: 2 ** 40 };
    const fetched = await store.fetch(page);
    assert.deepEqual(
      fetched.map(({ seq, body }) => [seq, new TextDecoder().decode(body)]),
      expected.map(({ seq, text }) => [seq, text]),
    );
    assert.equal(await store.countWaiting(device), expected.length);
    assert.equal((await store.listWaiting(device)).length, expected.length === 0 ? 0 : 1);
  }
}

/** The sums are true, and no body is kept that nobody waits for. */
function checkTables(path: string): void {
  using database = Database.open(path, { migrations: MIGRATIONS });
  const waits = `FROM envelope e JOIN device d ON d.id = e.sender
    JOIN conversation_member m ON m.conversation = e.conversation AND m.cursor < e.seq
      AND m.device <> e.sender AND (e.recipient IS NULL OR e.recipient = m.device)
    WHERE e.body IS NOT NULL`;
  // What is written beyond a cursor begins where the member's sum ends.
  const wrong = database.query(
    `SELECT m.device FROM conversation_member m JOIN conversation c ON c.id = m.conversation
      WHERE m.cursor_bytes <> coalesce((SELECT e.upto_bytes - e.size_bytes FROM envelope e
        WHERE e.conversation = m.conversation AND e.seq > m.cursor ORDER BY e.seq LIMIT 1), c.sent_bytes)`,
    (row) => row.integer("device"),
  );
  assert.deepEqual(wrong.all(), []);
  const torn = database.query(
    `SELECT e.id FROM envelope e JOIN envelope before
      ON before.conversation = e.conversation AND before.seq = e.seq - 1
      WHERE e.upto_bytes <> before.upto_bytes + e.size_bytes`,
    (row) => row.integer("id"),
  );
  assert.deepEqual(torn.all(), []);
  const kept = database.query(
    `SELECT id FROM envelope WHERE body IS NOT NULL AND id NOT IN (SELECT e.id ${waits})`,
    (row) => row.integer("id"),
  );
  assert.deepEqual(kept.all(), []);
}

Deno.test("SR-24: store delivers as the model does, whatever is appended, committed, acknowledged and expired", async () => {
  console.log(`seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions) => {
      await using database = await temporaryDatabase();
      {
        await using store = openLocalStore(database.path);
        const { alice, bob } = await openPair(store);
        // Of which nothing below may hear.
        const carol = await join(store, "carol", 5);
        const aside = conversationId(2);
        await store.openDirect(alice.opening(aside, carol));
        for (let i = 0; i < 5; i++) await store.append(alice.message(aside, 1, "aside"));
        const writers = [alice, bob];
        for (const [of, device] of [[alice, 3], [bob, 4]] as const) {
          writers.push(new Writer(await link(store, of.member, device)));
        }
        const model = new Model(alice.member.device, bob.member.device);
        const world: World = { store, model, writers, taken: [] };
        for (const one of actions) {
          await ACTIONS[one.kind](world, one);
          await compare(world);
        }
      }
      checkTables(database.path);
    }),
    { numRuns, seed },
  );
});
