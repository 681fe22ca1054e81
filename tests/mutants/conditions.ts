/**
 * Finds the conditions of SQL in a source file, and writes each between two comments that SQLite passes over. So a statement
 * says by its text which conditions it has, wherever their text came from, and one of them can be taken out when it is prepared.
 */

/** One condition that can be taken out. */
export interface Condition {
  /** In the source, from 0; `to` is behind it. */
  readonly from: number;
  readonly to: number;
  /** From 1. */
  readonly line: number;
  /** What it is without: it holds always, or never, or is not there. */
  readonly becomes: "true" | "false" | "nothing" | "second";
  /** How the statement or fragment begins that it is in. */
  readonly within: string;
}

/** A string or template. None of ours has another template in it. */
const LITERAL = /`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"/g;
const IS_SQL =
  /\b(?:SELECT|INSERT|UPDATE|DELETE)\b[^]*\b(?:FROM|INTO|SET)\b|\bWHERE\b| IS NULL OR |NOT EXISTS|^.\w+ = \?|^.\w+\.\w+ IS NOT NULL/;
/** What ends a condition at its own depth. */
const END =
  /^(?:AND|OR|GROUP|ORDER|LIMIT|RETURNING|CROSS|LEFT|JOIN|UNION|WHERE|THEN|ELSE|END|ON CONFLICT|FROM|SELECT|HAVING)\b/;

/** The conditions of a source, in order. */
export function findConditions(source: string): Condition[] {
  const found: Condition[] = [];
  const lineOf = (at: number) => source.slice(0, at).split("\n").length;
  for (const { 0: literal, index } of source.matchAll(LITERAL)) {
    if (!IS_SQL.test(literal) || /^\s*(?:\/\/|\*)/.test(lineStart(source, index))) continue;
    for (const { from, to, becomes } of conditionsOf(literal)) {
      found.push({
        from: index + from,
        to: index + to,
        line: lineOf(index + from),
        becomes,
        within: literal.slice(1, 60).replace(/\s+/g, " "),
      });
    }
  }
  return found;
}

function lineStart(source: string, at: number): string {
  return source.slice(source.lastIndexOf("\n", at) + 1, at);
}

type Part = Pick<Condition, "from" | "to" | "becomes">;

function conditionsOf(literal: string): Part[] {
  const found: Part[] = [];
  for (const { 0: word, index } of literal.matchAll(/\b(?:WHERE|AND|ON)\b(?! CONFLICT)/g)) {
    const from = index + word.length + 1;
    const to = endOfCondition(literal, from);
    const text = literal.slice(from, to);
    // What joins two tables is no condition on what they hold; `WHERE true` only parts two clauses.
    if (/^[\w.]+ = [a-z]\w*\.\w+$/.test(text) || text === "true" || text.trim() === "") continue;
    found.push({ from, to, becomes: "true" });
  }
  // A fragment that is a condition as a whole.
  if (/^`?"?(?:\w+\.)?\w+ (?:= \?|IS NOT NULL)|^`NOT EXISTS/.test(literal)) {
    found.push({ from: 1, to: endOfCondition(literal, 1), becomes: "true" });
  }
  for (const { 0: both, index, 1: left } of literal.matchAll(/\(([^()]*?) OR ([^()]*)\)/g)) {
    const from = index + 1;
    found.push({ from, to: from + left.length, becomes: "false" });
    found.push({ from: from + left.length + 4, to: index + both.length - 1, becomes: "false" });
  }
  const dropped = /\bOR (?:IGNORE|REPLACE)\b|\bON CONFLICT\b[^]*(?=.$)/g;
  for (const { 0: text, index } of literal.matchAll(dropped)) {
    found.push({ from: index, to: index + text.length, becomes: "nothing" });
  }
  for (const { index, 0: text } of literal.matchAll(/= max\(\w+, [\w.?]+\)/g)) {
    found.push({ from: index + 2, to: index + text.length, becomes: "second" });
  }
  return found;
}

function endOfCondition(literal: string, from: number): number {
  let depth = 0;
  for (let at = from; at < literal.length - 1; at++) {
    const isInterpolated = literal.startsWith("${", at);
    if (isInterpolated) at = literal.indexOf("}", at);
    else if (literal[at] === "(") depth++;
    else if (literal[at] === ")" && depth-- === 0) return at;
    else if (depth === 0 && /[\s,]/.test(literal[at])) {
      const rest = literal.slice(at).trimStart();
      if (END.test(rest) || rest.startsWith(")") || rest.length === 1) return at;
      if (literal[at] === ",") return at;
    }
  }
  return literal.length - 1;
}

/** The source with each condition between its comments. */
export function withMarks(source: string, conditions: readonly (Condition & { id: number })[]) {
  const marks = conditions.flatMap(({ id, from, to }) => [
    { at: from, text: `/*<${id}*/`, order: [1, from - to] },
    { at: to, text: `/*${id}>*/`, order: [0, to - from] },
  ]);
  marks.sort((one, other) =>
    one.at - other.at || one.order[0] - other.order[0] || one.order[1] - other.order[1]
  );
  let [text, at] = ["", 0];
  for (const mark of marks) {
    text += source.slice(at, mark.at) + mark.text;
    at = mark.at;
  }
  return text + source.slice(at);
}

/** The conditions of a statement, by their numbers. */
export function markedIn(sql: string): number[] {
  return [...sql.matchAll(/\/\*<(\d+)\*\//g)].map(([, id]) => Number(id));
}

/** The statement without one of its conditions. */
export function without(sql: string, id: number, becomes: Condition["becomes"]): string {
  const whole = new RegExp(`/\\*<${id}\\*/([^]*?)/\\*${id}>\\*/`, "g");
  return sql.replace(whole, (_, text: string) => {
    switch (becomes) {
      case "true":
        return `(${text} OR true)`;
      case "false":
        return `(${text} AND false)`;
      case "nothing":
        return "";
      case "second":
        return text.replace("max(", "iif(false, ");
    }
  });
}
