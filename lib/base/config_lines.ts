/** Where a setting stands in the text of `config.toml`, for what is said of it, and how it is changed there. Pure. */

/** How a sentence goes on that is said of a file which cannot be read at all. */
const NO_TOML = "not valid TOML";

/** `config.toml, line 3: not valid TOML: illegal character`. `error` is the parser's: its first line says what, the rest shows where. */
export function noTomlWords(error: { readonly line: number; readonly message: string }): string {
  const [first = ""] = error.message.split("\n", 1);
  const why = first.replace(/^Invalid TOML document: /, "");
  return `config.toml, line ${error.line}: ${NO_TOML}: ${why}`;
}

/** Whether a sentence says that. */
export function isNoToml(problem: string): boolean {
  return problem.includes(`: ${NO_TOML}: `);
}

const HEADER = /^\s*\[\s*([^\]]+?)\s*\]\s*(?:#.*)?$/;

/** The line with the setting, from 1; that of the table where it stands in another way; else 1. */
export function lineOf(text: string, table: string, key: string): number {
  const { begin, at } = findSetting(text.split("\n"), table, key);
  return (at ?? begin ?? 0) + 1;
}

/** The text with a setting added, replaced or, without a value, removed; the rest stays as the person wrote it. `value` is TOML. */
export function withSetting(
  text: string,
  { table, key, value }: { readonly table: string; readonly key: string; readonly value?: string },
): string {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const { begin, at } = findSetting(lines, table, key);
  const line = `${key} = ${value}`;
  if (value === undefined) {
    if (at !== undefined) lines.splice(at, 1);
  } else if (at !== undefined) {
    // What the person remarks behind a value stays. A `#` inside of a string is no remark.
    const remark = /^[^"'#]*(?:"[^"]*"|'[^']*'|[^"'#])*?(\s*#[^"']*)$/.exec(lines[at])?.[1] ?? "";
    lines[at] = `${line}${remark}`;
  } else if (begin !== undefined) lines.splice(begin + 1, 0, line);
  else lines.push(...lines.length > 0 ? [""] : [], `[${table}]`, line);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** By line from 0: the header of the table, and the setting in it. */
function findSetting(
  lines: readonly string[],
  table: string,
  key: string,
): { readonly begin?: number; readonly at?: number } {
  const begin = lines.findIndex((line) => HEADER.exec(line)?.[1] === table);
  if (begin < 0) return {};
  for (let at = begin + 1; at < lines.length && !HEADER.test(lines[at]); at++) {
    const name = /^\s*["']?([\w-]+)["']?\s*=/.exec(lines[at])?.[1];
    if (name === key) return { begin, at };
  }
  return { begin };
}
