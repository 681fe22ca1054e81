import { deepEqual, equal, notEqual } from "node:assert/strict";
import { pack, unpack } from "../../../lib/server/store/sqlite/packing.ts";

const VALUE = {
  name: "append",
  args: [{ body: new Uint8Array([1, 2, 3]), text: "ü\ud800", number: 1.5, is: true, none: null }],
  rows: [new Uint8Array(0), new Uint8Array([4]), [new Uint8Array([5, 6])]],
};

for (const lend of [true, false]) {
  Deno.test(`what was packed comes out as it went in, ${lend ? "lent" : "copied"}`, () => {
    deepEqual(unpack(pack(VALUE), { lend }), VALUE);
  });
}

Deno.test("what is undefined stays so, which JSON cannot say", () => {
  const value = { ok: true, value: undefined, list: [1, undefined, null] };
  deepEqual(unpack(pack(value), { lend: false }), value);
  equal("value" in (unpack(pack(value), { lend: false }) as object), true);
});

Deno.test("without bytes or anything undefined no buffer is sent", () => {
  equal(pack([{ seq: 1 }]).bytes, undefined);
});

Deno.test("packing takes a copy: the caller may use its bytes again", () => {
  const body = new Uint8Array([1, 2, 3]);
  const packed = pack({ body });
  body.fill(9);
  deepEqual(unpack(packed, { lend: false }), { body: new Uint8Array([1, 2, 3]) });
});

Deno.test("bytes that are not lent keep no others in memory", () => {
  const [first, second] = unpack(pack([new Uint8Array(10), new Uint8Array(10)]), {
    lend: false,
  }) as Uint8Array[];
  notEqual(first.buffer, second.buffer);
  equal(first.buffer.byteLength, 10);
});
