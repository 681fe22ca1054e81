/**
 * Finds the checks of a source file that can be taken out: the condition of each `if` that refuses (its body begins with
 * `throw` or `return`), and each part of such a condition, or of a returned one, that is joined by `||` or `&&`. Works on the
 * text: what `deno fmt` leaves is regular enough, and an expression in brackets stays an expression.
 */

/** One check that can be taken out. */
export interface Mutant {
  /** Of the expression in the source, from 0; `to` is behind it. */
  readonly from: number;
  readonly to: number;
  /** From 1. */
  readonly line: number;
  /** What stands in its place. */
  readonly becomes: "false" | "true";
}

/** The checks of a source, in order. */
export function findMutants(source: string): Mutant[] {
  const code = blank(source);
  const found: Mutant[] = [];
  const add = (from: number, to: number, becomes: Mutant["becomes"]) => {
    const line = source.slice(0, from).split("\n").length;
    found.push({ from, to, line, becomes });
  };
  for (const { index } of code.matchAll(/\bif \(/g)) {
    const from = index + "if (".length;
    const to = endOf(code, from);
    if (!/^\)\s*\{?\s*(throw|return|continue)\b/.test(code.slice(to))) continue;
    add(from, to, "false");
    for (const part of operands(code, from, to)) add(part.from, part.to, part.neutral);
  }
  for (const { index } of code.matchAll(/\breturn (?=[^;{]*(?:&&|\|\|))/g)) {
    const from = index + "return ".length;
    const to = code.indexOf(";", from);
    if (to < 0 || /[{}?]|=>/.test(code.slice(from, to))) continue;
    for (const part of operands(code, from, to)) add(part.from, part.to, part.neutral);
  }
  return found.sort((one, other) => one.from - other.from || other.to - one.to);
}

/** The source with each of these checks in a switch, which asks `$mutant` for its number. */
export function withSwitches(source: string, mutants: readonly (Mutant & { id: number })[]) {
  const inserts = mutants.flatMap(({ id, from, to, becomes }) => [
    { at: from, text: `(globalThis.$mutant?.(${id}) ? ${becomes} : (`, order: from - to },
    { at: to, text: "))", order: to - from },
  ]);
  // Outer ones open first and close last; what closes stands before what opens at the same place.
  inserts.sort((one, other) =>
    one.at - other.at || closing(one) - closing(other) ||
    one.order - other.order
  );
  let text = "";
  let at = 0;
  for (const insert of inserts) {
    text += source.slice(at, insert.at) + insert.text;
    at = insert.at;
  }
  return text + source.slice(at);
}

function closing({ text }: { readonly text: string }): number {
  return text === "))" ? 0 : 1;
}

/** The source with comments blanked out, and strings and regular expressions filled; every character in its place. */
function blank(source: string): string {
  const pattern =
    /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{;]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g;
  return source.replace(pattern, (text) => {
    const isComment = text.startsWith("//") || text.startsWith("/*");
    return text.replace(/[^\n]/g, isComment ? " " : "_");
  });
}

const OPENING = "([{";
const CLOSING = ")]}";

/** The end of the expression that begins here: the bracket that closes what is around it. */
function endOf(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (OPENING.includes(code[at])) depth++;
    else if (CLOSING.includes(code[at]) && depth-- === 0) return at;
  }
  return code.length;
}

interface Operand {
  readonly from: number;
  readonly to: number;
  /** The value with which it decides nothing. */
  readonly neutral: "false" | "true";
}

/** The parts joined by `||`, or by `&&` where there is none; none when it is a single one or of another kind. */
function operands(code: string, from: number, to: number): Operand[] {
  const cuts: { readonly at: number; readonly sign: string }[] = [];
  let depth = 0;
  for (let at = from; at < to; at++) {
    if (OPENING.includes(code[at])) depth++;
    else if (CLOSING.includes(code[at])) depth--;
    else if (depth === 0) {
      const sign = code.slice(at, at + 2);
      if (sign === "??" || sign === "=>" || /^\?[ .]?[^.]/.test(sign) && sign === "? ") return [];
      if (sign === "||" || sign === "&&") cuts.push({ at: at++, sign });
    }
  }
  const sign = cuts.some((cut) => cut.sign === "||") ? "||" : "&&";
  const places = cuts.filter((cut) => cut.sign === sign).map(({ at }) => at);
  if (places.length === 0) return [];
  const starts = [from, ...places.map((at) => at + 2)];
  const ends = [...places, to];
  const neutral = sign === "||" ? "false" : "true";
  return starts.map((start, i): Operand => {
    const text = code.slice(start, ends[i]);
    const trimmed = start + text.length - text.trimStart().length;
    return { from: trimmed, to: trimmed + text.trim().length, neutral };
  }).filter(({ from, to }) => to > from);
}
