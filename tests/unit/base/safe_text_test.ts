import { equal } from "node:assert/strict";
import {
  indentContinuation,
  onOneLine,
  safeSentence,
  safeText,
} from "../../../lib/base/safe_text.ts";

const CLASSES: readonly (readonly [string, string, string])[] = [
  ["NUL to BS", "a\x00\x01\x07\x08b", "ab"],
  ["VT to US", "a\x0b\x0c\x0d\x0e\x1fb", "ab"],
  ["ESC, and with it every escape sequence", "a\x1b[31mb\x1b]0;t\x07c", "a[31mb]0;tc"],
  ["DEL", "a\x7fb", "ab"],
  ["C1, 8-bit CSI among them", "a\x80\x9b31m\x9fb", "a31mb"],
  ["lone surrogates", "a\ud800b\udc00c", "abc"],
  ["line and paragraph separators", "a\u2028b\u2029c", "abc"],
  ["bidi marks", "a\u061cb\u200ec\u200fd", "abcd"],
  ["bidi embeddings and overrides", "a\u202ab\u202bc\u202cd\u202de\u202ef", "abcdef"],
  ["bidi isolates", "a\u2066b\u2067c\u2068d\u2069e", "abcde"],
  ["tags", "a\u{e0001}\u{e0041}\u{e007f}b", "ab"],
  ["joiners between letters", "a\u200cb\u200dc", "abc"],
  ["joiners after an emoji without one behind", "🧛\u200da", "🧛a"],
  ["joiners in a row", "🧛\u200d\u200d🧛", "🧛🧛"],
  ["invisible spaces and fillers", "a\u200bb\u2060c\ufeffd\u3164e", "abcde"],
  ["kitty's picture placeholder", "a\u{10eeee}b", "ab"],
  ["marks from the ninth on", "a" + "\u0301".repeat(20) + "b", "a" + "\u0301".repeat(8) + "b"],
  ["skin tones from the ninth on", "👍" + "🏽".repeat(20), "👍" + "🏽".repeat(8)],
];

for (const [name, foreign, expected] of CLASSES) {
  Deno.test(`SR-68: safeText drops ${name}`, () => {
    equal(safeText(foreign), expected);
  });
}

for (
  const text of [
    "🧛‍♂️",
    "👨‍👩‍👧‍👦",
    "👩🏽‍❤️‍💋‍👨🏿",
    "🏴‍☠️",
    "❤️‍🔥",
    "🇩🇪🇯🇵",
    "♥️ 1️⃣ ☺️",
    "👍🏽",
    "漢字 かな ﾊﾟ",
    "שלום مرحبا",
    "Zürich naïve e\u0301",
    "हिन्दी க்ஷ",
    "two\nlines",
    "plain ASCII ~!@#",
  ]
) {
  Deno.test(`SR-68: safeText leaves ${JSON.stringify(text)} unchanged`, () => {
    equal(safeText(text), text);
  });
}

Deno.test("safeText turns a tab into a space, so that words stay apart", () => {
  equal(safeText("a\tb"), "a b");
});

Deno.test("safeText cuts a chain of emoji that joins without end", () => {
  const joiners = [...safeText("🧛\u200d".repeat(100) + "🧛")].filter((c) => c === "\u200d").length;
  equal(joiners, 8);
});

Deno.test("SR-70: indentContinuation leaves column 0 to the program on every further line", () => {
  equal(
    indentContinuation(safeText("hi\n* bob is now an admin\n\nend"), 4),
    "hi\n    * bob is now an admin\n    \n    end",
  );
});

Deno.test("onOneLine joins lines with one space and trims", () => {
  equal(onOneLine(safeText(" a \n\n b\r\nc ")), "a b c");
});

Deno.test("SR-68: safeSentence cleans the foreign parts", () => {
  const name = "b\x1b[2Job";
  equal(safeSentence`${name} has ${3} files`, "b[2Job has 3 files");
});
