import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  asBytes,
  ByteReader,
  type Bytes,
  ByteWriter,
  compareBytes,
  concatBytes,
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  equalBytes,
  freeBytes,
  utf8,
} from "../../../lib/base/bytes.ts";
import { Bug } from "../../../lib/base/errors.ts";

const settings = { numRuns: Deno.env.get("SLOW") === "1" ? 20_000 : 200, seed: 20_260_101 };

const anyBytes = (maxLength = 300) => fc.uint8Array({ maxLength }).map(asBytes);

/** One write to a `ByteWriter` and the read that must give the same back. */
type Field =
  | readonly ["u8" | "u16" | "u32" | "u64", number]
  | readonly ["field" | "blob" | "raw", Bytes]
  | readonly ["text", string];

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.tuple(fc.constant("u8" as const), fc.integer({ min: 0, max: 0xff })),
  fc.tuple(fc.constant("u16" as const), fc.integer({ min: 0, max: 0xffff })),
  fc.tuple(fc.constant("u32" as const), fc.integer({ min: 0, max: 0xffff_ffff })),
  fc.tuple(fc.constant("u64" as const), fc.maxSafeNat()),
  fc.tuple(fc.constantFrom("field" as const, "blob" as const, "raw" as const), anyBytes()),
  fc.tuple(fc.constant("text" as const), fc.string({ unit: "grapheme" })),
);

function write(fields: readonly Field[]): Bytes {
  const writer = new ByteWriter();
  for (const each of fields) {
    switch (each[0]) {
      case "text":
        writer.text(each[1]);
        break;
      case "field":
      case "blob":
      case "raw":
        writer[each[0]](each[1]);
        break;
      default:
        writer[each[0]](each[1]);
    }
  }
  return writer.finish();
}

/** Reads what `fields` are kinds of, whatever the values. */
function read(reader: ByteReader, fields: readonly Field[]): unknown[] {
  return fields.map((each) => each[0] === "raw" ? reader.raw(each[1].length) : reader[each[0]]());
}

Deno.test("byte reader reads what byte writer wrote, and is done then and not before", () => {
  fc.assert(
    fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
      const reader = new ByteReader(write(fields));
      deepEqual(read(reader, fields), fields.map(([, value]) => value));
      ok(reader.done);
      equal(reader.remaining, 0);
      const longer = new ByteReader(concatBytes(write(fields), new Uint8Array(1)));
      read(longer, fields);
      equal(longer.failed, false);
      equal(longer.done, false, "a byte is left");
    }),
    settings,
  );
});

Deno.test("byte reader fails on everything that was cut short, and stays failed", () => {
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), fc.nat(), (fields, at) => {
      const whole = write(fields);
      if (whole.length === 0) return;
      const reader = new ByteReader(whole.slice(0, at % whole.length));
      read(reader, fields);
      ok(reader.failed);
      equal(reader.done, false);
      equal(reader.u8() + reader.u16() + reader.u32() + reader.u64(), 0);
      equal(reader.raw(0).length + reader.field().length + reader.text().length, 0);
    }),
    settings,
  );
});

Deno.test("byte reader never throws on noise, nor gives more bytes than there are", () => {
  fc.assert(
    fc.property(anyBytes(), fc.array(field), (noise, fields) => {
      const reader = new ByteReader(noise);
      let given = 0;
      for (const value of read(reader, fields)) {
        if (value instanceof Uint8Array) given += value.length;
      }
      ok(given <= noise.length);
      ok(reader.remaining >= 0);
    }),
    settings,
  );
});

Deno.test("byte writer gives different bytes for different lists of fields", () => {
  const lists = fc.array(fc.uint8Array({ maxLength: 3 }).map(asBytes), { maxLength: 4 });
  const join = (list: readonly Bytes[]) => write(list.map((bytes) => ["field", bytes] as const));
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      const same = left.length === right.length &&
        left.every((bytes, i) => equalBytes(bytes, right[i]));
      equal(equalBytes(join(left), join(right)), same);
    }),
    settings,
  );
});

Deno.test("byte writer is big-endian", () => {
  const bytes = new ByteWriter().u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d).text("é")
    .blob(new Uint8Array([9])).finish();
  equal(encodeHex(bytes), "01020304050607000008090a0b0c0d0002c3a90000000109");
});

Deno.test("byte writer refuses numbers that do not fit", () => {
  const writer = new ByteWriter();
  for (const value of [-1, 0.5, NaN, Infinity]) {
    for (const kind of ["u8", "u16", "u32", "u64"] as const) throws(() => writer[kind](value), Bug);
  }
  throws(() => writer.u8(2 ** 8), Bug);
  throws(() => writer.u16(2 ** 16), Bug);
  throws(() => writer.u32(2 ** 32), Bug);
  throws(() => writer.u64(2 ** 53), Bug);
  equal(writer.finish().length, 0);
});

Deno.test("byte writer takes a field of 65,535 bytes and refuses one more", () => {
  equal(new ByteWriter().field(new Uint8Array(65_535)).finish().length, 65_537);
  throws(() => new ByteWriter().field(new Uint8Array(65_536)), Bug);
});

