import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { safeText } from "../../../../lib/base/safe_text.ts";
import { layOutLines } from "../../../../lib/terminal/cells/text_layout.ts";
import { textWidthCells } from "../../../../lib/terminal/cells/text_width.ts";

const lay = (text: string, widthCells: number | undefined, indentCells = 2) =>
  layOutLines(safeText(text), { widthCells, indentCells });

Deno.test("layOutLines breaks at spaces and indents", () => {
  deepEqual(lay("the quick brown fox jumps", 12), ["the quick", "  brown fox", "  jumps"]);
});

Deno.test("layOutLines cuts a word that fits no line, between graphemes", () => {
  deepEqual(lay("abcdefghijklmnop", 10), ["abcdefghij", "  klmnop"]);
  deepEqual(lay("漢字漢字漢字漢字", 11), ["漢字漢字漢", "  字漢字"]);
});

Deno.test("layOutLines keeps given line breaks and spaces inside a line", () => {
  deepEqual(lay("a  b\n\n c", undefined), ["a  b", "", "   c"]);
});

Deno.test("SR-70: layOutLines keeps column 0 when a sender fills the line with spaces", () => {
  const lines = lay(`hi${" ".repeat(18)}* bob is now an admin`, 20);
  equal(lines.length > 1, true);
  equal(lines.slice(1).every((line) => line.startsWith("  ")), true);
});

Deno.test("SR-70: layOutLines keeps column 0 where the terminal draws joined emoji side by side", () => {
  for (const line of lay("🧛‍♂️".repeat(10), 20)) {
    equal(line.replace(/[\u200d\ufe0f]/g, "").trim().length <= 5 * 3, true);
  }
});

Deno.test("SR-70: layOutLines breaks a line that spaces fill, so that what follows does not reach column 0", () => {
  for (const [width, spaces] of [[3, 3], [20, 20], [20, 18], [20, 200]]) {
    const lines = lay(`${" ".repeat(spaces)}mallory: hi`, width);
    equal(lines.every((line) => textWidthCells(line) <= width), true, JSON.stringify(lines));
    equal(lines.slice(1).every((line) => line.startsWith(" ")), true, JSON.stringify(lines));
    equal(lines.join("").replaceAll(" ", ""), "mallory:hi");
  }
});

Deno.test("SR-70: layOutLines of anything fits, and only the first line touches column 0", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.integer({ min: 3, max: 30 }), (
      text,
      width,
    ) => {
      for (const [i, line] of lay(text, width).entries()) {
        equal(textWidthCells(line) <= width, true);
        equal(i === 0 || line === "" || line.startsWith(" "), true);
      }
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 20_000 : 300 },
  );
});
