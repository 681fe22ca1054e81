import { deepStrictEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../../../lib/base/bytes.ts";
import { checkJpeg, rebuildJpeg } from "../../../../lib/media/picture/jpeg_check.ts";

const numRuns = Deno.env.get("SLOW") === "1" ? 20_000 : 500;
const PICTURE = Deno.readFileSync("tests/fixtures/media/picture.jpg");
const PROGRESSIVE = Deno.readFileSync("tests/fixtures/media/progressive.jpg");

/** Where the marker stands. */
function find(marker: number): number {
  for (let at = 2; PICTURE[at] === 0xff; at += 2 + (PICTURE[at + 2] << 8 | PICTURE[at + 3])) {
    if (PICTURE[at + 1] === marker) return at;
  }
  throw new Error(`no marker ${marker}`);
}

/** The picture with other bytes from `at` on. */
function changed(at: number, ...bytes: number[]): Uint8Array {
  const copy = PICTURE.slice();
  copy.set(bytes, at);
  return copy;
}

/** The picture with a segment put in after its beginning. */
function inserted(...bytes: number[]): Uint8Array {
  return concatBytes(PICTURE.subarray(0, 2), new Uint8Array(bytes), PICTURE.subarray(2));
}

function problem(jpeg: Uint8Array, announced?: { widthPx: number; heightPx: number }): string {
  const check = checkJpeg(jpeg, announced);
  equal(rebuildJpeg(jpeg, announced) === undefined, !check.ok);
  return check.ok ? "none" : check.problem;
}

const FRAME = find(0xc0);
const SCAN = find(0xda);

Deno.test("SR-67: a picture of our own encoder passes and tells its size", () => {
  deepStrictEqual(checkJpeg(PICTURE, { widthPx: 48, heightPx: 32 }), {
    ok: true,
    facts: { widthPx: 48, heightPx: 32, components: 3 },
  });
});

Deno.test("SR-67: a picture of another size than its header announced is refused", () => {
  equal(problem(PICTURE, { widthPx: 49, heightPx: 32 }), "size-mismatch");
  equal(problem(PICTURE, { widthPx: 48, heightPx: 31 }), "size-mismatch");
});

Deno.test("SR-67: a picture of 1 MiB passes and one byte more is refused", () => {
  const filled = (length: number) => {
    const parts = [PICTURE.subarray(0, 2)];
    for (let left = length - PICTURE.length; left > 0;) {
      const size = left > 65_000 + 4 ? 65_000 : left;
      const comment = new Uint8Array(size);
      comment.set([0xff, 0xfe, (size - 2) >> 8, (size - 2) & 255]);
      parts.push(comment);
      left -= size;
    }
    return concatBytes(...parts, PICTURE.subarray(2));
  };
  equal(filled(1024 * 1024).length, 1024 * 1024);
  equal(problem(filled(1024 * 1024)), "none");
  equal(problem(filled(1024 * 1024 + 1)), "too-many-bytes");
});

Deno.test("SR-67: a picture of 4096 × 2304 passes the check and one more is refused, as is one of size 0", () => {
  const sized = (w: number, h: number) => changed(FRAME + 5, h >> 8, h & 255, w >> 8, w & 255);
  equal(problem(sized(4096, 2304)), "none");
  equal(problem(sized(4097, 2304)), "bad-size");
  equal(problem(sized(4096, 2305)), "bad-size");
  equal(problem(sized(65_535, 65_535)), "bad-size");
  equal(problem(sized(0, 32)), "bad-size");
  equal(problem(sized(48, 0)), "bad-size");
});

Deno.test("SR-67: progressive, extended, lossless, arithmetic and 12-bit pictures are refused", () => {
  equal(problem(PROGRESSIVE), "not-baseline");
  for (const marker of [0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xcc, 0xcf]) {
    equal(problem(changed(FRAME + 1, marker)), "not-baseline");
  }
  equal(problem(changed(FRAME + 4, 12)), "not-baseline");
});

Deno.test("SR-67: pictures of two or four components are refused", () => {
  for (const count of [0, 2, 4, 255]) equal(problem(changed(FRAME + 9, count)), "bad-segment");
});

Deno.test("SR-67: impossible sampling, repeated components and a second frame are refused", () => {
  equal(problem(changed(FRAME + 11, 0x44)), "bad-segment");
  equal(problem(changed(FRAME + 11, 0x02)), "bad-segment");
  equal(problem(changed(FRAME + 13, PICTURE[FRAME + 10])), "bad-segment");
  const frame = PICTURE.subarray(FRAME, FRAME + 2 + 17);
  equal(
    problem(concatBytes(PICTURE.subarray(0, FRAME), frame, PICTURE.subarray(FRAME))),
    "bad-segment",
  );
});

Deno.test("SR-67: tables that are missing, too long, or divide by 0 are refused", () => {
  equal(problem(changed(find(0xdb) + 4, 1)), "bad-scan");
  equal(problem(changed(find(0xdb) + 4, 0x10)), "bad-tables");
  equal(problem(changed(find(0xdb) + 5, 0)), "bad-tables");
  equal(problem(changed(find(0xc4) + 4, 0x02)), "bad-tables");
  equal(problem(changed(find(0xc4) + 5, 3)), "bad-tables");
  equal(problem(inserted(0xff, 0xc4, 0, 4, 0, 0)), "bad-tables");
});

Deno.test("SR-67: a scan that leaves components out, repeats, or is progressive is refused", () => {
  equal(problem(changed(SCAN + 4, 1)), "bad-scan");
  equal(problem(changed(SCAN + 5, 77)), "bad-scan");
  equal(problem(changed(SCAN + 6, 0x33)), "bad-scan");
  equal(problem(changed(SCAN + 11, 1)), "bad-scan");
  equal(problem(changed(SCAN + 13, 1)), "bad-scan");
});

Deno.test("SR-67: a picture without an end, with something after it, or with a marker in its data is refused", () => {
  equal(problem(PICTURE.subarray(0, PICTURE.length - 2)), "bad-scan");
  equal(problem(concatBytes(PICTURE, new Uint8Array(1))), "bad-scan");
  equal(problem(concatBytes(PICTURE, PICTURE)), "bad-scan");
  equal(problem(changed(SCAN + 40, 0xff, 0xc4)), "bad-scan");
});

Deno.test("SR-67: what is no JPEG, empty, or cut anywhere is refused", () => {
  equal(problem(new Uint8Array(0)), "not-jpeg");
  equal(problem(new TextEncoder().encode("GIF89a")), "not-jpeg");
  for (let length = 0; length < PICTURE.length; length++) {
    ok(problem(PICTURE.subarray(0, length)) !== "none");
  }
});

Deno.test("SR-67: a rebuilt picture has no application data and no comment, and is the same otherwise", () => {
  const secret = [...new TextEncoder().encode("exif secret")];
  const marked = inserted(0xff, 0xe1, 0, secret.length + 2, ...secret);
  equal(problem(marked), "none");
  const rebuilt = rebuildJpeg(marked, { widthPx: 48, heightPx: 32 });
  ok(rebuilt !== undefined && checkJpeg(rebuilt).ok);
  ok(!new TextDecoder("latin1").decode(rebuilt).match(/exif|JFIF|Lavc/));
  deepStrictEqual(rebuilt, rebuildJpeg(rebuilt));
  equal(rebuildJpeg(marked, { widthPx: 1, heightPx: 1 }), undefined);
});

Deno.test("SR-67: the check never throws, whatever bytes are changed", () => {
  const change = fc.tuple(fc.nat(PICTURE.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
      const jpeg = PICTURE.slice();
      for (const [at, byte] of changes) jpeg[at] = byte;
      problem(jpeg);
    }),
    { numRuns },
  );
});
