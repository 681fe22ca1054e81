/**
 * The little of Markdown that people type: `**bold**`, `*italic*`, `_italic_`, `` `code` ``, blocks of code between lines of
 * three backticks, and `> quote`. Whatever is not surely meant so stays as it was typed. Pure; takes time by the length of the text.
 */

import type { TextRange } from "../conversations/mentions.ts";
import { linkPlacesIn } from "./links.ts";

/** What a part of a line is. */
export type Emphasis = "bold" | "italic" | "code";

/** A part of a line, in UTF-16 units of its text. */
export interface EmphasisRange extends TextRange {
  readonly kind: Emphasis;
}

/** A line without its marks, and what they say of it. */
export interface MarkedLine {
  readonly kind: "text" | "quote" | "code";
  readonly text: string;
  readonly emphasis: readonly EmphasisRange[];
}

const FENCE = "```";
const OPENING_FENCE = /^```[\w+#.-]{0,20}\s*$/;

/** All lines of a text, in their order; the fences of a block are none. */
export function parseMarkdown(text: string): readonly MarkedLine[] {
  const lines = text.split("\n");
  const lastFence = lines.findLastIndex(isFence);
  const parsed: MarkedLine[] = [];
  let isCode = false;
  lines.forEach((line, i) => {
    if (isCode && isFence(line)) isCode = false;
    else if (isCode) parsed.push({ kind: "code", text: line, emphasis: [] });
    // One that nobody closes is none.
    else if (i < lastFence && OPENING_FENCE.test(line)) isCode = true;
    else if (line === ">" || line.startsWith("> ")) {
      parsed.push({ kind: "quote", ...inline(line.slice(2)) });
    } else parsed.push({ kind: "text", ...inline(line) });
  });
  return parsed.length === 0 ? [{ kind: "text", text: "", emphasis: [] }] : parsed;
}

function isFence(line: string): boolean {
  return line.trimEnd() === FENCE;
}

type InlineText = Pick<MarkedLine, "text" | "emphasis">;

const MARKS = /[*_`]/;

function inline(line: string): InlineText {
  if (!MARKS.test(line)) return { text: line, emphasis: [] };
  const scan = new InlineScan(line);
  return scan.text();
}

/** Letters beside which a mark is a part of a word, e.g. in `snake_case` and 2*3*4; not those that are written without blanks. */
const WORD = /[[\p{L}\p{N}_]--[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]]/v;
/** Of backticks and stars more in a row are no mark. */
const MAX_RUN = 3;
/** After so many in one line the rest of it stays as it was typed. */
const MAX_FOUND = 2_000;

interface Opened {
  readonly at: number;
  readonly kind: "bold" | "italic";
  readonly sign: "*" | "_";
  readonly units: number;
}

/** One pass over a line. Marks that were opened and not closed stay in it. */
class InlineScan {
  readonly #line: string;
  /** What is not shown. */
  readonly #gone: TextRange[] = [];
  readonly #found: EmphasisRange[] = [];
  /** Open marks, outermost first: one of each kind and sign at most. */
  #open: Opened[] = [];
  /** By the number of backticks: from where on none closes. */
  readonly #noCode = new Set<number>();

  constructor(line: string) {
    this.#line = line;
    const links = linkPlacesIn(line);
    let link = 0;
    for (let at = 0; at < line.length && this.#found.length < MAX_FOUND;) {
      while (link < links.length && links[link].to <= at) link++;
      // What a link has in it is its own.
      if (links[link]?.from === at) at = links[link].to;
      else if (line[at] === "`") at = this.#code(at);
      else if (line[at] === "*" || line[at] === "_") at = this.#emphasis(at);
      else at++;
    }
  }

