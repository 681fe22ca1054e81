/** What tables a database has, to be compared with what its migrations make (SR-31). */

import { DatabaseSync } from "node:sqlite";

/**
 * Every table, index and trigger with its SQL, in an order of its own. What SQLite keeps of the text itself does not count:
 * comments, blanks, and the quotes that a renamed table gets.
 */
export function shapeOf(handle: DatabaseSync): readonly string[] {
  return handle.prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").all()
    .map(({ type, name, sql }) => `${type} ${name}: ${plainSql(String(sql))}`)
    .sort();
}

/** The shape of a new database. Throws what SQLite throws for migrations that do not run. */
export function shapeAfter(migrations: readonly string[]): readonly string[] {
  const handle = new DatabaseSync(":memory:");
  try {
    for (const sql of migrations) handle.exec(sql);
    return shapeOf(handle);
  } finally {
    handle.close();
  }
}

/** A comment; or a string, a word, a sign. Between them are blanks and double quotes. */
const TOKEN = /(--[^\n]*|\/\*[\s\S]*?\*\/)|'(?:[^']|'')*'|\w+|[^\s\w"]/g;

function plainSql(sql: string): string {
  const tokens = [...sql.matchAll(TOKEN)].filter(([, comment]) => comment === undefined);
  return tokens.map(([token]) => token).join(" ");
}
