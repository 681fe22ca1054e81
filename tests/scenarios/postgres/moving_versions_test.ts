/** A server whose tables are of another version than the program's is not moved, and stays as it is. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { moveToFolder, moveToPostgres } from "../../../lib/server/moving/moving.ts";
import { MIGRATIONS } from "../../../lib/server/store/sqlite/schema.ts";
import { postgresTest } from "../../kit/postgres.ts";
import { TestServer } from "../../kit/test_server.ts";
import { newChoice, TOOLS } from "./moving_kit.ts";

/** As a program of that version would have left it. */
function setFileVersion(folder: string, version: number): void {
  const file = new DatabaseSync(join(folder, "server.db"));
  file.exec(`PRAGMA user_version = ${version}`);
  file.close();
}

/** But for the lock. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => !name.startsWith("lock.db"));
}

Deno.test(postgresTest(
  "a move of tables of an older or a newer version is refused in words, in both directions, before anything is written",
  async (postgres) => {
    const root = await Deno.makeTempDir();
    await using owner = new AsyncDisposableStack();
    owner.defer(() => Deno.remove(root, { recursive: true }));
    const [from, node, back] = ["old", "node", "back"].map((name) => join(root, name));
    await Deno.mkdir(from, { mode: 0o700 });
    await (await TestServer.open({ folder: from }))[Symbol.asyncDispose]();
    const choice = await newChoice(postgres);
    await using database = await postgres.connect({
      ...postgres.address,
      application: "a test that looks",
    });
    const now = MIGRATIONS.length;
    const into = () => moveToPostgres({ from, to: node, choice }, TOOLS);
    for (const version of [now + 1, now - 1]) {
      setFileVersion(from, version);
      await rejects(into(), {
        code: version > now ? "newer-format" : "unknown-format",
        message: new RegExp(`its tables are of version ${version}, this program's of ${now}`),
      });
      deepEqual(filesIn(node), []);
      equal(await database.has("SELECT 1 FROM pg_namespace WHERE nspname = 'heliograph'"), false);
    }
    setFileVersion(from, now);
    await into();

    const marker = () =>
      database.integer("SELECT version FROM heliograph.heliograph_schema").then(Number);
    const tables = await marker();
    const setVersion = (version: number) =>
      database.transaction((transaction) =>
        transaction.run("UPDATE heliograph.heliograph_schema SET version = $1", version)
      );
    const out = () => moveToFolder({ from: node, to: back, choice }, TOOLS);
    for (const version of [tables + 1, tables - 1]) {
      await setVersion(version);
      await rejects(out(), {
        code: version > tables ? "newer-format" : "unknown-format",
        message: new RegExp(
          `the tables of the database are of version ${version}, this program's of ${tables}`,
        ),
      });
      deepEqual(filesIn(back), []);
      equal(await marker(), version);
    }
    await setVersion(tables);
    await out();
  },
));