  /** Without what was understood. */
  text(): InlineText {
    const gone = this.#gone.toSorted((one, other) => one.from - other.from);
    let text = "";
    let at = 0;
    /** Where each of those begins, and how much is left out up to its end. */
    const shifts: { from: number; units: number }[] = [];
    let units = 0;
    for (const { from, to } of gone) {
      text += this.#line.slice(at, from);
      units += to - from;
      shifts.push({ from, units });
      at = to;
    }
    text += this.#line.slice(at);
    const moved = (place: number) => {
      // The last that begins before it.
      let low = 0;
      let high = shifts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (shifts[middle].from < place) low = middle + 1;
        else high = middle;
      }
      return place - (low === 0 ? 0 : shifts[low - 1].units);
    };
    const emphasis = this.#found.map(({ from, to, kind }) => ({
      from: moved(from),
      to: moved(to),
      kind,
    }));
    return { text, emphasis };
  }

  #runAt(at: number): number {
    const sign = this.#line[at];
    let end = at;
    while (this.#line[end] === sign) end++;
    return end - at;
  }

  #code(at: number): number {
    const units = this.#runAt(at);
    if (units > MAX_RUN || this.#noCode.has(units)) return at + units;
    const end = this.#closingBackticks(at + units, units);
    if (end === undefined) {
      this.#noCode.add(units);
      return at + units;
    }
    const isBlank = this.#line.slice(at + units, end).trim() === "";
    if (!isBlank) this.#close({ at, units }, { at: end, units }, "code");
    return end + units;
  }

  #closingBackticks(from: number, units: number): number | undefined {
    for (let at = this.#line.indexOf("`", from); at >= 0; at = this.#line.indexOf("`", at)) {
      const run = this.#runAt(at);
      if (run === units) return at;
      at += run;
    }
    return undefined;
  }

  #emphasis(from: number): number {
    const run = this.#runAt(from);
    const end = from + run;
    const sign = this.#line[from] === "*" ? "*" : "_";
    // Of these more than one are names, e.g. __init__.
    if (run > (sign === "_" ? 1 : MAX_RUN)) return end;
    const [before, after] = [this.#line[from - 1] ?? " ", this.#line[end] ?? " "];
    let at = from;
    if (!isBlank(before) && !isWord(after)) at = this.#closeRun(from, run, sign);
    if (at < end && !isBlank(after) && !isWord(before)) this.#openRun(at, end - at, sign);
    return end;
  }

  /** Inner marks are closed first. Returns where what is left of the run begins. */
  #closeRun(from: number, run: number, sign: Opened["sign"]): number {
    let at = from;
    for (const end = from + run; at < end;) {
      const fits = (units: number) => (one: Opened) => one.sign === sign && one.units === units;
      const exact = this.#open.findLastIndex(fits(end - at));
      const index = exact >= 0
        ? exact
        : this.#open.findLastIndex((one) => one.sign === sign && one.units < end - at);
      const opened = this.#open[index];
      if (opened === undefined || opened.at + opened.units >= at) break;
      this.#close(opened, { at, units: opened.units }, opened.kind);
      // What was opened within it and not closed is no mark.
      this.#open = this.#open.slice(0, index);
      at += opened.units;
    }
    return at;
  }

  #openRun(from: number, run: number, sign: Opened["sign"]): void {
    let at = from;
    for (const units of run === 3 ? [2, 1] : [run]) {
      const kind = units === 2 ? "bold" : "italic";
      const isOpen = this.#open.some((one) => one.kind === kind && one.sign === sign);
      if (!isOpen) this.#open.push({ at, kind, sign, units });
      at += units;
    }
  }

  #close(
    first: Pick<Opened, "at" | "units">,
    last: Pick<Opened, "at" | "units">,
    kind: Emphasis,
  ): void {
    this.#gone.push({ from: first.at, to: first.at + first.units });
    this.#gone.push({ from: last.at, to: last.at + last.units });
    this.#found.push({ from: first.at + first.units, to: last.at, kind });
  }
}

function isBlank(unit: string): boolean {
  return unit.trim() === "";
}

function isWord(unit: string): boolean {
  return WORD.test(unit);
}
