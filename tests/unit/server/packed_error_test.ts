import { deepEqual, equal, ok } from "node:assert/strict";
import { Bug, Refusal, StorageError, UsageError } from "../../../lib/base/errors.ts";
import { packError, unpackError } from "../../../lib/server/store/sqlite/packed_error.ts";

Deno.test("packed error has its class, code and words again on the other side", () => {
  for (const error of [new Refusal("muted", "No"), new StorageError("busy", "Wait")]) {
    const again = unpackError(packError(error));
    equal(again.constructor, error.constructor);
    deepEqual([again.code, again.message], [error.code, error.message]);
  }
  ok(unpackError(packError(new UsageError("bad", "Say so"))) instanceof UsageError);
});

Deno.test("packed error that is none of the house's is a bug, which says what it was", () => {
  for (const thrown of [new TypeError("x is not a function"), "x is not a function"]) {
    const { name, code, message } = packError(thrown);
    deepEqual([name, code], ["Bug", "bug"]);
    equal(message, "Cannot use the store: x is not a function");
  }
});

Deno.test("packed bug says its cause, which stays behind", () => {
  const bug = new Bug("Cannot use the database", { cause: new Error("no such column: y") });
  equal(unpackError(packError(bug)).message, "Cannot use the database: no such column: y");
});
