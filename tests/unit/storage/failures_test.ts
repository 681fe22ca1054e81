import assert from "node:assert/strict";
import { storageError } from "../../../lib/storage/failures.ts";

Deno.test("what the system reports is said without its number and without the path once more", async () => {
  const missing = "tests/tmp/no such file";
  const thrown = await Deno.open(missing).catch((error) => error);
  const { code, message, cause } = storageError(`Cannot read ${missing}`, thrown);
  assert.equal(code, "not-found");
  assert.equal(message, `Cannot read ${missing}: no such file or folder`);
  assert.equal(cause, thrown);
});

Deno.test("what has no words of ours keeps those that it came with", () => {
  const { code, message } = storageError("Cannot read x", new Error("the cable is out"));
  assert.deepEqual([code, message], ["failed", "Cannot read x: the cable is out"]);
});
