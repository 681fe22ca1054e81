/** What the storage room promises about other processes: ones that are killed, and ones that want the same folder. */

import { equal, throws } from "node:assert/strict";
import { join } from "node:path";
import { StorageError } from "../../../lib/base/errors.ts";
import { Database } from "../../../lib/storage/database.ts";
import { storageError } from "../../../lib/storage/failures.ts";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { restrictUmask } from "../../../lib/storage/private_files.ts";
import { temporaryFolder } from "../../unit/storage/kit.ts";

const onWindows = Deno.build.os === "windows";
const KILLS = Deno.env.get("SLOW") === "1" ? 30 : 3;

/** A program of this folder, in a process of its own, as the running Deno. */
function spawn(program: string, ...args: string[]): Deno.ChildProcess {
  const path = join(import.meta.dirname ?? ".", program);
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--no-check", path, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Ends the program as a power cut would, and gives what it had printed after `head`. */
async function kill(
  child: Deno.ChildProcess,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string> {
  child.kill("SIGKILL");
  await child.status;
  let rest = "";
  const decoder = new TextDecoder();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    rest += decoder.decode(part.value);
  }
  await child.stdin.close().catch(() => undefined);
  return rest;
}

Deno.test({
  name: "SR-52: umask makes new files and databases private",
  ignore: onWindows,
  fn: () => {
    using folder = temporaryFolder();
    const before = Deno.umask(0o022);
    try {
      restrictUmask();
      Deno.writeTextFileSync(folder.file("a"), "");
      using database = Database.open(folder.file("b"), {
        migrations: ["CREATE TABLE t (x TEXT) STRICT"],
      });
      database.command("INSERT INTO t VALUES ('x')").run();
      for (const entry of Deno.readDirSync(folder.path)) {
        equal((Deno.statSync(folder.file(entry.name)).mode ?? 0) & 0o777, 0o600, entry.name);
      }
    } finally {
      Deno.umask(before);
    }
  },
});

Deno.test({
  name: "full disk is a StorageError disk-full when the kernel reports it",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    using full = Deno.openSync("/dev/full", { write: true });
    throws(
      () => {
        try {
          full.writeSync(new Uint8Array(1));
        } catch (error) {
          throw storageError("Cannot write it", error);
        }
      },
      { code: "disk-full", message: /^Cannot write it: the disk is full/ },
    );
  },
});

function assertWhole(bytes: Uint8Array): void {
  const value = bytes[0];
  equal(bytes.length, 65_536 + (value - 1));
  equal(bytes.every((byte) => byte === value), true);
}

Deno.test("atomic file is whole after its writer was killed at any moment", async () => {
  using folder = temporaryFolder();
  for (let round = 0; round < KILLS; round++) {
    const path = folder.file(`key-${round}`);
    const writer = spawn("atomic_file_writer.ts", path);
    const reader = writer.stdout.getReader();
    await reader.read();
    // Each of many replacements must be seen as one of the two contents; then it dies in the middle of one.
    for (let i = 0; i < 50 + 37 * round; i++) assertWhole(Deno.readFileSync(path));
    await kill(writer, reader);
    assertWhole(Deno.readFileSync(path));
  }
});

Deno.test("SR-20: database has every committed row after its writer was killed", async () => {
  using folder = temporaryFolder();
  for (let round = 0; round < KILLS; round++) {
    const path = folder.file(`rows-${round}`);
    const writer = spawn("row_writer.ts", path);
    const reader = writer.stdout.getReader();
    const head = new TextDecoder().decode((await reader.read()).value);
    const printed = (head + await kill(writer, reader)).split("\n").slice(0, -1);
    using database = Database.open(path, { migrations: ["SELECT 1"] });
    const [count, last] = database.query(
      "SELECT count(*) AS n, max(id) AS last FROM row",
      (row) => [row.integer("n"), row.integer("last")],
    ).all()[0];
    equal(count, last);
    equal(count >= printed.length, true, `${count} rows, ${printed.length} were reported`);
    equal(
      database.query("PRAGMA integrity_check", (row) => row.text("integrity_check")).first(),
      "ok",
    );
  }
});

Deno.test("instance lock refuses a second process and is free again after a kill", async () => {
  using folder = temporaryFolder();
  const holder = spawn("lock_holder.ts", folder.path);
  const reader = holder.stdout.getReader();
  await reader.read();
  throws(
    () => InstanceLock.take(folder.path),
    (error) => error instanceof StorageError && error.code === "in-use",
  );
  await kill(holder, reader);
  InstanceLock.take(folder.path).release();
});
