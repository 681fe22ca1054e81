import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../../lib/storage/database.ts";
import { FrozenDatabase } from "../../../lib/storage/frozen_database.ts";
import { fileNames, temporaryFolder } from "./kit.ts";

const MIGRATIONS = ["CREATE TABLE entry (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"];

async function copy(frozen: FrozenDatabase, path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for await (const chunk of frozen.chunks()) {
    for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
  }
}

function facts(path: string): readonly unknown[] {
  const handle = new DatabaseSync(path);
  try {
    const row = handle.prepare("SELECT count(*) AS n FROM entry").get();
    return [row?.n, handle.prepare("PRAGMA integrity_check").get()?.integrity_check];
  } finally {
    handle.close();
  }
}

Deno.test("frozen database is that of one moment, whatever is written while it is copied", async () => {
  using folder = temporaryFolder();
  const path = folder.file("a.db");
  // Not disposed of before the frozen one: closing that drops this process's locks.
  const writer = Database.open(path, { migrations: MIGRATIONS });
  const add = writer.command("INSERT INTO entry (body) VALUES (?)");
  const addMany = () =>
    writer.transaction(() => {
      for (let i = 0; i < 200; i++) add.run(new Uint8Array(1000));
    });
  addMany();
  const frozen = FrozenDatabase.open(path);
  // More than the 1,000 pages after which SQLite moves the log into the file by itself.
  for (let i = 0; i < 30; i++) addMany();
  writer.command("DELETE FROM entry WHERE id < 50").run();
  equal(frozen.count("SELECT count(*) FROM entry"), 200);
  equal(frozen.version, 1);
  frozen.requireSound();
  await copy(frozen, folder.file("copy.db"));
  frozen.close();
  frozen.close();
  writer.close();
  deepEqual(facts(folder.file("copy.db")), [200, "ok"]);
  deepEqual(facts(path), [31 * 200 - 49, "ok"]);
});

Deno.test("frozen database takes in what is still in the log", async () => {
  using folder = temporaryFolder();
  const path = folder.file("a.db");
  const writer = Database.open(path, { migrations: MIGRATIONS });
  writer.command("INSERT INTO entry (body) VALUES (?)").run(new Uint8Array(10));
  ok(Deno.statSync(`${path}-wal`).size > 0);
  const frozen = FrozenDatabase.open(path);
  await copy(frozen, folder.file("copy.db"));
  frozen.close();
  writer.close();
  deepEqual(facts(folder.file("copy.db")), [1, "ok"]);
});

Deno.test("frozen database that is damaged says so, and one that is none leaves nothing open", () => {
  using folder = temporaryFolder();
  const path = folder.file("a.db");
  {
    using writer = Database.open(path, { migrations: MIGRATIONS });
    const add = writer.command("INSERT INTO entry (body) VALUES (?)");
    for (let i = 0; i < 100; i++) add.run(new Uint8Array(1000));
  }
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, 8192, 12_288);
  Deno.writeFileSync(path, bytes);
  {
    using frozen = FrozenDatabase.open(path);
    throws(() => frozen.requireSound(), { code: "damaged" });
  }
  Deno.writeTextFileSync(folder.file("b.db"), "no database ".repeat(1000));
  throws(() => FrozenDatabase.open(folder.file("b.db")), { code: "damaged" });
  deepEqual(fileNames(folder.path), ["a.db", "b.db"]);
});
