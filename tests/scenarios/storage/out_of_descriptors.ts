/** Takes every descriptor that it can get, opens a database, and prints what is said. Under `ulimit -n`. */
import { StorageError } from "../../../lib/base/errors.ts";
import { Database } from "../../../lib/storage/database.ts";

const files: Deno.FsFile[] = [];
try {
  for (;;) files.push(Deno.openSync("/dev/null"));
} catch {
  // That was the last one.
}
let said = "nothing";
try {
  Database.open(Deno.args[0], { migrations: ["CREATE TABLE t (x TEXT) STRICT"] }).close();
} catch (error) {
  if (!(error instanceof StorageError)) throw error;
  said = `${error.code} ${error.message}`;
}
for (const file of files) file.close();
console.log(said);
