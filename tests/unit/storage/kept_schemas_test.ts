/** Databases of former versions, as the programs of then left them (SR-31). */

import { deepEqual, equal, throws } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS as PROFILE } from "../../../lib/client/profile/schema.ts";
import { openLocalStore } from "../../../lib/server/store/sqlite/local_store.ts";
import { MIGRATIONS as SERVER } from "../../../lib/server/store/sqlite/schema.ts";
import { Database } from "../../../lib/storage/database.ts";
import { changedMigrations, hashMigrations, readKeptHashes } from "../../kit/migration_hashes.ts";
import { accountId } from "../server/store_kit.ts";
import { fileNames, temporaryFolder } from "./kit.ts";

const KEPT = [
  { name: "server_1", version: 1, migrations: SERVER },
  { name: "profile_1", version: 1, migrations: PROFILE },
] as const;

/** A step that no version has yet: the next one is tried before it is written. */
const TEST_STEP = `
CREATE TABLE later (id INTEGER PRIMARY KEY, conversation TEXT NOT NULL) STRICT;
INSERT INTO later (conversation) SELECT conversation FROM conversation;
`;

async function write(name: string, path: string): Promise<void> {
  const sql = await Deno.readTextFile(
    new URL(`../../fixtures/schemas/${name}.sql`, import.meta.url),
  );
  const handle = new DatabaseSync(path);
  handle.exec(sql);
  handle.close();
}

/** Tables whose rows can be told from others: a later version has none. */
const GONE: ReadonlySet<string> = new Set(["waiting"]);

function schemaOf(path: string): readonly unknown[] {
  const handle = new DatabaseSync(path);
  try {
    // Rows have no prototype, which `deepEqual` of Deno 2.4.2 cannot take.
    return handle.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all()
      .map(({ type, name, sql }) => `${type} ${name} ${sql}`);
  } finally {
    handle.close();
  }
}

/** Rows of each table. */
function countsOf(path: string): Record<string, unknown> {
  const handle = new DatabaseSync(path);
  try {
    const tables = handle.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    ).all();
    return Object.fromEntries(
      tables.map(({ name }) => [
        String(name),
        handle.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.n,
      ]),
    );
  } finally {
    handle.close();
  }
}

Deno.test("SR-31: every migration is the one that was kept, and every one is kept", async () => {
  const [kept, present] = [await readKeptHashes(), await hashMigrations()];
  deepEqual(changedMigrations(kept, present), [], "append a migration instead of changing one");
  deepEqual(kept, present, "keep the new one: deno run -A tests/fixtures/make_schemas.ts");
});

Deno.test("SR-31: a migration that changed, moved or went away is found", async () => {
  const kept = await hashMigrations({ one: ["A", "B"], two: ["C"] });
  const changes = async (now: Record<string, string[]>) =>
    changedMigrations(kept, await hashMigrations(now));
  deepEqual(await changes({ one: ["A", "B", "new"], two: ["C"], three: ["D"] }), []);
  deepEqual(await changes({ one: ["A", "B "], two: ["C"] }), ["one 2"]);
  deepEqual(await changes({ one: ["B", "A"], two: ["C"] }), ["one 1", "one 2"]);
  deepEqual(await changes({ one: ["A"] }), ["one 2", "two 1"]);
});

for (const { name, version, migrations } of KEPT) {
  Deno.test(`SR-31: ${name} becomes what a new database is, with every row, after a private copy`, async () => {
    using folder = temporaryFolder();
    const path = folder.file("old.db");
    await write(name, path);
    const before = countsOf(path);
    Database.open(path, { migrations }).close();
    Database.open(folder.file("new.db"), { migrations }).close();
    deepEqual(schemaOf(path), schemaOf(folder.file("new.db")));
    const after = countsOf(path);
    for (const [table, rows] of Object.entries(before)) {
      equal(after[table], GONE.has(table) ? undefined : rows, table);
    }
    const copy = folder.file(`old.db.v${version}.backup`);
    if (Deno.build.os !== "windows") equal((Deno.statSync(copy).mode ?? 0) & 0o777, 0o600);
    deepEqual(countsOf(copy), before);
  });

  Deno.test(`SR-31: ${name} goes through a step that is yet to come, and is refused by who does not know it`, async () => {
    using folder = temporaryFolder();
    const path = folder.file("old.db");
    await write(name, path);
    {
      using database = Database.open(path, { migrations: [...migrations, TEST_STEP] });
      const count = database.query("SELECT count(*) AS n FROM later", (row) => row.integer("n"));
      equal(count.first(), 1);
    }
    const bytes = Deno.readFileSync(path);
    throws(() => Database.open(path, { migrations }), {
      name: "StorageError",
      code: "newer-format",
    });
    deepEqual(Deno.readFileSync(path), bytes);
  });

  Deno.test(`SR-31: ${name} stays as it is when a step fails`, async () => {
    using folder = temporaryFolder();
    const path = folder.file("old.db");
    await write(name, path);
    const before = [schemaOf(path), countsOf(path)];
    const failing = [...migrations, `${TEST_STEP} INSERT INTO nothing VALUES (1);`];
    throws(() => Database.open(path, { migrations: failing }));
    deepEqual([schemaOf(path), countsOf(path)], before);
    deepEqual(fileNames(folder.path).filter((file) => file.endsWith(".part")), []);
    Database.open(path, { migrations }).close();
  });
}

Deno.test("SR-31: a server works on with what a former version left", async () => {
  using folder = temporaryFolder();
  await write("server_1", folder.file("server.db"));
  await using store = openLocalStore(folder.file("server.db"));
  const device = (await store.listDevices(accountId("bob")))[0].device;
  equal((await store.findAccount(accountId("alice")))?.name, "Alice");
  equal(await store.countWaiting(device), 1);
  const [{ conversation, afterSeq }] = await store.listWaiting(device);
  const page = await store.fetch({ device, conversation, afterSeq, limit: 9, maxBytes: 99 });
  deepEqual(page.map(({ type, body }) => [type, new TextDecoder().decode(body)]), [
    ["welcome", "welc"],
  ]);
});
