import assert from "node:assert/strict";
import { encodeBase64, encodeHex, utf8 } from "../../../lib/base/bytes.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { prepareTables } from "../../../lib/server/store/sqlite/tables.ts";
import { MIGRATIONS } from "../../../lib/server/store/sqlite/schema.ts";
import { openWorkerStore } from "../../../lib/server/store/sqlite/worker_store.ts";
import { Database } from "../../../lib/storage/database.ts";
import {
  accountId,
  conversationId,
  deviceId,
  newAccount,
  openPair,
  temporaryDatabase,
  Writer,
} from "./store_kit.ts";

function openRaw(path: string): Database {
  return Database.open(path, { migrations: MIGRATIONS });
}

function integers(database: Database, sql: string): number[] {
  return database.query(sql, (row) => row.integer("value")).all();
}

Deno.test("store finds everything again when it is opened again", async () => {
  await using database = await temporaryDatabase();
  let submitted;
  {
    await using store = await openWorkerStore(database.path);
    const { alice, conversation } = await openPair(store);
    submitted = alice.message(conversation, 1, "kept");
    await store.append(submitted);
  }
  await using store = openLocalStore(database.path);
  assert.equal(await store.countWaiting(deviceId(2)), 2);
  const again = await store.append(submitted);
  assert.equal(again.result === "known" && again.seq, 2);
  assert.equal(await store.createAccount(newAccount("alice", 9)), "name-taken");
});

