/** A line of text in which some words look different. Pure. */

import type { CellStyle, Span } from "../terminal/cell_grid.ts";
import { type SafeText, safeText } from "../base/safe_text.ts";
import type { TextRange } from "../app/conversations/mentions.ts";

/** Parts of the line in a style of their own. */
export interface Marks {
  readonly ranges: readonly TextRange[];
  readonly style: CellStyle;
}

/** The line in spans. Of marks that overlap the first one counts. */
export function markedSpans(line: SafeText, style: CellStyle, marks: readonly Marks[]): Span[] {
  const ranges = marks.flatMap((mark) =>
    mark.ranges.map((range) => ({ ...range, style: mark.style }))
  );
  const spans: Span[] = [];
  let at = 0;
  const add = (to: number, style: CellStyle) => {
    if (to > at) spans.push({ text: safeText(line.slice(at, to)), style });
    at = Math.max(at, to);
  };
  for (const range of ranges.sort((one, other) => one.from - other.from)) {
    if (range.from < at) continue;
    add(range.from, style);
    add(range.to, range.style);
  }
  add(line.length, style);
  return spans;
}
