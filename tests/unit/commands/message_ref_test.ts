import assert from "node:assert/strict";
import { parseMessageRef } from "../../../lib/commands/message_ref.ts";

Deno.test("a message is named by number, from the end, or by id", () => {
  assert.deepEqual(parseMessageRef("12"), { kind: "number", number: 12 });
  assert.deepEqual(parseMessageRef("-1"), { kind: "from-end", count: 1 });
  assert.deepEqual(parseMessageRef("-9999"), { kind: "from-end", count: 9999 });
  const id = "0123456789abcdef".repeat(2);
  assert.deepEqual(parseMessageRef(id), { kind: "id", id });
  const digits = "1".repeat(32);
  assert.deepEqual(parseMessageRef(digits), { kind: "id", id: digits });
});

for (
  const text of [
    "",
    "0",
    "-0",
    "012",
    "last",
    "1.5",
    "+1",
    "2h",
    "-10000",
    "1".repeat(10),
    "A".repeat(32),
  ]
) {
  Deno.test(`'${text}' names no message`, () => {
    assert.equal(parseMessageRef(text), undefined);
  });
}
