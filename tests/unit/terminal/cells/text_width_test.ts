import { eastAsianWidth } from "get-east-asian-width";
import { equal } from "node:assert/strict";
import { safeText } from "../../../../lib/base/safe_text.ts";
import {
  splitGraphemes,
  textWidthCells,
  truncateToWidth,
} from "../../../../lib/terminal/cells/text_width.ts";

// The hard cases on which string-width 9 agrees.
const WIDTHS: readonly (readonly [string, number])[] = [
  ["", 0],
  ["abc", 3],
  ["äö", 2],
  ["e\u0301", 1],
  ["漢字", 4],
  ["ﾊﾟ", 2],
  ["ｱ", 1],
  ["Ａ", 2],
  ["👍🏽", 2],
  ["👨‍👩‍👧‍👦", 2],
  ["🧛‍♂️", 2],
  ["🇩🇪", 2],
  ["♥", 1],
  ["♥️", 2],
  ["1️⃣", 2],
  ["हि", 1],
  ["한글", 4],
  ["\n", 0],
];

for (const [text, cells] of WIDTHS) {
  Deno.test(`textWidthCells of ${JSON.stringify(text)} is ${cells}`, () => {
    equal(textWidthCells(text), cells);
  });
}

Deno.test("truncateToWidth leaves what fits", () => {
  equal(truncateToWidth(safeText("漢字"), 4), "漢字");
});

Deno.test("truncateToWidth ends with an ellipsis and never cuts a grapheme", () => {
  equal(truncateToWidth(safeText("漢字漢字"), 5), "漢字…");
  equal(truncateToWidth(safeText("漢字漢字"), 4), "漢…");
  equal(truncateToWidth(safeText("a👨‍👩‍👧‍👦b"), 2), "a…");
  equal(truncateToWidth(safeText("abc"), 1), "…");
  equal(truncateToWidth(safeText("abc"), 0), "");
});

Deno.test("splitGraphemes keeps joined emoji together", () => {
  equal(splitGraphemes("a🧛‍♂️🇩🇪").length, 3);
});

Deno.test("what frames are drawn with is one cell each, as the tables of Unicode have it", () => {
  for (let code = 0x2500; code <= 0x259f; code++) {
    equal(eastAsianWidth(code), 1);
    equal(textWidthCells(String.fromCodePoint(code)), 1);
    // What is written above it is a part of it.
    equal(splitGraphemes(`${String.fromCodePoint(code)}\u0301x`).length, 2);
  }
});
