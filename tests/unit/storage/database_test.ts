import { deepEqual, equal, throws } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Bug, StorageError } from "../../../lib/base/errors.ts";
import { Database } from "../../../lib/storage/database.ts";
import { migrate } from "../../../lib/storage/migration.ts";
import { fileNames, temporaryFolder } from "./kit.ts";

const FIRST =
  "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, photo BLOB, note TEXT) STRICT";
const SECOND = "ALTER TABLE person ADD COLUMN age INTEGER; UPDATE person SET age = 1";

function openAt(path: string, ...migrations: string[]): Database {
  return Database.open(path, {
    migrations: migrations.length > 0 ? migrations : [FIRST],
    busyTimeoutMs: 0,
  });
}

const nameQuery = (database: Database) =>
  database.query("SELECT name FROM person ORDER BY id", (row) => row.text("name"));
const insertOf = (database: Database) => database.command("INSERT INTO person (name) VALUES (?)");

Deno.test("SR-80: database is opened durable, with temporary tables in memory and deleted content overwritten", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  const pragma = (name: string) =>
    database.query(
      `SELECT * FROM pragma_${name}`,
      (row) => row.integer(name === "busy_timeout" ? "timeout" : name),
    )
      .first();
  equal(database.query("PRAGMA journal_mode", (row) => row.text("journal_mode")).first(), "wal");
  equal(pragma("synchronous"), 2);
  equal(pragma("temp_store"), 2);
  equal(pragma("secure_delete"), 1);
  equal(pragma("foreign_keys"), 1);
});

Deno.test("SR-80: deleted content is not left in the file", () => {
  using folder = temporaryFolder();
  const database = openAt(folder.file("d"));
  insertOf(database).run("canary-7f3a");
  database.command("DELETE FROM person").run();
  database.close();
  equal(
    new TextDecoder("latin1").decode(Deno.readFileSync(folder.file("d"))).includes("canary-7f3a"),
    false,
  );
});

Deno.test("database statements read rows by type", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  const insert = database.command("INSERT INTO person (name, photo, note) VALUES (?, ?, ?)");
  equal(insert.run("ada", new Uint8Array([1, 2]), null), 1);
  equal(insert.run("bob", null, "n"), 1);
  const people = database.query("SELECT * FROM person ORDER BY id", (row) => ({
    id: row.integer("id"),
    name: row.text("name"),
    photo: row.optionalBytes("photo"),
    note: row.optionalText("note"),
  }));
  const ada = { id: 1, name: "ada", photo: new Uint8Array([1, 2]), note: undefined };
  const bob = { id: 2, name: "bob", photo: undefined, note: "n" };
  deepEqual(people.all(), [ada, bob]);
  deepEqual(people.first(), ada);
  deepEqual([...people.each()], [ada, bob]);
  equal(database.query("SELECT 1 AS x WHERE 0", (row) => row.integer("x")).first(), undefined);
  equal(database.query("SELECT 2 AS x", (row) => row.boolean("x")).first(), true);
  equal(database.command("UPDATE person SET note = 'x' WHERE name = ?").run("carol"), 0);
});

Deno.test("database says whether there is a row, and reads one value of the first", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  equal(database.has("SELECT id FROM person"), false);
  equal(database.integer("SELECT id FROM person"), undefined);
  equal(database.text("SELECT name FROM person"), undefined);
  for (const name of ["a", "b"]) insertOf(database).run(name);
  equal(database.has("SELECT id FROM person WHERE name = ?", "b"), true);
  equal(database.has("SELECT id FROM person WHERE name = ?", "c"), false);
  equal(database.integer("SELECT max(id) FROM person WHERE id < ?", 2), 1);
  equal(database.text("SELECT name FROM person ORDER BY id"), "a");
  deepEqual(database.integers("SELECT id FROM person WHERE id > ? ORDER BY id", 0), [1, 2]);
  database.command("UPDATE person SET photo = ?").run(new Uint8Array([7]));
  deepEqual(database.bytes("SELECT photo FROM person"), new Uint8Array([7]));
  throws(() => database.integer("SELECT name FROM person"), { code: "damaged" });
  throws(() => database.integer("SELECT max(id) FROM person WHERE id > 2"), { code: "damaged" });
});

