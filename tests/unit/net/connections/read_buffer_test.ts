import { deepEqual, equal } from "node:assert/strict";
import { ReadBuffer } from "../../../../lib/net/connections/read_buffer.ts";

const KIB = 1024;

Deno.test("read buffer grows fourfold up to 64 KiB while reads fill it", () => {
  const buffer = new ReadBuffer();
  const sizes = [];
  for (let i = 0; i < 5; i++) {
    sizes.push(buffer.bytes.length / KIB);
    buffer.adapt(buffer.bytes.length, 0);
  }
  deepEqual(sizes, [1, 4, 16, 64, 64]);
});

Deno.test("read buffer is reused while a read does not fill it", () => {
  const buffer = new ReadBuffer();
  const before = buffer.bytes;
  buffer.adapt(before.length - 1, 0);
  equal(buffer.bytes, before);
});

Deno.test("read buffer shrinks after five seconds without a read that needed it", () => {
  const buffer = new ReadBuffer();
  buffer.adapt(1 * KIB, 1_000);
  buffer.adapt(10, 5_999);
  equal(buffer.bytes.length, 4 * KIB);
  buffer.adapt(1 * KIB + 1, 6_000);
  buffer.adapt(10, 10_999);
  equal(buffer.bytes.length, 4 * KIB);
  buffer.adapt(10, 11_000);
  equal(buffer.bytes.length, 1 * KIB);
});
