import { deepEqual, equal } from "node:assert/strict";
import { logger } from "../../../lib/base/log.ts";
import { LogLimit } from "../../../lib/server/config/logging.ts";
import type { LogLevel } from "../../../lib/base/log.ts";
import { startLogging, stopLogging } from "../../../lib/server/config/logging.ts";

Deno.test("what strangers cause is written a hundred times at once, then once a second, and what was left out is counted", () => {
  const limit = new LogLimit();
  for (let i = 0; i < 100; i++) equal(limit.take("conn.open", 5000), 0);
  for (let i = 0; i < 7; i++) equal(limit.take("conn.open", 5000), undefined);
  equal(limit.take("auth.fail", 5000), 0);
  equal(limit.take("conn.open", 5999), undefined);
  equal(limit.take("conn.open", 6000), 8);
  equal(limit.take("conn.open", 6000), undefined);
  equal(limit.take("conn.open", 7000), 1);
  // A clock that goes back gives nothing and takes nothing.
  equal(limit.take("conn.open", 1000), undefined);
});

Deno.test("what people cause who have signed in is never left out", () => {
  const limit = new LogLimit();
  for (let i = 0; i < 1000; i++) equal(limit.take("auth.ok", 0), 0);
});

for (const [level, lines] of [["info", 100], ["debug", 500]] as const) {
  Deno.test(`five hundred strangers write ${lines} lines at the level ${level}`, () => {
    const written: string[] = [];
    startLogging({ format: "text", level: level as LogLevel, write: (line) => written.push(line) });
    try {
      const log = logger("server", "session");
      const before = Date.now();
      for (let i = 0; i < 500; i++) log.info("conn.open", {});
      const seconds = Math.ceil((Date.now() - before) / 1000) + 1;
      // A machine that takes seconds for it lets a few more through.
      equal(written.length >= lines && written.length <= lines + seconds, true);
    } finally {
      stopLogging();
    }
  });
}

Deno.test("a line says how many of its event were left out", () => {
  const limit = new LogLimit();
  const taken = Array.from({ length: 103 }, (_, i) => limit.take("conn.open", i < 102 ? 0 : 1000));
  deepEqual(taken.slice(99), [0, undefined, undefined, 2]);
});
