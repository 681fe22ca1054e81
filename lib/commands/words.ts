/** A line as words: spaces part them, quotes keep them together. */

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
 * quote takes it literally. Any other backslash is itself (Windows paths). Single quotes around a whole word keep it together,
 * with no escapes inside; any other apostrophe is itself (`don't`, `'tis`).
 */
export function nextWord(line: string, start: number): NextWord {
  let at = start;
  while (at < line.length && isSpace(line[at])) at++;
  if (at === line.length) return { kind: "end" };
  const single = singleQuoted(line, at);
  if (single !== undefined) return single;
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

/** A word all in single quotes: the closing one is the first with nothing of a word behind it. */
function singleQuoted(line: string, start: number): NextWord | undefined {
  if (line[start] !== "'") return undefined;
  const close = /'(?=[ \t\n]|$)/g;
  close.lastIndex = start + 1;
  const found = close.exec(line);
  if (found === null) return undefined;
  const text = line.slice(start + 1, found.index);
  return { kind: "word", text, quoted: true, end: found.index + 1 };
}

function isSpace(character: string): boolean {
  return character === " " || character === "\t" || character === "\n";
}

/** `text` as one word of a line, quoted when it has to be: for completions and suggestions. */
export function quoteWord(text: string): string {
  if (text !== "" && !/[\s"]|\\$/.test(text) && !/^[-']/.test(text)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
