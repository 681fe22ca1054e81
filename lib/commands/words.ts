/** A line as words: spaces part them, double quotes keep them together. */

/** The next word of a line, its end, or what is wrong with it. */
export type NextWord =
  | {
    readonly kind: "word";
    readonly text: string;
    /** True when any of it was quoted or escaped: then it is no option. */
    readonly quoted: boolean;
    /** Offset behind the word. */
    readonly end: number;
  }
  | { readonly kind: "end" }
  /** A quote that is not closed. */
  | { readonly kind: "open-quote" };

/**
 * The next word from `start` on. Inside double quotes `\"` and `\\` are escapes; outside, a backslash before a space or a double
 * quote takes it literally. Any other backslash is itself (Windows paths), and so is an apostrophe (names).
 */
export function nextWord(line: string, start: number): NextWord {
  let at = start;
  while (at < line.length && isSpace(line[at])) at++;
  if (at === line.length) return { kind: "end" };
  let text = "";
  let inQuotes = false;
  let quoted = false;
  for (; at < line.length && (inQuotes || !isSpace(line[at])); at++) {
    const character = line[at];
    const next = line[at + 1];
    if (character === '"') {
      inQuotes = !inQuotes;
      quoted = true;
    } else if (character === "\\" && (next === '"' || next === (inQuotes ? "\\" : " "))) {
      text += next;
      quoted = true;
      at++;
    } else text += character;
  }
  return inQuotes ? { kind: "open-quote" } : { kind: "word", text, quoted, end: at };
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\n";
}

/** `text` as one word of a line, quoted when it has to be: for completions and suggestions. */
export function quoteWord(text: string): string {
  if (text !== "" && !/[\s"]|\\$/.test(text) && !text.startsWith("-")) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
