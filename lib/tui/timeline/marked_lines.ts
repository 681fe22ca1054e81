/** What was said, in lines that fit, with what its marks say: stressed words, code, quotes, and links that lead somewhere. Pure. */

import type { CellLink, Span } from "../../terminal/cells/cell_grid.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines, MIN_TEXT_CELLS } from "../../terminal/cells/text_layout.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import type { TextRange } from "../../app/conversations/mentions.ts";
import { addressOf, linkPlacesIn } from "../../app/talk/links.ts";
import { type Emphasis, type MarkedLine, parseMarkdown } from "../../app/talk/markdown.ts";
import type { Row } from "../drawing/item_lines.ts";
import { markedSpans, type Marks } from "../drawing/marked_text.ts";
import type { Theme } from "../theme/theme.ts";

/** A line as it is shown. Ranges are of its text. */
export interface ShownLine {
  readonly kind: MarkedLine["kind"];
  readonly text: SafeText;
  readonly emphasis: readonly (TextRange & { readonly kind: Emphasis })[];
  readonly links: readonly (TextRange & { readonly link: CellLink | undefined })[];
  /** Of a block of code: as wide as its widest line. */
  readonly widthCells: number;
}

/** More in one line are no links. */
const MAX_LINKS = 200;

/** Left of code and quotes. */
const EDGES = { text: "", quote: "▎ ", code: "  " } as const;

/** Lines of at most so many cells; no more than `maxLines`. `before` stands before the first one as it is. */
export function layOutMarked(
  text: SafeText,
  { widthCells, maxLines, before = safeText("") }: {
    readonly widthCells: number;
    readonly maxLines: number;
    readonly before?: SafeText;
  },
): readonly ShownLine[] {
  const lines: ShownLine[] = [];
  let block: number | undefined;
  const [head, ...rest] = parseMarkdown(text);
  for (const parsed of [withBefore(head, before), ...rest]) {
    const room = maxLines - lines.length;
    if (room <= 0) break;
    const first = lines.length;
    lines.push(...layOutOne(parsed, Math.max(2, widthCells - EDGES[parsed.kind].length), room));
    if (parsed.kind !== "code") block = undefined;
    else widen(lines, block ??= first);
  }
  return lines;
}

function withBefore(line: MarkedLine, before: SafeText): MarkedLine {
  const by = before.length;
  const emphasis = line.emphasis
    .map(({ from, to, kind }) => ({ kind, from: from + by, to: to + by }));
  return { ...line, text: before + line.text, emphasis };
}

/** All of a block are as wide as its widest so far: it is a box. */
function widen(lines: ShownLine[], first: number): void {
  const widest = lines.slice(first).reduce((most, one) => Math.max(most, one.widthCells), 0);
  for (let i = first; i < lines.length; i++) {
    const line = lines[i];
    if (line !== undefined && line.widthCells < widest) lines[i] = { ...line, widthCells: widest };
  }
}

function layOutOne(
  { kind, text, emphasis }: MarkedLine,
  widthCells: number,
  maxLines: number,
): readonly ShownLine[] {
  // Without its marks something may join that was apart.
  const whole = safeText(text);
  const links = kind === "code" ? [] : linkPlacesIn(whole).slice(0, MAX_LINKS).map((place) => ({
    ...place,
    link: linkAt(whole, place),
  }));
  let at = 0;
  return layOutLines(whole, { widthCells, indentCells: 0, maxLines }).map((laidOut, i) => {
    // Where it stands in the gutter is the program's.
    const isIndented = i > 0 && widthCells < MIN_TEXT_CELLS;
    const line = isIndented ? safeText(laidOut.slice(1)) : laidOut;
    // Only blanks at the seams are left out.
    const from = Math.max(at, whole.indexOf(line, at));
    at = from + line.length;
    const within = <Range extends TextRange>(ranges: readonly Range[]) =>
      ranges.filter((range) => range.from < from + line.length && range.to > from)
        .map((range) => ({ ...range, from: range.from - from, to: range.to - from }));
    return {
      kind,
      text: line,
      emphasis: within(emphasis),
      links: within(links),
      widthCells: textWidthCells(line),
    };
  });
}

/** A terminal shows all parts of a link at once by its name: the place in the text, and what it leads to. */
function linkAt(text: string, { from, to }: TextRange): CellLink | undefined {
  const address = addressOf(text.slice(from, to));
  if (address === undefined) return undefined;
  let hash = 0x811c9dc5;
  for (let i = 0; i < address.length; i++) {
    hash = Math.imul(hash ^ address.charCodeAt(i), 0x01000193);
  }
  return { id: `h${(hash >>> 0).toString(36)}x${from.toString(36)}`, address };
}

/** The spans of a line; `marks` go before what it has of its own. */
export function shownSpans(line: ShownLine, marks: readonly Marks[], theme: Theme): Row {
  const { kind, text, emphasis, links } = line;
  if (kind === "code") return codeSpans(line, marks, theme);
  const has = (kind: Emphasis) => emphasis.filter((range) => range.kind === kind);
  const [bold, italic] = [has("bold"), has("italic")];
  const spans = markedSpans(text, kind === "quote" ? theme.quote : theme.text, [
    ...marks,
    { ranges: links, style: theme.link },
    { ranges: has("code"), style: theme.codeSpan },
    { ranges: bothOf(bold, italic), style: theme.boldItalic },
    { ranges: bold, style: theme.bold },
    { ranges: italic, style: theme.italic },
  ]);
  if (kind === "text") return spans;
  return [{ text: safeText(EDGES.quote), style: theme.line }, ...spans];
}

function codeSpans({ text, widthCells }: ShownLine, marks: readonly Marks[], theme: Theme): Row {
  const pad = " ".repeat(Math.max(0, widthCells - textWidthCells(text)) + 1);
  const edge = (words: string): Span => ({ text: safeText(words), style: theme.codeBlock });
  return [edge(EDGES.code.slice(1)), ...markedSpans(text, theme.codeBlock, marks), edge(pad)];
}

function bothOf(some: readonly TextRange[], others: readonly TextRange[]): readonly TextRange[] {
  return some.flatMap((one) =>
    others.filter((other) => other.from < one.to && other.to > one.from).map((other) => ({
      from: Math.max(one.from, other.from),
      to: Math.min(one.to, other.to),
    }))
  );
}
