import { deepStrictEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { LineSplitter } from "../../../lib/media/ffmpeg/ffmpeg_child.ts";

function split(pieces: readonly Uint8Array[], limitBytes?: number): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), limitBytes);
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return lines;
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("line splitter ends lines at LF and CR and leaves empty ones out", () => {
  deepStrictEqual(split([bytes("one\ntwo\r\n\nthree\rfo"), bytes("ur")]), [
    "one",
    "two",
    "three",
    "four",
  ]);
});

Deno.test("SR-71: line splitter drops what passes the limit of a line and goes on with the next", () => {
  deepStrictEqual(split([bytes("x".repeat(100_000)), bytes("y\nshort")], 8), ["xxxxxxxx", "short"]);
});

Deno.test("line splitter gives the same lines wherever the pieces end", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "\n", "\r", "\ud83d\ude00") });
  fc.assert(fc.property(text, fc.nat(40), (whole, at) => {
    const all = bytes(whole);
    deepStrictEqual(split([all.subarray(0, at), all.subarray(at)]), split([all]));
  }));
});

Deno.test("line splitter replaces bytes that are not UTF-8", () => {
  equal(split([new Uint8Array([0x61, 0xff, 0x62])])[0], "a\ufffdb");
});
