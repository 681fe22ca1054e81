/** A line of text in which some words look different. Pure. */

import type { CellLink, CellStyle, Span } from "../../terminal/cells/cell_grid.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import type { TextRange } from "../../app/conversations/mentions.ts";

/** Parts of the line in a style of their own, or with a link. */
export interface Marks {
  readonly ranges: readonly (TextRange & { readonly link?: CellLink | undefined })[];
  /** Undefined: as it would be without. */
  readonly style: CellStyle | undefined;
}

/** The line in spans. Of marks that overlap, the first in the list that has a style counts. */
export function markedSpans(line: SafeText, style: CellStyle, marks: readonly Marks[]): Span[] {
  const places = new Set([0, line.length]);
  for (const { ranges } of marks) {
    for (const { from, to } of ranges) {
      places.add(Math.max(0, Math.min(from, line.length)));
      places.add(Math.max(0, Math.min(to, line.length)));
    }
  }
  const ends = [...places].sort((one, other) => one - other);
  const spans: Span[] = [];
  for (let i = 1; i < ends.length; i++) {
    const [from, to] = [ends[i - 1], ends[i]];
    const over = marks.flatMap((mark) => {
      const range = mark.ranges.find((one) => one.from <= from && one.to >= to);
      return range === undefined ? [] : [{ style: mark.style, link: range.link }];
    });
    const link = over.find((mark) => mark.link !== undefined)?.link;
    spans.push({
      text: safeText(line.slice(from, to)),
      style: over.find((mark) => mark.style !== undefined)?.style ?? style,
      ...link !== undefined && { link },
    });
  }
  return spans;
}
