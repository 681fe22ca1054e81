import { deepEqual } from "node:assert/strict";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { logger } from "../../../lib/base/log.ts";

Deno.test("log goes nowhere until a program says where", () => {
  const written: unknown[] = [];
  const original = console.log;
  console.log = (...parts: unknown[]) => written.push(parts);
  try {
    logger("base", "test").error("lost");
  } finally {
    console.log = original;
  }
  deepEqual(written, []);
});

Deno.test("log hands on level, event and fields by the room's category", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => records.push(record) },
    loggers: [
      { category: ["heliograph"], sinks: ["memory"], lowestLevel: "debug" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
    ],
  });
  try {
    const log = logger("server", "session");
    log.debug("opened", { connections: 3 });
    log.info("closed");
    log.warn("refused", { code: "rate-limited", final: false });
    log.error("broke", { reason: undefined });
  } finally {
    await reset();
  }
  const category = ["heliograph", "server", "session"];
  deepEqual(
    records.map(({ category, level, message, properties }) => ({
      category,
      level,
      message: message.join(""),
      properties: { ...properties },
    })),
    [
      { category, level: "debug", message: "opened", properties: { connections: 3 } },
      { category, level: "info", message: "closed", properties: {} },
      {
        category,
        level: "warning",
        message: "refused",
        properties: { code: "rate-limited", final: false },
      },
      { category, level: "error", message: "broke", properties: { reason: undefined } },
    ],
  );
});
