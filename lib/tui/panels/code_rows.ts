/** Words and the QR code of what they are about. */

import { type SafeText, safeText } from "../../base/safe_text.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import type { Row } from "../drawing/item_lines.ts";
import type { Theme } from "../theme/theme.ts";

const GAP = safeText("   ");

/** How wide words may be to stand beside this code. */
export function besideCells(code: readonly SafeText[], widthCells: number): number {
  return widthCells - 1 - GAP.length - textWidthCells(code[0]);
}

/** Beside each other where there is room, else the words first. */
export function codeRows(
  words: readonly SafeText[],
  code: readonly SafeText[],
  { widthCells, theme }: { readonly widthCells: number; readonly theme: Theme },
): readonly Row[] {
  const wordCells = Math.max(...words.map(textWidthCells));
  const text = (line: SafeText) => ({ text: safeText(` ${line}`), style: theme.own });
  const ink = (line: SafeText) => ({ text: line, style: theme.code });
  const gap = { text: GAP, style: theme.text };
  if (wordCells > besideCells(code, widthCells)) {
    return [
      ...words.map((line): Row => [text(line)]),
      [],
      ...code.map((line): Row => [gap, ink(line)]),
    ];
  }
  return Array.from({ length: Math.max(words.length, code.length) }, (_, i): Row => {
    const line = words[i] ?? safeText("");
    const pad = safeText(line + " ".repeat(wordCells - textWidthCells(line)));
    return code[i] === undefined ? [text(line)] : [text(pad), gap, ink(code[i])];
  });
}
