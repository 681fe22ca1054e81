import assert from "node:assert/strict";
import { Database } from "../../../lib/storage/database.ts";
import { beginIncarnation } from "../../../lib/server/store/sqlite/incarnation.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { MIGRATIONS } from "../../../lib/server/store/sqlite/schema.ts";
import type { Store } from "../../../lib/server/store/store.ts";
import {
  accountId,
  conversationId,
  deviceId,
  join,
  openPair,
  temporaryDatabase,
  Writer,
} from "./store_kit.ts";

/** What `restore` does to a database. */
function restore(path: string): void {
  using database = Database.open(path, { migrations: MIGRATIONS });
  beginIncarnation(database);
}

function placesOf(store: Store, known: string, account = "alice") {
  return store.listRestored({ account: accountId(account), known, after: undefined, limit: 9 });
}

Deno.test("SR-58: each restore is a new incarnation, and says where the conversations were", async () => {
  await using database = await temporaryDatabase();
  const lives: string[] = [];
  {
    await using store = openLocalStore(database.path);
    const { alice, conversation } = await openPair(store);
    await store.append(alice.message(conversation, 1));
    lives.push(await store.findIncarnation());
  }
  restore(database.path);
  const conversation = conversationId(1);
  {
    await using store = openLocalStore(database.path);
    lives.push(await store.findIncarnation());
    assert.deepEqual(await placesOf(store, lives[0]), [{ conversation, epoch: 1, seq: 2 }]);
    assert.deepEqual(await placesOf(store, lives[1]), [], "it has seen this restore");
    assert.deepEqual(await placesOf(store, lives[0], "dave"), []);
  }
  restore(database.path);
  await using store = openLocalStore(database.path);
  lives.push(await store.findIncarnation());
  assert.equal(new Set(lives).size, 3);
  const [first] = await placesOf(store, lives[0]);
  assert.deepEqual(first, { conversation, epoch: 1, seq: 2 }, "the earliest of both restores");
  const [second] = await placesOf(store, lives[1]);
  assert.ok(second.seq > first.seq);
  assert.deepEqual(await placesOf(store, lives[2]), []);
  // A life that this database never had: one that was restored over.
  assert.deepEqual(await placesOf(store, "ab".repeat(16)), [first]);
});

Deno.test("SR-58: a restored server gives out no number of an envelope again", async () => {
  await using database = await temporaryDatabase();
  let before: { seq: number } | undefined;
  {
    await using store = openLocalStore(database.path);
    const { alice, conversation } = await openPair(store);
    const appended = await store.append(alice.message(conversation, 1));
    assert.ok(appended.result === "appended");
    before = appended;
  }
  restore(database.path);
  await using store = openLocalStore(database.path);
  const conversation = conversationId(1);
  const bob = new Writer({ account: accountId("bob"), device: deviceId(2) });
  const appended = await store.append(bob.message(conversation, 1));
  assert.ok(appended.result === "appended");
  assert.ok(appended.seq > before.seq + 2 ** 31, String(appended.seq));
  assert.ok(Number.isSafeInteger(appended.seq + 2 ** 52));
  const waiting = await store.countWaiting(bob.member.device);
  assert.equal(waiting, 2, "what waited in the backup waits still");
});

Deno.test("SR-58: places are paged in the order of their ids", async () => {
  await using database = await temporaryDatabase();
  {
    await using store = openLocalStore(database.path);
    const { alice } = await openPair(store);
    for (const n of [2, 3, 4]) {
      const other = await join(store, `friend ${n}`, 10 + n);
      await store.openDirect(alice.opening(conversationId(n), other));
    }
  }
  restore(database.path);
  await using store = openLocalStore(database.path);
  const seen: string[] = [];
  for (let after = undefined as undefined | ReturnType<typeof conversationId>;;) {
    const page = await store.listRestored({
      account: accountId("alice"),
      known: "00".repeat(16),
      after,
      limit: 3,
    });
    seen.push(...page.map(({ conversation }) => conversation));
    if (page.length < 3) break;
    after = page[page.length - 1].conversation;
  }
  assert.deepEqual(seen, [1, 2, 3, 4].map(conversationId));
});
