import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { fingerprint } from "../../../lib/base/ids.ts";
import { integerArray, textArray } from "../../../lib/server/store/postgres/arrays.ts";
import { query } from "../../../lib/server/store/postgres/database.ts";
import { lockAccounts, lockNamed } from "../../../lib/server/store/postgres/locks.ts";
import { claimDatabase, migratePostgres } from "../../../lib/server/store/postgres/migration.ts";
import { POSTGRES_MIGRATIONS } from "../../../lib/server/store/postgres/schema.ts";
import { accountId } from "../../unit/server/store_kit.ts";
import { until } from "../../kit/cluster.ts";
import { FaultProxy } from "../../kit/fault_proxy.ts";
import { type PostgresServer, postgresTest } from "../../kit/postgres.ts";

const ECHO = query(
  "SELECT $1::bytea AS bytes, $2::bigint AS number, $3::text AS text, NULL AS nothing",
  (row) => ({
    bytes: row.bytes("bytes"),
    number: row.integer("number"),
    text: row.text("text"),
    nothing: row.optionalText("nothing"),
  }),
);

Deno.test(postgresTest("what is bound to a statement comes back as it was", async (server) => {
  await using database = await server.connect();
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i * 7);
  const number = Number.MAX_SAFE_INTEGER;
  const text = 'é"\\, {}';
  assert.deepEqual(await database.first(ECHO, bytes, number, text), {
    bytes,
    number,
    text,
    nothing: undefined,
  });
  const list = query("SELECT unnest($1::text[]) AS text", (row) => row.text("text"));
  assert.deepEqual(await database.all(list, textArray([text, "", "b"])), [text, "", "b"]);
  const sum = "SELECT sum(n) FROM unnest($1::bigint[]) n";
  assert.equal(await database.integer(sum, integerArray([1, undefined, 41])), 42);
}));

Deno.test(postgresTest("two programs that start at once make the tables once", async (server) => {
  const address = server.newAddress();
  await using one = await server.connect(address);
  await using two = await server.connect(address);
  await Promise.all([migratePostgres(one), migratePostgres(two)]);
  assert.equal(await one.integer("SELECT count(*) FROM incarnation"), 1);
}));

Deno.test(postgresTest(
  "a schema that is somebody else's, or newer, is refused and stays as it is",
  async (server) => {
    await using other = await server.connect();
    await other.transaction((transaction) =>
      transaction.script(`CREATE SCHEMA ${other.schema}; CREATE TABLE theirs (id int)`)
    );
    await assert.rejects(migratePostgres(other), { code: "unknown-format" });
    assert.equal(
      await other.integer("SELECT count(*) FROM pg_tables WHERE schemaname = $1", other.schema),
      1,
    );
    await using newer = await server.open();
    await newer.transaction((transaction) =>
      transaction.run("UPDATE heliograph_schema SET version = $1", 99)
    );
    await assert.rejects(migratePostgres(newer), { code: "newer-format" });
  },
));

Deno.test(postgresTest(
  "another server's tables are refused before they are migrated",
  async (server) => {
    await using database = await server.connect();
    const [first, ...rest] = POSTGRES_MIGRATIONS;
    await migratePostgres(database, { migrations: [first] });
    await database.transaction((transaction) =>
      transaction.run("UPDATE heliograph_schema SET server = 'theirs'")
    );
    await assert.rejects(migratePostgres(database), { code: "another-server" });
    assert.equal(await database.integer("SELECT version FROM heliograph_schema"), 1);
    // Their own next start goes on.
    await migratePostgres(database, { isFirst: false });
    assert.equal(await database.integer("SELECT version FROM heliograph_schema"), 1 + rest.length);
  },
));

Deno.test(postgresTest(
  "a node with other keys is refused before the tables of an older version are touched",
  async (server) => {
    await using database = await server.connect();
    await migratePostgres(database);
    const theirs = { serverId: await fingerprint(utf8("theirs")), setupMark: "their setup" };
    await claimDatabase(database, theirs);
    // Of a program that is newer than this one.
    const migrations = [...POSTGRES_MIGRATIONS, "CREATE TABLE later (id int)"];
    const versionOf = () => database.integer("SELECT version FROM heliograph_schema");
    const others = [
      { ...theirs, serverId: await fingerprint(utf8("ours")) },
      { ...theirs, setupMark: "another setup" },
    ];
    for (const owner of others) {
      const opening = migratePostgres(database, { isFirst: false, migrations, owner });
      await assert.rejects(opening, { code: "another-server" });
      assert.equal(await versionOf(), POSTGRES_MIGRATIONS.length);
    }
    await migratePostgres(database, { isFirst: false, migrations, owner: theirs });
    assert.equal(await versionOf(), migrations.length);
  },
));

