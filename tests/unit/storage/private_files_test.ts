import { deepEqual, equal, rejects } from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import {
  appendPrivately,
  makePrivateFolder,
  readSecretFile,
  readSmallFile,
  withoutTrailingNewline,
} from "../../../lib/storage/private_files.ts";
import { temporaryFolder } from "./kit.ts";

const onWindows = Deno.build.os === "windows";
const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o7777;

Deno.test({
  name: "SR-52: private folder is made with its parents, and closed to others when it was open",
  ignore: onWindows,
  fn: async () => {
    using folder = temporaryFolder();
    await makePrivateFolder(folder.file("a/b"));
    equal(modeOf(folder.file("a")), 0o700);
    equal(modeOf(folder.file("a/b")), 0o700);
    Deno.chmodSync(folder.file("a"), 0o755);
    await makePrivateFolder(folder.file("a"));
    equal(modeOf(folder.file("a")), 0o700);
    // Its files can be deleted by their owners only: its own, since nobody else gets in.
    Deno.chmodSync(folder.file("a"), 0o1700);
    await makePrivateFolder(folder.file("a"));
    equal(modeOf(folder.file("a")), 0o1700);
  },
});

Deno.test({
  name: "SR-52: private folder is refused when it is shared by all users or a file",
  ignore: onWindows,
  fn: async () => {
    using folder = temporaryFolder();
    Deno.mkdirSync(folder.file("shared"));
    Deno.chmodSync(folder.file("shared"), 0o1777);
    await rejects(makePrivateFolder(folder.file("shared")), { code: "no-permission" });
    equal(modeOf(folder.file("shared")), 0o1777);
    Deno.writeTextFileSync(folder.file("file"), "");
    await rejects(makePrivateFolder(folder.file("file")), { name: "StorageError" });
  },
});

Deno.test({
  name: "SR-81: password file readable by others is refused with the chmod to run",
  ignore: onWindows,
  fn: async () => {
    using folder = temporaryFolder();
    const path = folder.file("pass word's");
    Deno.writeTextFileSync(path, "secret\n");
    for (const mode of [0o604, 0o640, 0o644, 0o610]) {
      Deno.chmodSync(path, mode);
      await rejects(readSecretFile(path), (error: Error & { code?: string }) => {
        equal(error.code, "file-open-to-others");
        equal(
          error.message.endsWith(`run: chmod 600 '${path.replace("'", `'\\''`)}'`),
          true,
          error.message,
        );
        return true;
      });
    }
    Deno.chmodSync(path, 0o600);
    equal(await readSecretFile(path), "secret");
  },
});

Deno.test("SR-81: one trailing newline of a password is removed, and nothing else", () => {
  for (
    const [text, expected] of [["a\n", "a"], ["a\r\n", "a"], ["a\n\n", "a\n"], [" a ", " a "], [
      "\n",
      "",
    ], ["a", "a"]]
  ) {
    equal(withoutTrailingNewline(text), expected);
  }
});

Deno.test("SR-81: password file of more than 4 KiB, or not in UTF-8, is refused", async () => {
  using folder = temporaryFolder();
  const write = (bytes: Uint8Array) => Deno.writeFileSync(folder.file("p"), bytes, { mode: 0o600 });
  write(new Uint8Array(4096).fill(97));
  equal((await readSecretFile(folder.file("p"))).length, 4096);
  write(new Uint8Array(4097).fill(97));
  await rejects(readSecretFile(folder.file("p")), { code: "bad-secret-file" });
  write(new Uint8Array([0x61, 0xff]));
  await rejects(readSecretFile(folder.file("p")), { code: "bad-secret-file" });
  await rejects(readSecretFile(folder.file("absent")), { code: "not-found" });
});

Deno.test("small file is read whole up to its limit, undefined when absent", async () => {
  using folder = temporaryFolder();
  Deno.writeFileSync(folder.file("f"), utf8("12345"));
  deepEqual(await readSmallFile(folder.file("f"), 5), utf8("12345"));
  await rejects(readSmallFile(folder.file("f"), 4), { name: "StorageError", code: "damaged" });
  equal(await readSmallFile(folder.file("absent"), 5), undefined);
  await rejects(readSmallFile(folder.path, 5), { name: "StorageError" });
});

Deno.test({
  name: "a file that is added to is its owner's alone: one that others may read is left as it is",
  ignore: onWindows,
  fn: async () => {
    using folder = temporaryFolder();
    const path = folder.file("messageLog.txt");
    await appendPrivately(path, "1; yoda; hi\n");
    await appendPrivately(path, "2; yoda; hé\n");
    equal(Deno.readTextFileSync(path), "1; yoda; hi\n2; yoda; hé\n");
    equal(modeOf(path), 0o600);
    Deno.chmodSync(path, 0o644);
    await rejects(appendPrivately(path, "3\n"), { code: "no-permission" });
    await rejects(appendPrivately(folder.file("none/log"), "3\n"), { code: "not-found" });
    equal(Deno.readTextFileSync(path), "1; yoda; hi\n2; yoda; hé\n");
  },
});
