/** The copy that is made before a database is migrated: what is left of one that came to nothing. */

import { deepEqual, throws } from "node:assert/strict";
import { Database } from "../../../lib/storage/database.ts";

import { removeUnfinishedCopies } from "../../../lib/storage/migration.ts";
import { fileNames, temporaryFolder } from "./kit.ts";

const STEPS = ["CREATE TABLE person (name TEXT) STRICT", "CREATE TABLE pet (name TEXT) STRICT"];

Deno.test("a migration whose copy comes to nothing leaves no part of it, however often it is tried", () => {
  using folder = temporaryFolder();
  const path = folder.file("d");
  Database.open(path, { migrations: STEPS.slice(0, 1) }).close();
  // A copy cannot take the place of a folder.
  Deno.mkdirSync(`${path}.v1.backup/full`, { recursive: true });
  for (const _again of [1, 2]) throws(() => Database.open(path, { migrations: STEPS }));
  deepEqual(fileNames(folder.path), ["d", "d.v1.backup"]);
});

Deno.test("what killed programs left of copies is removed, and nothing else", () => {
  using folder = temporaryFolder();
  const names = ["d", "d.part", "d.v1.backup", "d.v1.backup.part", "e.v1.backup.7.part"];
  for (const name of [...names, "d.v1.backup.7.part", "d.v12.backup.4711.part"]) {
    Deno.writeTextFileSync(folder.file(name), "");
  }
  removeUnfinishedCopies(folder.file("d"));
  removeUnfinishedCopies(folder.file("nowhere/d"));
  deepEqual(fileNames(folder.path), names);
});
