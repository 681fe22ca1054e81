import { throws } from "node:assert/strict";
import { InstanceLock } from "../../../lib/storage/instance_lock.ts";
import { temporaryFolder } from "./kit.ts";

Deno.test("instance lock refuses a second holder until the first releases it", () => {
  using folder = temporaryFolder();
  using first = InstanceLock.take(folder.path);
  throws(() => InstanceLock.take(folder.path), {
    name: "StorageError",
    code: "in-use",
    message: `Cannot use folder ${folder.path}: another process is running on it`,
  });
  first.release();
  first.release();
  using _second = InstanceLock.take(folder.path);
});

Deno.test("instance lock of another folder is another lock", () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(folder.file("a"));
  Deno.mkdirSync(folder.file("b"));
  using _first = InstanceLock.take(folder.file("a"));
  using _second = InstanceLock.take(folder.file("b"));
  throws(() => InstanceLock.take(folder.file("absent")), { name: "StorageError" });
});