Deno.test("byte writer takes more parts than a call takes arguments", () => {
  const writer = new ByteWriter();
  for (let i = 0; i < 300_000; i++) writer.u8(i % 256);
  equal(writer.finish().length, 300_000);
});

Deno.test("byte reader refuses a number past 2^53 - 1", () => {
  const greatest = new ByteReader(new ByteWriter().u64(Number.MAX_SAFE_INTEGER).finish());
  equal(greatest.u64(), Number.MAX_SAFE_INTEGER);
  const greater = new ByteReader(decodeHex("0020000000000000") ?? new Uint8Array(0));
  equal(greater.u64(), 0);
  ok(greater.failed);
});

Deno.test("byte reader refuses text that is no UTF-8", () => {
  const reader = new ByteReader(new ByteWriter().field(new Uint8Array([0xc3])).finish());
  equal(reader.text(), "");
  ok(reader.failed);
});

Deno.test("byte reader refuses a length that is negative or no number", () => {
  for (const length of [-1, NaN]) {
    const reader = new ByteReader(new Uint8Array(4));
    equal(reader.raw(length).length, 0);
    ok(reader.failed);
  }
});

Deno.test("byte reader copies what it gives, so that the source may be reused", () => {
  const source = new ByteWriter().field(utf8("one")).finish();
  const read = new ByteReader(source).field();
  source.fill(0);
  equal(decodeUtf8(read), "one");
});

Deno.test("byte reader reads a view in the middle of a buffer", () => {
  const buffer = new Uint8Array([9, 9, 0, 1, 7, 9]);
  const reader = new ByteReader(buffer.subarray(2, 5));
  deepEqual([...reader.field()], [7]);
  ok(reader.done);
});

Deno.test("base64 and hex give back what went in, in the spelling of Node's Buffer", () => {
  fc.assert(
    fc.property(anyBytes(), (bytes) => {
      equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
      equal(encodeHex(bytes), Buffer.from(bytes).toString("hex"));
      deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
      deepEqual(decodeHex(encodeHex(bytes)), bytes);
      deepEqual(decodeHex(encodeHex(bytes).toUpperCase()), bytes);
    }),
    settings,
  );
});

/** RFC 4648 §4 with the spare bits zero, as §3.5 asks for. */
const CANONICAL_BASE64 =
  /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

Deno.test("base64 has one spelling for each value and refuses everything else", () => {
  const controlMessages = fc.constantFrom(..."AQZz09+/=-_ \n!é");
  fc.assert(
    fc.property(fc.string({ unit: controlMessages, maxLength: 9 }), (text) => {
      const bytes = decodeBase64(text);
      equal(bytes !== undefined, CANONICAL_BASE64.test(text));
      if (bytes !== undefined) equal(encodeBase64(bytes), text);
    }),
    settings,
  );
  for (const text of ["AB==", "AAB=", "A===", "AA=A", "AAA", "AA==AA==", " AAAA", "AA-_"]) {
    equal(decodeBase64(text), undefined, text);
  }
});

Deno.test("base64 takes more bytes than a call takes arguments", () => {
  const bytes = new Uint8Array(1_000_000).map((_, i) => i * 31);
  equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
});

Deno.test("hex refuses odd lengths and other characters", () => {
  for (const text of ["a", "0g", "0x12", " 12", "12 ", "１２"]) {
    equal(decodeHex(text), undefined, text);
  }
  deepEqual(decodeHex(""), new Uint8Array(0));
});

Deno.test("UTF-8 is decoded strictly and keeps a byte order mark", () => {
  equal(decodeUtf8(utf8("\u{feff}héliographe 🔆")), "\u{feff}héliographe 🔆");
  for (const bad of ["80", "c080", "eda080", "f4908080", "c3"]) {
    equal(decodeUtf8(decodeHex(bad) ?? new Uint8Array(0)), undefined, bad);
  }
});

Deno.test("bytes of shared memory are copied, others are not", () => {
  const own = new Uint8Array([1, 2]);
  equal(asBytes(own), own);
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  shared.set([3, 4]);
  const copy = asBytes(shared);
  ok(copy.buffer instanceof ArrayBuffer);
  deepEqual([...copy], [3, 4]);
});

Deno.test("bytes compare and are equal as their hexadecimal texts", () => {
  const short = fc.uint8Array({ maxLength: 4, max: 3 });
  fc.assert(
    fc.property(short, short, (left, right) => {
      const [a, b] = [encodeHex(left), encodeHex(right)];
      equal(Math.sign(compareBytes(left, right)), a < b ? -1 : a > b ? 1 : 0);
      equal(equalBytes(left, right), a === b);
    }),
    settings,
  );
});

Deno.test("memory that is given back holds nothing any more, but where another thread has it too", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const view = bytes.subarray(1);
  freeBytes(bytes);
  deepEqual([bytes.length, view.length], [0, 0]);
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  freeBytes(shared);
  equal(shared.length, 2);
});
