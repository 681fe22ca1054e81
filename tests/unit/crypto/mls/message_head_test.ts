import { deepEqual, equal } from "node:assert/strict";
import { ByteWriter } from "../../../../lib/base/bytes.ts";
import { readMessageHead } from "../../../../lib/crypto/mls/message_head.ts";

const PUBLIC = 1;
const COMMIT = 3;

/** A PublicMessage as it begins (RFC 9420 §6): version, wire format, group, epoch, sender, authenticated data, type. */
function head(sender: readonly number[], type = COMMIT) {
  return new ByteWriter().u16(1).u16(PUBLIC).u8(2).raw(new Uint8Array([7, 7])).u64(5)
    .raw(new Uint8Array(sender)).u8(0).u8(type).finish();
}

Deno.test("the head of a commit says its epoch, whoever sends it", () => {
  const commit = { type: "commit", epoch: 5 };
  deepEqual(readMessageHead(head([1, 0, 0, 0, 3])), commit, "a member and its leaf");
  deepEqual(readMessageHead(head([2, 0, 0, 0, 3])), commit, "an outsider and its number");
  deepEqual(readMessageHead(head([3])), commit, "a new member's proposal");
  deepEqual(readMessageHead(head([4])), commit, "a new member's commit");
});

Deno.test("a head with a sender or a type that RFC 9420 does not have is none", () => {
  for (const sender of [0, 5, 255]) equal(readMessageHead(head([sender])), undefined);
  // As a member's bytes, too: no length is known of what follows.
  for (const sender of [0, 5, 255]) equal(readMessageHead(head([sender, 0, 0, 0, 3])), undefined);
  for (const type of [0, 2, 4]) equal(readMessageHead(head([4], type)), undefined);
  const whole = head([4]);
  for (let length = 0; length < whole.length; length++) {
    equal(readMessageHead(whole.slice(0, length)), undefined, `${length} bytes`);
  }
});
