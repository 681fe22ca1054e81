/** What is said of a healthy database that cannot be opened: never that it is none, or people restore a backup over it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { StorageError } from "../../../lib/base/errors.ts";
import { Database } from "../../../lib/storage/database.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { canForbidWriting, ReadOnlyFolder } from "../../kit/read_only.ts";
import { temporaryFolder } from "../../unit/storage/kit.ts";

const MIGRATIONS = ["CREATE TABLE t (x TEXT) STRICT"];

Deno.test({
  name: "a database and a lock in a folder that is read-only are refused for that",
  ignore: !canForbidWriting(),
  async fn() {
    using folder = temporaryFolder();
    const path = folder.file("d");
    Database.open(path, { migrations: MIGRATIONS }).close();
    const said = (error: unknown) => {
      assert(error instanceof StorageError);
      assert.equal(error.code, "no-permission");
      assert.match(error.message, /: (the disk is read-only|permission denied)$/);
      return true;
    };
    {
      await using _readOnly = await ReadOnlyFolder.make(folder.path);
      assert.throws(() => Database.open(path, { migrations: MIGRATIONS }), said);
      assert.throws(() => InstanceLock.take(folder.path), said);
    }
    Database.open(path, { migrations: MIGRATIONS }).close();
    Deno.writeTextFileSync(
      path,
      "This file is something else, and long enough to tell. ".repeat(9),
    );
    assert.throws(() => Database.open(path, { migrations: MIGRATIONS }), { code: "damaged" });
  },
});

Deno.test({
  name: "a database that no descriptor is left for is refused for that",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = temporaryFolder();
    const path = folder.file("d");
    Database.open(path, { migrations: MIGRATIONS }).close();
    const program = join(import.meta.dirname ?? ".", "out_of_descriptors.ts");
    const run = [Deno.execPath(), "run", "-A", "--no-lock", "--no-check", program, path];
    const { stdout, stderr } = await new Deno.Command("/bin/sh", {
      args: ["-c", 'ulimit -n 200 && exec "$@"', "sh", ...run],
    }).output();
    const [said, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.match(
      said,
      /^failed Cannot open database .+: this program has too many files open/,
      errors,
    );
    Database.open(path, { migrations: MIGRATIONS }).close();
  },
});
