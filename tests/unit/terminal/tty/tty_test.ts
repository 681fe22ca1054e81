import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { TerminalError } from "../../../../lib/base/errors.ts";
import { Tty } from "../../../../lib/terminal/tty/tty.ts";
import { FakeTerminal } from "../../../kit/fake_terminal.ts";

const RESET = "\x1b[?2026l\x1b[m\x1b[?25h";

function open() {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  return { terminal, clock, tty: Tty.open(terminal, { clock }) };
}

Deno.test("tty enters raw mode and leaves it, with nothing written but the reset", async () => {
  const { terminal, tty } = open();
  equal(terminal.raw, true);
  await tty.close();
  equal(terminal.raw, false);
  equal(terminal.written, "\x1b\\" + RESET);
});

Deno.test("tty resets the modes that are set, newest first", async () => {
  const { terminal, tty } = open();
  await tty.setMode("alternateScreen", true);
  await tty.setMode("mouse", true);
  await tty.setMode("bracketedPaste", true);
  await tty.setMode("mouse", false);
  await tty.setMode("kittyKeyboard", true);
  terminal.written = "";
  await tty.close();
  equal(
    terminal.written,
    "\x1b\\\x1b[<u\x1b[?2004l\x1b[?1049l" + RESET,
  );
});

Deno.test("tty writes what is queued before it closes", async () => {
  const { terminal, tty } = open();
  const writing = tty.output.write(utf8("bye"));
  await tty.close();
  await writing;
  equal(terminal.written, "bye\x1b\\" + RESET);
});

Deno.test("tty restores at once from a signal handler, and close after that does nothing", async () => {
  const { terminal, tty } = open();
  await tty.setMode("hiddenCursor", true);
  terminal.written = "";
  terminal.shortWrites = 3;
  tty.restore();
  const restored = "\x1b\\\x1b[?25h" + RESET;
  equal(terminal.written, restored);
  equal(terminal.raw, false);
  tty.restore();
  await tty.close();
  equal(terminal.written, restored);
});

Deno.test("tty leaves raw mode even when the terminal takes no byte", async () => {
  const { terminal, clock, tty } = open();
  terminal.stopped = new Promise(() => {});
  const closing = tty.close();
  await clock.advance(1_000);
  await closing;
  equal(terminal.raw, false);
});

Deno.test("tty restores without a word when the terminal is gone", () => {
  const { terminal, tty } = open();
  terminal.writeSync = () => {
    throw new Error("EIO");
  };
  terminal.setRaw = () => {
    throw new Error("EIO");
  };
  tty.restore();
});

Deno.test("tty refuses to open what is no terminal", () => {
  const terminal = new FakeTerminal();
  terminal.outputIsTty = false;
  throws(
    () => Tty.open(terminal, { clock: new FakeClock() }),
    (error) => error instanceof TerminalError && error.code === "no-terminal",
  );
  equal(terminal.raw, false);
});

Deno.test("tty tells each new size until it is closed", async () => {
  const { terminal, tty } = open();
  const seen: number[] = [];
  tty.onResize((size) => seen.push(size.columns));
  terminal.screenSize = { columns: 132, rows: 50 };
  for (const listener of terminal.resizeListeners) listener();
  deepEqual(seen, [132]);
  await tty.close();
  equal(terminal.resizeListeners.size, 0);
});

Deno.test("tty has 80 by 24 cells when the terminal does not say", async () => {
  const { terminal, tty } = open();
  terminal.screenSize = undefined;
  deepEqual(tty.size, { columns: 80, rows: 24 });
  await tty.close();
});

Deno.test("tty waits for answers that are on their way before it leaves raw mode", async () => {
  const { terminal, tty } = open();
  const stop = new AbortController();
  const drawing = tty.output.writeAcknowledged(utf8("picture"), { signal: stop.signal });
  await settle();
  stop.abort();
  await rejects(drawing, { name: "AbortError" });
  const closing = tty.close();
  await settle();
  equal(terminal.raw, true);
  terminal.type("\x1b[0n");
  await closing;
  equal(terminal.raw, false);
});

Deno.test("tty does not wait long for a terminal that never answers", async () => {
  const { terminal, clock, tty } = open();
  const stop = new AbortController();
  const drawing = tty.output.writeAcknowledged(utf8("picture"), { signal: stop.signal });
  await settle();
  stop.abort();
  await rejects(drawing, { name: "AbortError" });
  const closing = tty.close();
  await settle();
  await clock.advance(400);
  await closing;
  equal(terminal.raw, false);
});

Deno.test("tty writes nothing more once it was given back in a hurry", async () => {
  const terminal = new FakeTerminal();
  const tty = Tty.open(terminal, { clock: new FakeClock() });
  await tty.setMode("alternateScreen", true);
  tty.restore();
  const { written } = terminal;
  await rejects(tty.output.write(utf8("late")), TerminalError);
  await tty.close();
  equal(terminal.written, written);
});

Deno.test("tty is lent as it was before, and taken again with its modes", async () => {
  const terminal = new FakeTerminal();
  const tty = Tty.open(terminal, { clock: new FakeClock() });
  await tty.setMode("alternateScreen", true);
  await tty.setMode("bracketedPaste", true);
  terminal.written = "";
  const lent = await tty.lend(() => {
    equal(terminal.raw, false);
    equal(terminal.written, "\x1b[?2004l\x1b[?1049l\x1b[?2026l\x1b[m\x1b[?25h");
    terminal.written = "";
    return Promise.resolve("done");
  });
  equal(lent, "done");
  equal(terminal.raw, true);
  equal(terminal.written, "\x1b[?1049h\x1b[?2004h");
  await tty.close();
});
