/** What is said in a video, as lines under its picture. Pure. */

import { onOneLine, safeText } from "../../base/safe_text.ts";
import { textWidthCells, truncateToWidth } from "../../terminal/cells/text_width.ts";

/** Rows that are kept for them. */
export const SUBTITLE_ROWS = 2;

/** At most two lines of this width: those of the text, or where one is too long its words anew. */
export function subtitleLines(text: string, widthCells: number): readonly string[] {
  const own = text.split("\n").map((line) => onOneLine(safeText(line)));
  const fits = own.length <= SUBTITLE_ROWS &&
    own.every((line) => textWidthCells(line) <= widthCells);
  const lines = fits ? own : filled(own.join(" "), widthCells);
  return lines.slice(0, SUBTITLE_ROWS).map((line) => truncateToWidth(safeText(line), widthCells));
}

/** Words in lines. */
function filled(text: string, widthCells: number): readonly string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    const longer = line === "" ? word : `${line} ${word}`;
    // What does not fit into the last row is cut off there, so that it is seen that there is more.
    if (textWidthCells(longer) <= widthCells || line === "" || lines.length === SUBTITLE_ROWS) {
      lines[lines.length - 1] = longer;
    } else lines.push(word);
  }
  return lines;
}