Deno.test("database statements take one value in several places, by its number", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  const insert = database.command(
    "INSERT INTO person (id, name, note) VALUES (?2, ?1, ?1) ON CONFLICT (id) DO UPDATE SET note = ?1 WHERE id = ?2",
  );
  equal(insert.run("ann", 7), 1);
  equal(insert.run("bea", 7), 1);
  const query = database.query(
    "SELECT note FROM person WHERE id BETWEEN ?1 AND ?1 AND note = ?2",
    (row) => row.text("note"),
  );
  equal(query.first(7, "bea"), "bea");
  deepEqual(query.all(7, "ann"), []);
  deepEqual([...query.each(7, "bea")], ["bea"]);
  // Past nine, where one number begins with another.
  const many = database.query(
    `SELECT ${Array.from({ length: 12 }, (_, i) => `?${12 - i} AS c${i}`).join(", ")}`,
    (row) => [row.integer("c0"), row.integer("c1"), row.integer("c11")],
  );
  deepEqual(many.first(...Array.from({ length: 12 }, (_, i) => i + 1)), [12, 11, 1]);
});

Deno.test("database row of another type than expected is damaged", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  const read = (sql: string, reader: "text" | "integer" | "bytes") =>
    database.query(sql, (row) => row[reader]("x")).first();
  throws(() => read("SELECT 1 AS x", "text"), { name: "StorageError", code: "damaged" });
  throws(() => read("SELECT 'a' AS x", "integer"), { code: "damaged" });
  throws(() => read("SELECT 1.5 AS x", "integer"), { code: "damaged" });
  throws(() => read("SELECT NULL AS x", "bytes"), { code: "damaged" });
  throws(() => read("SELECT 'a' AS x", "bytes"), { code: "damaged" });
  throws(() => read("SELECT 'a' AS y", "text"), { code: "damaged" });
});

Deno.test("database reports a name that is there already as not-unique, other constraints apart", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  insertOf(database).run("ada");
  throws(() => insertOf(database).run("ada"), { name: "StorageError", code: "not-unique" });
  throws(() => database.command("INSERT INTO person (id, name) VALUES (1, 'x')").run(), {
    code: "not-unique",
  });
  throws(() => insertOf(database).run(null), { code: "constraint" });
});

Deno.test("database refuses SQL that does not compile as a bug", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  throws(() => database.command("INSERT INTO nothing VALUES (1)"), Bug);
});

Deno.test("transaction commits all or nothing", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  const insert = insertOf(database);
  equal(database.transaction(() => insert.run("ada") + insert.run("bob")), 2);
  throws(() =>
    database.transaction(() => {
      insert.run("carol");
      insert.run("ada");
    }), { code: "not-unique" });
  deepEqual(nameQuery(database).all(), ["ada", "bob"]);
});

Deno.test("transaction inside a transaction is a step that fails alone", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  const insert = insertOf(database);
  database.transaction(() => {
    insert.run("ada");
    throws(() =>
      database.transaction(() => {
        insert.run("bob");
        throw new StorageError("failed", "stop");
      }), { message: "stop" });
    database.transaction(() => insert.run("carol"));
  });
  deepEqual(nameQuery(database).all(), ["ada", "carol"]);
});

Deno.test("transaction that is asynchronous is a bug and leaves nothing", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  throws(() => database.transaction(() => Promise.resolve(insertOf(database).run("ada"))), Bug);
  deepEqual(nameQuery(database).all(), []);
});

Deno.test("transaction holds the write lock from its start, so a second writer is busy", () => {
  using folder = temporaryFolder();
  using first = openAt(folder.file("d"));
  using second = openAt(folder.file("d"));
  first.transaction(() => {
    throws(() => second.transaction(() => 1), { name: "StorageError", code: "busy" });
    throws(() => insertOf(second).run("x"), { code: "busy" });
    deepEqual(nameQuery(second).all(), []);
  });
  insertOf(second).run("ada");
  deepEqual(nameQuery(first).all(), ["ada"]);
});

Deno.test("database that is full says disk-full and keeps what it had", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"));
  insertOf(database).run("ada");
  database.query("PRAGMA max_page_count=12", (row) => row.integer("max_page_count")).first();
  const insert = database.command("INSERT INTO person (name, photo) VALUES (?, zeroblob(100000))");
  throws(() => insert.run("bob"), { name: "StorageError", code: "disk-full" });
  throws(() => database.transaction(() => insert.run("bob")), { code: "disk-full" });
  deepEqual(nameQuery(database).all(), ["ada"]);
  insertOf(database).run("carol");
});

