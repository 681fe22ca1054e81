/** Inserts rows 1, 2, 3… in one transaction each and prints each number after its commit, until it is killed. */
import { Database } from "../../../lib/storage/database.ts";

const database = Database.open(Deno.args[0], {
  migrations: ["CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"],
});
const insert = database.command("INSERT INTO row (id, body) VALUES (?, ?)");
const body = new Uint8Array(3000).fill(7);
const line = new TextEncoder();
for (let id = 1;; id++) {
  database.transaction(() => insert.run(id, body));
  Deno.stdout.writeSync(line.encode(`${id}\n`));
}
