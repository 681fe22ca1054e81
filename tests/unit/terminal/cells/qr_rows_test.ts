import { equal, ok } from "node:assert/strict";
import decodeQR from "qr/decode.js";
import { qrRows } from "../../../../lib/terminal/cells/qr_rows.ts";
import { textWidthCells } from "../../../../lib/terminal/cells/text_width.ts";

const NUMBER = "865350683795064529330697944248870085539868910163962011746915";
/** Pixels of a module, for the decoder. */
const SCALE = 4;

/** What a camera would see: modules as squares, dark where there is ink. */
function photograph(rows: readonly string[]) {
  const modules = rows.flatMap((row) => [
    [...row].map((cell) => cell === "█" || cell === "▀"),
    [...row].map((cell) => cell === "█" || cell === "▄"),
  ]);
  const width = modules[0].length * SCALE;
  const height = modules.length * SCALE;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!modules[Math.floor(y / SCALE)][Math.floor(x / SCALE)]) continue;
      data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}

Deno.test("qr rows can be scanned", () => {
  equal(decodeQR(photograph(qrRows(NUMBER))), NUMBER);
});

Deno.test("SR-08: a safety number as a code fits beside its digits on 80×24", () => {
  const rows = qrRows(NUMBER);
  ok(rows.length <= 18);
  for (const row of rows) equal(textWidthCells(row), 29);
});
