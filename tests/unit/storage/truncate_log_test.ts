import { equal } from "node:assert/strict";
import { Database } from "../../../lib/storage/database.ts";
import { temporaryFolder } from "./kit.ts";

const TABLE = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";
const WORDS = "words that are to go ".repeat(200);

Deno.test("truncateLog leaves nothing in the log, while another process reads it stays for later", () => {
  using folder = temporaryFolder();
  const path = folder.file("d");
  const open = () => Database.open(path, { migrations: [TABLE], busyTimeoutMs: 0 });
  const logBytes = () => Deno.statSync(`${path}-wal`).size;
  using database = open();
  using other = open();
  database.command("INSERT INTO note (text) VALUES (?)").run(WORDS);
  const reading = other.query("SELECT text FROM note", (row) => row.text("text")).each();
  equal(reading.next().value, WORDS);
  database.command("DELETE FROM note").run();
  equal(database.truncateLog(), false);
  equal(logBytes() > WORDS.length, true);
  equal(reading.next().done, true);
  equal(database.truncateLog(), true);
  equal(logBytes(), 0);
});