Deno.test(
  postgresTest(
    "a transaction that fails changes nothing, and says why by a code",
    async (server) => {
      await using database = await server.open();
      const twice = database.transaction(async (transaction) => {
        await transaction.run("INSERT INTO counter (name, value) VALUES ('one', 1)");
        await transaction.run("INSERT INTO counter (name, value) VALUES ('one', 2)");
      });
      await assert.rejects(twice, { name: "StorageError", code: "not-unique" });
      assert.equal(await database.has("SELECT 1 FROM counter WHERE name = 'one'"), false);
      await assert.rejects(database.integer("SELECT nothing FROM counter"), { name: "Bug" });
      const stays = database.transaction((transaction) =>
        transaction.run("INSERT INTO upload_total (id, size_bytes) VALUES (2, 0)")
      );
      await assert.rejects(stays, { name: "StorageError", code: "constraint" });
    },
  ),
);

Deno.test(postgresTest("two transactions in each other's way are both made", async (server) => {
  await using database = await server.open();
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const change = (first: string, second: string) =>
    database.transaction(async (transaction) => {
      await transaction.run("UPDATE counter SET value = value + 1 WHERE name = $1", first);
      if (++waiting === 2) both.resolve();
      await both.promise;
      await transaction.run("UPDATE counter SET value = value + 1 WHERE name = $1", second);
    });
  await Promise.all([change("audit", "broadcast"), change("broadcast", "audit")]);
  assert.equal(await database.integer("SELECT sum(value) FROM counter"), 4);
}));

Deno.test(postgresTest(
  "locks of accounts: who judges waits for who changes, and nobody for others",
  async (server) => {
    await using database = await server.open();
    const [alice, bob] = [accountId("alice"), accountId("bob")];
    const steps: string[] = [];
    const isLocked = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const changing = database.transaction(async (transaction) => {
      await lockNamed(transaction, "roles");
      await lockAccounts(transaction, { changed: [alice], judged: [bob] });
      isLocked.resolve();
      await mayEnd.promise;
      steps.push("changed");
    });
    await isLocked.promise;
    const judging = database.transaction(async (transaction) => {
      await lockAccounts(transaction, { judged: [alice, bob] });
      steps.push("judged");
    });
    await database.transaction((transaction) => lockAccounts(transaction, { judged: [bob] }));
    steps.push("other");
    mayEnd.resolve();
    await Promise.all([changing, judging]);
    assert.deepEqual(steps, ["other", "changed", "judged"]);
  },
));

Deno.test(postgresTest("a server that is killed and comes back is waited for", async (server) => {
  await using database = await server.open();
  await database.integer("SELECT 1");
  await server.kill();
  const asked = database.integer("SELECT count(*) FROM counter");
  await server.resume();
  assert.equal(await asked, 2);
}));

/** Over a proxy, so that its connections can break without a word. */
async function openBehind(server: PostgresServer, owned: AsyncDisposableStack) {
  const proxy = owned.use(FaultProxy.open(server.address.socket));
  const { port } = proxy;
  const socket = { transport: "tcp", hostname: "127.0.0.1", port, tls: undefined } as const;
  return { proxy, database: owned.use(await server.connect({ ...server.newAddress(), socket })) };
}

Deno.test(postgresTest(
  "a connection that breaks while a statement of a transaction waits ends that try and nothing else",
  async (server) => {
    await using owned = new AsyncDisposableStack();
    const { proxy, database } = await openBehind(server, owned);
    const other = owned.use(await server.connect());
    let tries = 0;
    const waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    const [result] = await other.transaction(async (holder) => {
      await holder.run("SELECT pg_advisory_xact_lock(77)");
      const locked = database.transaction(async (transaction) => {
        tries++;
        await transaction.run("SELECT pg_advisory_xact_lock(77)");
        return await transaction.integer("SELECT 5");
      });
      await until(async () => await other.integer(waiting) === 1);
      proxy.cut();
      await until(() => tries === 2);
      // In a list: a transaction would wait for what waits for it.
      return [locked];
    });
    assert.deepEqual([await result, tries], [5, 2]);
  },
));

Deno.test(postgresTest(
  "a connection that breaks between two statements of a transaction ends that try, whatever is done in it then",
  async (server) => {
    await using owned = new AsyncDisposableStack();
    const { proxy, database } = await openBehind(server, owned);
    for (const then of ["goes on", "gives up"] as const) {
      let tries = 0;
      const { promise: hasRetried, resolve } = Promise.withResolvers<void>();
      const result = await database.transaction(async (transaction) => {
        await transaction.integer("SELECT 1");
        if (++tries === 2) resolve();
        if (tries === 2) return await transaction.integer("SELECT 5");
        proxy.cut();
        await hasRetried;
        if (then === "gives up") throw new Error("nobody hears of it");
        return await transaction.integer("SELECT 6");
      });
      assert.deepEqual([result, tries], [5, 2]);
    }
  },
));
