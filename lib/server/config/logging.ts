/** Where the server's log lines go: text for people or JSON for collectors, always one line an event (SR-55). */

import {
  escapeLogLine,
  type LogFields,
  logFieldWords,
  type LogLevel,
  type LogRecord,
  setLogSink,
} from "../../base/log.ts";

/** Lines for people, or objects for collectors. */
export type LogFormat = "text" | "json";

/** A log that was started. */
export interface StartedLog {
  readonly level: LogLevel;
  /** From the next line on. */
  setLevel(level: LogLevel): void;
  /** Whether people's addresses are written, from the next line on. */
  setAddresses(written: boolean): void;
}

/** Fields that say from where somebody connects. */
const ADDRESS_FIELDS: readonly string[] = ["address", "source"];
/** Events whose address is the server's own. */
const OWN_ADDRESS: readonly string[] = ["server.start", "metrics"];

/**
 * Sends the log to `write`, one escaped line at a time. A line can never be forged from outside: every control and bidi
 * character of an event or a field is escaped. `addresses`: whether it says from where people connect (SR-56); left out, it does
 * not, at any level. What strangers cause is limited but for the level `debug`: a line says
 * in `omitted` how many of its event were left out before it.
 */
export function startLogging(
  options: {
    format: LogFormat;
    level: LogLevel;
    addresses?: boolean;
    write: (line: string) => void;
  },
): StartedLog {
  const format = options.format === "json" ? jsonLine : textLine;
  const limit = new LogLimit();
  const write = (record: LogRecord) => {
    const omitted = current === "debug" ? 0 : limit.take(record.event, record.atMs);
    if (omitted === undefined) return;
    options.write(format(record, { ...shown(record), ...(omitted === 0 ? {} : { omitted }) }));
  };
  let current = options.level;
  let { addresses = false } = options;
  const shown = ({ event, fields }: LogRecord): LogFields =>
    addresses || OWN_ADDRESS.includes(event) ? fields : withoutAddress(fields);
  const setLevel = (level: LogLevel) => {
    current = level;
    setLogSink({ level, write });
  };
  setLevel(current);
  return {
    get level() {
      return current;
    },
    setLevel,
    setAddresses: (written) => void (addresses = written),
  };
}

function withoutAddress(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !ADDRESS_FIELDS.includes(name)),
  );
}

/** Nothing is written any more: for tests. */
export function stopLogging(): void {
  setLogSink(undefined);
}

function jsonLine(record: LogRecord, fields: LogFields): string {
  return escapeLogLine(JSON.stringify({
    at: new Date(record.atMs).toISOString(),
    level: record.level,
    category: record.category,
    event: record.event,
    ...fields,
  }));
}

/** Events that people read as a sentence: what the seeds print for them. */
const SENTENCES: Readonly<Record<string, (fields: LogFields) => string>> = {
  // Row S3.15.
  "broadcast": ({ name, number, text, at }) =>
    `${name} broadcasted BCM #${number} "${text}" at ${at}.`,
  // Row S3.24.
  "logout": ({ name }) => `${name} logout`,
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

function textLine(record: LogRecord, fields: LogFields): string {
  const shown = logFieldWords(fields);
  const words = WORDS[record.event]?.replace(shown.length === 0 ? /:$/ : "", "");
  const sentence = SENTENCES[record.event]?.(fields);
  const at = new Date(record.atMs).toISOString();
  const named = [record.event, ...(words === undefined ? [] : [words]), ...shown];
  const said = sentence === undefined ? named : [sentence];
  return escapeLogLine([at, record.level, record.category, ...said].join(" "));
}

// How many log lines strangers can cause: what a flood does must not fill the disk, nor hide what else is said.

/**
 * Events that anybody can cause who is not signed in, as often as they like. Each has a budget of its own. Others are not
 * limited: who causes them has an account, and a rate.
 */
const STRANGERS_EVENTS: ReadonlySet<string> = new Set([
  "conn.open",
  "auth.fail",
  "auth.locked",
  "protocol error",
  "proxy not understood",
]);
/** Lines of one event at once: a class that comes in, each with a line. */
const BURST = 100;
/** And then so many a second: 8 MB a day for each event. */
const PER_SECOND = 1;

/** Decides line by line; keeps no timer. */
export class LogLimit {
  readonly #budgets = new Map<string, { lines: number; atMs: number; omitted: number }>();

  /** How many lines of this event were left out before this one; undefined when this one is to be left out, too. */
  take(event: string, atMs: number): number | undefined {
    if (!STRANGERS_EVENTS.has(event)) return 0;
    const budget = this.#budgets.get(event) ?? { lines: BURST, atMs, omitted: 0 };
    this.#budgets.set(event, budget);
    const gained = Math.max(0, atMs - budget.atMs) / 1000 * PER_SECOND;
    budget.lines = Math.min(BURST, budget.lines + gained);
    budget.atMs = atMs;
    if (budget.lines < 1) {
      budget.omitted++;
      return undefined;
    }
    budget.lines--;
    const { omitted } = budget;
    budget.omitted = 0;
    return omitted;
  }
}
