import assert from "node:assert/strict";
import { logger } from "../../../lib/base/log.ts";
import { type LogFormat, startLogging, stopLogging } from "../../../lib/server/config/logging.ts";

function logged(format: LogFormat, write: () => void, options = {}): string[] {
  const lines: string[] = [];
  startLogging({ format, level: "info", write: (line) => lines.push(line), ...options });
  try {
    write();
  } finally {
    stopLogging();
  }
  return lines;
}

const EVIL = 'x\n2026-01-01 info forged\r\u001b[2J\u202e\u2066\u0085\u2028"\\\u009b31m';

for (const format of ["text", "json"] as const) {
  Deno.test(`SR-55: a field in a ${format} line cannot end the line, move the cursor or turn the writing`, () => {
    const lines = logged(format, () => logger("server").info("event", { name: EVIL }));
    assert.equal(lines.length, 1);
    // deno-lint-ignore no-control-regex -- exactly these must not be there
    assert.doesNotMatch(lines[0], /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  });
}

Deno.test("a JSON line is one object with time, level, category, event and fields", () => {
  const [line] = logged(
    "json",
    () => logger("server", "login").warn("auth.fail", { account: EVIL }),
  );
  const { at, ...rest } = JSON.parse(line);
  assert.match(at, /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(rest, {
    level: "warning",
    category: "server.login",
    event: "auth.fail",
    account: EVIL,
  });
});

Deno.test("a text line names time, level, category, event and fields", () => {
  const [line] = logged(
    "text",
    () => logger("net").error("failed", { reason: "a b", count: 3, none: undefined }),
  );
  assert.match(line, /^\S+Z error net failed reason="a b" count=3$/);
});

Deno.test("lines below the level are left out, and braces in an event mean nothing", () => {
  const lines = logged("text", () => {
    logger("server").debug("hidden");
    logger("server").info("{count}", { count: 1 });
  });
  assert.equal(lines.length, 1);
});

Deno.test("S0.15: what people look for has a name for programs and words for people", () => {
  const events = [
    "server.start",
    "conn.open",
    "auth.wait",
    "auth.check",
    "auth.ok",
    "auth.locked",
    "keys.broadcast",
  ];
  const lines = logged("text", () => {
    for (const event of events) logger("server").info(event, { address: "192.0.2.1" });
  }, { addresses: true });
  assert.deepEqual(lines.map((line) => line.replace(/^\S+Z info server /, "")), [
    'server.start Server started, waiting for connections: address="192.0.2.1"',
    'conn.open Client connected: address="192.0.2.1"',
    'auth.wait Waiting for the client\'s credentials: address="192.0.2.1"',
    'auth.check Checking credentials: address="192.0.2.1"',
    'auth.ok Client signed in: address="192.0.2.1"',
    'auth.locked Not let in, locked after wrong passwords: address="192.0.2.1"',
    'keys.broadcast Public key told to everybody: address="192.0.2.1"',
  ]);
});

Deno.test("SR-56: a line says no address, but the server's own, until the operator wants it", () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line.replace(/^\S+Z info server /, ""));
  const started = startLogging({ format: "text", level: "info", write });
  try {
    const log = logger("server");
    const say = () => log.info("conn.open", { address: "192.0.2.1", source: "192.0.2.0/24" });
    say();
    log.info("server.start", { address: "0.0.0.0:4000" });
    started.setAddresses(true);
    say();
    started.setLevel("debug");
    say();
    started.setAddresses(false);
    say();
  } finally {
    stopLogging();
  }
  const whole = 'conn.open Client connected: address="192.0.2.1" source="192.0.2.0/24"';
  assert.deepEqual(lines, [
    "conn.open Client connected",
    'server.start Server started, waiting for connections: address="0.0.0.0:4000"',
    whole,
    whole,
    "conn.open Client connected",
  ]);
});

Deno.test("the level of a running log is changed from the next line on", () => {
  const lines: string[] = [];
  const started = startLogging({
    format: "text",
    level: "info",
    write: (line) => lines.push(line),
  });
  try {
    logger("server").debug("before");
    started.setLevel("debug");
    logger("server").debug("after");
    assert.equal(started.level, "debug");
    started.setLevel("error");
    logger("server").warn("later");
  } finally {
    stopLogging();
  }
  assert.deepEqual(lines.map((line) => line.split(" ").at(-1)), ["after"]);
});
