/** The program's name in half blocks, for a page with room to spare. Pure. */

import { safeText } from "../../base/safe_text.ts";
import type { CellStyle } from "../../terminal/cells/cell_grid.ts";
import type { Row } from "./item_lines.ts";

/** Eight rows of pixels; two of them are one row of cells. */
const PIXELS: readonly string[] = [
  "#           #  #                               #   ",
  "#           #                                  #   ",
  "###    ##   #  #   ##    ###  # #   ###  ###   ### ",
  "#  #  ####  #  #  #  #  #  #  ##   #  #  #  #  #  #",
  "#  #  #     #  #  #  #  #  #  #    #  #  #  #  #  #",
  "#  #   ###  #  #   ##    ###  #     ###  ###   #  #",
  "                           #             #         ",
  "                         ##              #         ",
];

/** Its cells. */
export const LOGO_CELLS: number = PIXELS[0].length;

/** Four rows, each as far from the left as asked for. */
export function logoRows(indentCells: number, style: CellStyle): readonly Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < PIXELS.length; at += 2) {
    const [upper, lower] = [PIXELS[at], PIXELS[at + 1]];
    const cells = Array.from(upper, (pixel, i) => blockOf(pixel === "#", lower[i] === "#"));
    rows.push([{ text: safeText(" ".repeat(indentCells) + cells.join("").trimEnd()), style }]);
  }
  return rows;
}

function blockOf(upper: boolean, lower: boolean): string {
  return upper ? lower ? "█" : "▀" : lower ? "▄" : " ";
}
