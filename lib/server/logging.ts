/** Where the server's log lines go: text for people or JSON for collectors, always one line an event (SR-55). */

import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { escapeLogLine, logFieldWords } from "../base/log_line.ts";

/** Lines for people, or objects for collectors. */
export type LogFormat = "text" | "json";
/** From much to little. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
/** The least level that is written. */
export type LogLevel = typeof LOG_LEVELS[number];

/** A log that was started. */
export interface StartedLog {
  readonly level: LogLevel;
  /** From the next line on. */
  setLevel(level: LogLevel): void;
}

/**
 * Sends the log to `write`, one escaped line at a time. A line can never be forged from outside: every control and bidi
 * character of an event or a field is escaped.
 */
export function startLogging(
  options: { format: LogFormat; level: LogLevel; write: (line: string) => void },
): StartedLog {
  const format = options.format === "json" ? jsonLine : textLine;
  let current = options.level;
  const setLevel = (level: LogLevel) => {
    current = level;
    configureSync({
      reset: true,
      sinks: { out: (record: LogRecord) => options.write(format(record)) },
      loggers: [
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["out"] },
        { category: ["heliograph"], lowestLevel: level, sinks: ["out"] },
      ],
    });
  };
  setLevel(current);
  return {
    get level() {
      return current;
    },
    setLevel,
  };
}

/** Nothing is written any more: for tests. */
export function stopLogging(): void {
  resetSync();
}

function jsonLine(record: LogRecord): string {
  return escapeLogLine(JSON.stringify({
    at: new Date(record.timestamp).toISOString(),
    level: record.level,
    category: record.category.slice(1).join("."),
    event: record.rawMessage,
    ...record.properties,
  }));
}

/** Events that people read as a sentence: what the seeds print for them. */
const SENTENCES: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => string>> = {
  // Row S3.15.
  "broadcast": ({ name, number, text, at }) =>
    `${name} broadcasted BCM #${number} "${text}" at ${at}.`,
  // Rows S3.22, S3.31, S3.34, S3.40: who asked, never what was said in a room.
  "who": ({ name }) => `${name} issued ATU command`,
  "room.new": ({ name, room }) => `${name} issued SRB command, room ${room}`,
  "room.message": ({ name, room, number }) =>
    `${name} issued a message in separate room ${room} : ${number}`,
  "read": ({ name }) => `RDM command issued from ${name}`,
};

/** What an event means, for people who read the log (row S0.15). Its name and fields stand beside it. */
const WORDS: Readonly<Record<string, string>> = {
  "server.start": "Server started, waiting for connections:",
  "conn.open": "Client connected:",
  "auth.wait": "Waiting for the client's credentials:",
  "auth.check": "Checking credentials:",
  "auth.ok": "Client signed in:",
  "auth.fail": "Wrong password:",
  "auth.locked": "Not let in, locked after wrong passwords:",
  "keys.broadcast": "Public key told to everybody:",
  "server.stopped": "Server stopped",
};

function textLine(record: LogRecord): string {
  const words = WORDS[String(record.rawMessage)];
  const sentence = SENTENCES[String(record.rawMessage)]?.(record.properties);
  const fields = logFieldWords(record.properties);
  const at = new Date(record.timestamp).toISOString();
  const category = record.category.slice(1).join(".");
  const named = [record.rawMessage, ...(words === undefined ? [] : [words]), ...fields];
  const said = sentence === undefined ? named : [sentence];
  return escapeLogLine([at, record.level, category, ...said].join(" "));
}
