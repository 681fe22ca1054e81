/**
 * Structured logging: an event name and fields, by category. Never keys, plaintext, passwords or payloads.
 * Where the lines go is decided once, by the program (`server/config/logging`, `client/logging`); without that they go nowhere.
 */

/** Values must be plain data. Text from outside is escaped by the sink (SR-55), not here. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** From much to little. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
/** How much a line matters, or the least that is written. */
export type LogLevel = typeof LOG_LEVELS[number];

/** One line, before it is one. */
export interface LogRecord {
  /** By the wall clock. */
  readonly atMs: number;
  readonly level: LogLevel;
  /** E.g. `server.session`. */
  readonly category: string;
  readonly event: string;
  readonly fields: LogFields;
}

/** Where lines go. */
export interface LogSink {
  /** The least that is written. */
  readonly level: LogLevel;
  /** At once. MUST NOT throw: whoever logs has other things to do. */
  write(record: LogRecord): void;
}

/** Takes lines of four levels. `event` is a fixed text; what varies goes into the fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

let sink: LogSink | undefined;

/** Sends every line there from now on, in the place of the one before; undefined: nowhere. */
export function setLogSink(next: LogSink | undefined): void {
  sink = next;
}

/** The log of a module or a part of it, e.g. `logger("server", "session")`. */
export function logger(...category: readonly string[]): Log {
  const name = category.join(".");
  const log = (level: LogLevel) => (event: string, fields: LogFields = {}) => {
    if (sink === undefined || LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(sink.level)) return;
    sink.write({ atMs: Date.now(), level, category: name, event, fields });
  };
  return { debug: log("debug"), info: log("info"), warn: log("warning"), error: log("error") };
}

// One event, one line: nothing in a log can be forged from outside (SR-55). Pure.

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
