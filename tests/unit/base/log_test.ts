import { deepEqual } from "node:assert/strict";
import { LOG_LEVELS, logger, type LogRecord, setLogSink } from "../../../lib/base/log.ts";

/** What `act` logs, as a sink of this level is told. */
function recorded(level: typeof LOG_LEVELS[number], act: () => void): LogRecord[] {
  const records: LogRecord[] = [];
  setLogSink({ level, write: (record) => records.push(record) });
  try {
    act();
  } finally {
    setLogSink(undefined);
  }
  return records;
}

Deno.test("log goes nowhere until a program says where, and nowhere after it has ended", () => {
  const written: unknown[] = [];
  const original = console.log;
  console.log = (...parts: unknown[]) => written.push(parts);
  try {
    logger("base", "test").error("lost");
    const records = recorded("debug", () => {});
    logger("base", "test").error("lost");
    deepEqual(records, []);
  } finally {
    console.log = original;
  }
  deepEqual(written, []);
});

Deno.test("log hands on time, level, event and fields by the module's category", () => {
  const log = logger("server", "session");
  const records = recorded("debug", () => {
    log.debug("opened", { connections: 3 });
    log.info("closed");
    log.warn("refused", { code: "rate-limited", final: false });
    log.error("broke", { reason: undefined });
  });
  const category = "server.session";
  deepEqual(records.map(({ atMs: _, ...record }) => record), [
    { category, level: "debug", event: "opened", fields: { connections: 3 } },
    { category, level: "info", event: "closed", fields: {} },
    {
      category,
      level: "warning",
      event: "refused",
      fields: { code: "rate-limited", final: false },
    },
    { category, level: "error", event: "broke", fields: { reason: undefined } },
  ]);
  deepEqual(records.filter(({ atMs }) => !Number.isInteger(atMs)), []);
});

Deno.test("log leaves out what is below the level, and takes a new one from the next line on", () => {
  const log = logger("base");
  const all = () => [log.debug("a"), log.info("b"), log.warn("c"), log.error("d")];
  const events = LOG_LEVELS.map((level) => recorded(level, all).map(({ event }) => event).join(""));
  deepEqual(events, ["abcd", "bcd", "cd", "d"]);
});
