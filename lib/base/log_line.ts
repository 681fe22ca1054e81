/** One event, one line: nothing in a log can be forged from outside (SR-55). Pure. */

/** Everything that could end a line, move a cursor or turn the writing direction, escaped. */
export function escapeLogLine(line: string): string {
  return line.replace(
    // deno-lint-ignore no-control-regex -- these are exactly the characters to find
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `name="text" count=3`; what is undefined is left out. Not escaped yet. */
export function logFieldWords(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? JSON.stringify(value) : value}`);
}
