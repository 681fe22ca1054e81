import assert from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { readPage, writePage } from "../../../../lib/client/account_data/page.ts";
import { PAGE_OVERHEAD_BYTES } from "../../../../lib/crypto/keys/own_box.ts";
import { accountDataWrite } from "../../../../lib/protocol/hop/device.ts";
import { ACCOUNT_DATA_PAGE_MAX_BYTES } from "../../../../lib/protocol/limits.ts";

const MAX_TEXT_BYTES = ACCOUNT_DATA_PAGE_MAX_BYTES - PAGE_OVERHEAD_BYTES;

Deno.test("a page says what was written, and its length does not count the lines", () => {
  const few = [["alice", "known", 1], ["böb", "blocked", 2]] as const;
  const page = writePage(few, MAX_TEXT_BYTES);
  assert.deepEqual(readPage(page), few);
  assert.equal(page.length, writePage([], MAX_TEXT_BYTES).length);
  assert.equal(page.length % 1024, 0);
});

Deno.test("a page holds as many lines as have room, from the first", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => [`person ${i} ☎`, "known", i] as const);
  for (const maxBytes of [1024, 1500, 2048, MAX_TEXT_BYTES]) {
    const page = writePage(lines, maxBytes);
    const read = readPage(page);
    assert(Array.isArray(read) && read.length > 0 && read.length < lines.length);
    assert.deepEqual(read, lines.slice(0, read.length));
    assert(page.length <= maxBytes && page.length > maxBytes - 2 * 1024, `${page.length}`);
  }
});

Deno.test("of what is no page nothing is taken, of a newer one it is said so", () => {
  const read = (text: string) => readPage(utf8(text));
  for (
    const text of ["", "{", "null", "[]", '"x"', '{"lines":[]}', '{"v":1}', '{"v":1,"lines":3}']
  ) {
    assert.equal(read(text), undefined, text);
  }
  assert.equal(readPage(new Uint8Array([0xff, 0xfe])), undefined);
  assert.equal(read('{"v":2,"lines":"of another kind"}'), "newer");
  const mixed = '{"v":1,"lines":[["a",1],null,{"b":2},["c",null],["d",[1]],[]]}';
  assert.deepEqual(read(mixed), [["a", 1], []]);
});

Deno.test("NOTEBOOK_PAGE_MAX_BYTES: a page of so many bytes is taken, one more is not", () => {
  const header = { page: "people", version: "00".repeat(16) };
  const read = (size: number) => accountDataWrite.request.read(header, new Uint8Array(size));
  assert.equal(read(ACCOUNT_DATA_PAGE_MAX_BYTES).page, "people");
  assert.throws(() => read(ACCOUNT_DATA_PAGE_MAX_BYTES + 1), { code: "bad-message" });
});