Deno.test("SR-54: store leaves nothing of an acknowledged envelope in its files", async () => {
  await using database = await temporaryDatabase();
  const canary = "canary-5f2c81d09a";
  const whole = () => {
    let found = "";
    for (const suffix of ["", "-wal", "-shm"]) {
      try {
        found += encodeHex(Deno.readFileSync(database.path + suffix));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    return found;
  };
  {
    await using store = openLocalStore(database.path);
    const { alice, conversation } = await openPair(store);
    // Short enough for the row's own page, and long enough for pages of its own.
    for (const text of [canary, canary.repeat(1000)]) {
      await store.append(alice.message(conversation, 1, text));
    }
    assert(whole().includes(encodeHex(utf8(canary))));
    await store.acknowledge({ device: deviceId(2), conversation, seq: 3 });
  }
  assert(!whole().includes(encodeHex(utf8(canary))));
  using raw = openRaw(database.path);
  assert.deepEqual(integers(raw, "SELECT count(*) AS value FROM envelope WHERE body IS NULL"), [3]);
});

Deno.test("store keeps no group state of a conversation that was closed", async () => {
  await using database = await temporaryDatabase();
  {
    await using store = openLocalStore(database.path);
    const { alice, bob, conversation } = await openPair(store);
    await store.commit(alice.commit(conversation, 1));
    const next = { ...alice.opening(conversationId(2), bob.member), replaces: conversation };
    assert.equal((await store.openDirect(next)).result, "opened");
  }
  using raw = openRaw(database.path);
  const sql = "SELECT count(*) AS value FROM group_info GROUP BY conversation";
  assert.deepEqual(integers(raw, sql), [1]);
});

Deno.test("SR-44: store keeps no token, only its hash", async () => {
  await using database = await temporaryDatabase();
  const token = utf8("token-canary-77");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", token));
  {
    await using store = openLocalStore(database.path);
    await store.addToken({ hash, uses: 1, expiresMs: 1 });
  }
  const file = encodeHex(await Deno.readFile(database.path));
  assert(file.includes(encodeHex(hash)));
  assert(!file.includes(encodeHex(token)));
  assert(!file.includes(encodeHex(utf8(encodeBase64(token)))));
});

Deno.test("SR-36: store keeps the last three group infos", async () => {
  await using database = await temporaryDatabase();
  {
    await using store = openLocalStore(database.path);
    const { alice, conversation } = await openPair(store);
    for (let epoch = 1; epoch < 6; epoch++) await store.commit(alice.commit(conversation, epoch));
  }
  using raw = openRaw(database.path);
  assert.deepEqual(integers(raw, "SELECT epoch AS value FROM group_info ORDER BY epoch"), [
    4,
    5,
    6,
  ]);
});

Deno.test("SR-06: database refuses to delete an account or to give it another id", async () => {
  await using database = await temporaryDatabase();
  {
    await using store = openLocalStore(database.path);
    await store.createAccount(newAccount("alice", 1));
  }
  using raw = openRaw(database.path);
  const constraint = { name: "StorageError", code: "constraint" };
  assert.throws(() => raw.command("DELETE FROM account").run(), constraint);
  assert.throws(() => raw.command("UPDATE account SET account = 'bob'").run(), constraint);
});

Deno.test("SR-54: no call about a mailbox reads a whole table", async () => {
  await using database = await temporaryDatabase();
  await openLocalStore(database.path).close();
  using raw = openRaw(database.path);
  const steps: string[] = [];
  const explain = (sql: string) => {
    // Table `doomed` belongs to one connection, and is read as a whole on purpose.
    if (!sql.includes("doomed")) {
      const plan = raw.query(`EXPLAIN QUERY PLAN ${sql}`, (row) => row.text("detail"));
      steps.push(...plan.all(...Array((sql.match(/\?/g) ?? []).length).fill(null)));
    }
    return { run: () => 0 };
  };
  const watched: Database = Object.create(raw, {
    query: { value: explain },
    command: { value: explain },
  });
  prepareTables(watched);
  assert(steps.some((step) => step.startsWith("SEARCH e USING INDEX")));
  // To count, to list and to fetch what waits.
  const waiting = steps.filter((step) => step.includes("USING INDEX envelope_waiting"));
  assert(waiting.length >= 3);
  // Rows that the statement made itself, and the number of accounts.
  const harmless =
    /^SCAN (CONSTANT ROW|given|receiver|heir|mine|2-ROW|\(subquery|page|account USING COVERING)/;
  assert.deepEqual(
    steps.filter((step) => step.startsWith("SCAN ") && !harmless.test(step)),
    [],
  );
});

Deno.test("SR-54: what a device said itself is not in the way of counting, listing and fetching what waits for it", async () => {
  await using database = await temporaryDatabase();
  {
    await using store = openLocalStore(database.path);
    const { alice, bob, conversation } = await openPair(store);
    // Alice reads nothing from here on.
    await store.append(bob.message(conversation, 1, "first"));
    await store.append(alice.message(conversation, 1));
  }
  const say = (from: number, to: number, body: string) => {
    using raw = openRaw(database.path);
    raw.command(
      `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
      INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, at_ms, size_bytes, upto_bytes, body)
      SELECT 1, i, printf('%032x', 1000000 + i), 'message', 1, 1, 1000 + i, 1, 500, 500 * i, ${body} FROM n`,
    )
      .run();
    raw.command(`UPDATE conversation SET last_seq = ${to}`).run();
  };
  const conversation = conversationId(1);
  const look = async () => {
    await using store = openLocalStore(database.path);
    const page = { device: deviceId(1), conversation, afterSeq: 0, limit: 9, maxBytes: 1 << 20 };
    const [counted, listed, fetched] = await Promise.all([
      store.countWaiting(deviceId(1)),
      store.listWaiting(deviceId(1)),
      store.fetch(page),
    ]);
    return { counted, listed: listed.length, seqs: fetched.map(({ seq }) => seq) };
  };
  // Everybody has these.
  say(10, 15_000, "NULL");
  {
    await using store = openLocalStore(database.path);
    const bob = new Writer({ account: accountId("bob"), device: deviceId(2) });
    // It has said something before.
    bob.message(conversation, 1);
    await store.append(bob.message(conversation, 1, "last"));
  }
  assert.deepEqual(await look(), { counted: 2, listed: 1, seqs: [2, 15_001] });
  // These wait for bob: counting them ends, and nothing is lost by that.
  say(15_002, 27_000, "x'00'");
  using raw = openRaw(database.path);
  raw.command("UPDATE envelope SET sender = 2, number = 100, size_bytes = 1 WHERE seq = 27000")
    .run();
  assert.deepEqual(await look(), { counted: 2, listed: 1, seqs: [2, 15_001, 27_000] });
});
