import { deepEqual, equal, rejects } from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import { StorageError } from "../../../lib/base/errors.ts";
import {
  createFileAtomically,
  createPrivateFile,
  writeFileAtomically,
} from "../../../lib/storage/atomic_file.ts";
import { storageError } from "../../../lib/storage/failures.ts";
import { fileNames, temporaryFolder } from "./kit.ts";

const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;

Deno.test("SR-52: atomic file is made and replaced with mode 0600 and leaves nothing beside it", async () => {
  using folder = temporaryFolder();
  const path = folder.file("key");
  await writeFileAtomically(path, utf8("one"));
  Deno.chmodSync(path, 0o644);
  await writeFileAtomically(path, utf8("two"));
  equal(Deno.readTextFileSync(path), "two");
  if (Deno.build.os !== "windows") equal(modeOf(path), 0o600);
  deepEqual(fileNames(folder.path), ["key"]);
});

Deno.test("atomic file that cannot be renamed into place leaves the old state and no other file", async () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(folder.file("key/inside"), { recursive: true });
  await rejects(writeFileAtomically(folder.file("key"), utf8("x")), { name: "StorageError" });
  deepEqual(fileNames(folder.path), ["key"]);
  await rejects(writeFileAtomically(folder.file("absent/key"), utf8("x")), { code: "not-found" });
});

Deno.test("private file is never created over another", async () => {
  using folder = temporaryFolder();
  await createPrivateFile(folder.file("code"), utf8("first"));
  if (Deno.build.os !== "windows") equal(modeOf(folder.file("code")), 0o600);
  await rejects(createPrivateFile(folder.file("code"), utf8("second")), { code: "already-exists" });
  equal(Deno.readTextFileSync(folder.file("code")), "first");
});

Deno.test("full disk, full quota and too large a file are a StorageError disk-full, in words for a person", () => {
  const words = {
    ENOSPC: "the disk is full",
    EDQUOT: "the disk is full for you",
    EFBIG: "it is too large for this disk",
  };
  for (const [code, why] of Object.entries(words)) {
    const thrown = Object.assign(new Error("No space left (os error 28)"), { code });
    const error = storageError("Cannot write it", thrown);
    equal(error.code, "disk-full");
    equal(error.message, `Cannot write it: ${why}`);
    equal(error.cause, thrown);
  }
});

Deno.test("large file is made whole or not at all, and never in the place of another", async () => {
  using folder = temporaryFolder();
  const path = folder.file("large");
  const content = new Uint8Array([1, 2, 3]);
  const write = async (file: Deno.FsFile) => await file.write(content);
  equal(await createFileAtomically(path, write), 3);
  deepEqual(Deno.readFileSync(path), content);
  if (Deno.build.os !== "windows") {
    equal(modeOf(path), 0o600);
  }
  await rejects(createFileAtomically(path, write), { code: "already-exists" });
  const failing = () => Promise.reject(new StorageError("damaged", "half of it"));
  await rejects(createFileAtomically(folder.file("b"), failing), { code: "damaged" });
  // Somebody else was faster.
  await rejects(
    createFileAtomically(folder.file("c"), async () => {
      await Deno.writeTextFile(folder.file("c"), "theirs");
    }),
    { code: "already-exists" },
  );
  equal(Deno.readTextFileSync(folder.file("c")), "theirs");
  deepEqual(fileNames(folder.path), ["c", "large"]);
});