Deno.test("database that is closed twice is closed, and its statements throw", () => {
  using folder = temporaryFolder();
  const database = openAt(folder.file("d"));
  const names = nameQuery(database);
  database.close();
  database.close();
  const closed = { name: "Bug", message: "Cannot use the database: it is closed" };
  throws(() => names.all(), closed);
  throws(() => names.first(), closed);
  throws(() => [...names.each()], closed);
  throws(() => nameQuery(database), closed);
  throws(() => database.transaction(() => 1), closed);
});

Deno.test("database file that is none is damaged and left as it is", () => {
  using folder = temporaryFolder();
  for (const bytes of [new Uint8Array(8192).fill(7), new Uint8Array(10).fill(65)]) {
    Deno.writeFileSync(folder.file("d"), bytes);
    throws(() => openAt(folder.file("d")), { name: "StorageError", code: "damaged" });
    deepEqual(Deno.readFileSync(folder.file("d")), bytes);
  }
  throws(() => openAt(folder.file("absent/d")), { name: "StorageError" });
});

Deno.test("SR-31: database of a newer program is refused untouched", () => {
  using folder = temporaryFolder();
  openAt(folder.file("d"), FIRST, SECOND).close();
  const before = Deno.readFileSync(folder.file("d"));
  throws(() => openAt(folder.file("d"), FIRST), {
    name: "StorageError",
    code: "newer-format",
    message: `Cannot open database ${
      folder.file("d")
    }: a newer version of the program made it. Update the program. (Tables 2, known up to 1)`,
  });
  deepEqual(Deno.readFileSync(folder.file("d")), before);
});

Deno.test("SR-31: database of a newer program that is in use keeps its log too", () => {
  using folder = temporaryFolder();
  using database = openAt(folder.file("d"), FIRST, SECOND);
  insertOf(database).run("ada");
  const sizeBytes = Deno.statSync(folder.file("d-wal")).size;
  throws(() => openAt(folder.file("d"), FIRST), { code: "newer-format" });
  equal(Deno.statSync(folder.file("d-wal")).size, sizeBytes);
  deepEqual(nameQuery(database).all(), ["ada"]);
});

Deno.test("SR-31: migration keeps rows and leaves a copy of the old version that opens", () => {
  using folder = temporaryFolder();
  const old = openAt(folder.file("d"), FIRST);
  insertOf(old).run("ada");
  old.close();
  using database = openAt(folder.file("d"), FIRST, SECOND);
  deepEqual(database.query("SELECT age FROM person", (row) => row.integer("age")).all(), [1]);
  const backup = folder.file("d.v1.backup");
  if (Deno.build.os !== "windows") equal((Deno.statSync(backup).mode ?? 0) & 0o777, 0o600);
  using copy = openAt(backup, FIRST);
  deepEqual(nameQuery(copy).all(), ["ada"]);
});

Deno.test("SR-31: migration of an old database takes in what was still in its log", () => {
  using folder = temporaryFolder();
  // A program that died: its rows are in the WAL only.
  using dead = openAt(folder.file("old"), FIRST);
  insertOf(dead).run("ada");
  Deno.copyFileSync(folder.file("old"), folder.file("d"));
  Deno.copyFileSync(folder.file("old-wal"), folder.file("d-wal"));
  openAt(folder.file("d"), FIRST, SECOND).close();
  using copy = openAt(folder.file("d.v1.backup"), FIRST);
  deepEqual(nameQuery(copy).all(), ["ada"]);
});

Deno.test("SR-31: migration that fails leaves the old version, and can be tried again", () => {
  using folder = temporaryFolder();
  const old = openAt(folder.file("d"), FIRST);
  insertOf(old).run("ada");
  old.close();
  throws(() => openAt(folder.file("d"), FIRST, `${SECOND}; INSERT INTO nothing VALUES (1)`), {
    name: "StorageError",
  });
  openAt(folder.file("d"), FIRST).close();
  using database = openAt(folder.file("d"), FIRST, SECOND);
  deepEqual(nameQuery(database).all(), ["ada"]);
});

Deno.test("SR-31: migration that breaks a reference is refused", () => {
  using folder = temporaryFolder();
  const first =
    "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE b (a INTEGER REFERENCES a (id)) STRICT";
  const old = openAt(folder.file("d"), first);
  old.command("INSERT INTO a VALUES (1)").run();
  old.command("INSERT INTO b VALUES (1)").run();
  old.close();
  throws(() => openAt(folder.file("d"), first, "DELETE FROM a"), {
    code: "damaged",
    message: /refer to missing rows/,
  });
  using database = openAt(folder.file("d"), first);
  equal(database.query("SELECT id FROM a", (row) => row.integer("id")).first(), 1);
});

