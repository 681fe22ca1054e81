import { deepEqual, equal, rejects } from "node:assert/strict";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { InputReader } from "../../../../lib/terminal/input/input_reader.ts";
import { keyName } from "../../../../lib/terminal/input/key.ts";
import { TerminalError } from "../../../../lib/base/errors.ts";
import { FakeTerminal } from "../../../kit/fake_terminal.ts";

function setUp() {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  return { terminal, clock, input: new InputReader(terminal.input, { clock }) };
}

Deno.test("input reader gives keys in order, and undefined at the end", async () => {
  const { terminal, input } = setUp();
  terminal.type("a\r");
  terminal.end();
  const keys = [await input.next(), await input.next(), await input.next()];
  deepEqual(keys.map((key) => key?.sequence), ["a", "\r", undefined]);
});

Deno.test("input reader says escape after 50 ms of silence", async () => {
  const { terminal, clock, input } = setUp();
  terminal.type("\x1b");
  const next = input.next();
  await clock.advance(49);
  terminal.type("");
  await clock.advance(50);
  const key = await next;
  equal(key && keyName(key), "escape");
  equal(clock.pendingTimers, 0);
});

Deno.test("input reader reads an escape sequence that comes in two parts at once as one key", async () => {
  const { terminal, clock, input } = setUp();
  terminal.type("\x1b");
  const next = input.next();
  await clock.advance(40);
  terminal.type("[A");
  const key = await next;
  equal(key && keyName(key), "up");
});

Deno.test("input reader gives up a cut-off sequence after a second of silence", async () => {
  const { terminal, clock, input } = setUp();
  terminal.type("\x1b]11;rgb");
  const next = input.next();
  await clock.advance(1_000);
  terminal.type("ok");
  equal((await next)?.sequence, "ok");
});

Deno.test("input reader keeps the bytes of a read whose waiter was aborted", async () => {
  const { terminal, input } = setUp();
  const stop = new AbortController();
  const aborted = input.next({ signal: stop.signal });
  stop.abort(new Error("not now"));
  await rejects(aborted, /not now/);
  terminal.type("k");
  await settle();
  equal((await input.next())?.sequence, "k");
});

Deno.test("input reader gives replies to listeners until they stop, and drops them without any", async () => {
  const { terminal, input } = setUp();
  const seen: string[] = [];
  const stop = input.onReply((reply) => seen.push(reply.kind));
  terminal.type("\x1b[0nx");
  await input.next();
  stop();
  terminal.type("\x1b[0ny");
  equal((await input.next())?.sequence, "y");
  deepEqual(seen, ["csi"]);
});

Deno.test("input reader throws TerminalError when the terminal broke", async () => {
  const { terminal, input } = setUp();
  terminal.end(new Error("EIO"));
  await rejects(
    input.next(),
    (error) => error instanceof TerminalError && error.code === "input-lost",
  );
});