Deno.test("SR-31: a first migration makes no copy, and a database of the present version is not migrated again", () => {
  using folder = temporaryFolder();
  openAt(folder.file("d"), FIRST, SECOND).close();
  openAt(folder.file("d"), FIRST, SECOND).close();
  deepEqual(fileNames(folder.path), ["d"]);
});

Deno.test("database of several openers migrates once", () => {
  using folder = temporaryFolder();
  openAt(folder.file("d"), FIRST).close();
  using first = openAt(folder.file("d"), FIRST, SECOND);
  using second = openAt(folder.file("d"), FIRST, SECOND);
  insertOf(first).run("ada");
  deepEqual(nameQuery(second).all(), ["ada"]);
  const plain = new DatabaseSync(folder.file("d"));
  deepEqual(Object.values(plain.prepare("PRAGMA user_version").get() ?? {}), [2]);
  plain.close();
});

Deno.test("SR-31: the copy before a migration is not replaced by one of the migrated database", () => {
  using folder = temporaryFolder();
  const path = folder.file("d");
  using first = openAt(path, FIRST);
  first.close();
  let opened = 0;
  migrate(path, [FIRST, SECOND], () => {
    // Between reading the version and copying: another process is faster.
    if (++opened === 2) openAt(path, FIRST, SECOND).close();
    return new DatabaseSync(path);
  });
  // The oldest Deno's database is not disposable.
  using owned = new DisposableStack();
  const copy = owned.adopt(new DatabaseSync(`${path}.v1.backup`), (database) => database.close());
  deepEqual({ ...copy.prepare("PRAGMA user_version").get() }, { user_version: 1 });
  deepEqual(fileNames(folder.path).filter((name) => name.endsWith(".part")), []);
});

Deno.test("SR-31: a database whose tables no released version made is refused by its backup's name, and stays as it was", () => {
  const steps = [FIRST, SECOND, "CREATE TABLE pet (id INTEGER PRIMARY KEY) STRICT"];
  for (
    const { made, why } of [
      // As if an earlier version of the first step had had no `note`, and another one no `name`.
      { made: FIRST.replace(", note TEXT", ""), why: "table person differs" },
      {
        made: `${FIRST}; CREATE INDEX person_by_note ON person(note)`,
        why: "index person_by_note",
      },
      { made: `${FIRST}; CREATE TABLE pet (x TEXT) STRICT`, why: "a step to the next version" },
      { made: "CREATE TABLE other (x TEXT) STRICT", why: "a step to the next version" },
    ]
  ) {
    using folder = temporaryFolder();
    const path = folder.file("d");
    openAt(path, made).close();
    const before = Deno.readFileSync(path);
    for (const _again of [1, 2]) {
      throws(() => openAt(path, ...steps), (error: unknown) => {
        equal(error instanceof StorageError && error.code, "unknown-format");
        const { message } = error as StorageError;
        equal(message.includes(why), true, message);
        equal(message.includes(`${path}.v1.backup is a copy`), true, message);
        equal(/no such|SELECT|CREATE|already exists/.test(message), false, message);
        return true;
      });
      deepEqual(Deno.readFileSync(path), before);
      deepEqual(fileNames(folder.path), ["d", "d.v1.backup"]);
    }
  }
});

Deno.test("SR-31: comments, blanks and the quotes of a renamed table do not make another shape", () => {
  const renamed = `${FIRST.replace("person", "people")}; ALTER TABLE people RENAME TO person`;
  const spaced = FIRST.replace("name TEXT", "-- Theirs.\n  name   TEXT");
  for (const made of [renamed, spaced]) {
    using folder = temporaryFolder();
    openAt(folder.file("d"), made).close();
    openAt(folder.file("d"), FIRST, SECOND).close();
  }
  using folder = temporaryFolder();
  const [wide, narrow] = [`'a  "b"'`, `'a "b"'`].map((text) =>
    `CREATE TABLE t (x TEXT DEFAULT ${text}) STRICT`
  );
  openAt(folder.file("d"), wide).close();
  throws(() => openAt(folder.file("d"), narrow, FIRST), { code: "unknown-format" });
});
