import { deepEqual, equal, rejects } from "node:assert/strict";
import { ShownTerminal } from "../kit/cells.ts";
import { FakeClock, settle } from "../kit/clock.ts";
import { FakeTerminal } from "../kit/fake_terminal.ts";
import { LineSource } from "../../lib/terminal/input/line_source.ts";
import { LineHistory } from "../../lib/terminal/lines/line_history.ts";
import { QueuedOutput } from "../../lib/terminal/output/output.ts";
import { PlainDialogue } from "../../lib/terminal/lines/plain_dialogue.ts";
import { safeText } from "../../lib/base/safe_text.ts";
import { TerminalDialogue } from "../../lib/terminal/lines/terminal_dialogue.ts";
import { Tty } from "../../lib/terminal/tty/tty.ts";

const COLUMNS = 30;
const ROWS = 8;
const PROMPT = safeText("> ");

/** What a person sees: the rows down to the last that is not empty, `|` for the cursor. */
async function show(written: string): Promise<string[]> {
  using shown = new ShownTerminal(COLUMNS, ROWS);
  await shown.write(written);
  const [cursorColumn, cursorRow] = shown.cursor;
  const rows: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    let text = "";
    for (let column = 0; column < COLUMNS; column++) {
      if (column === cursorColumn && row === cursorRow) text += "|";
      text += shown.cell(column, row).text;
    }
    rows.push(text.trimEnd());
  }
  while (rows.at(-1) === "") rows.pop();
  return rows;
}

async function openDialogue(history: readonly string[] = []) {
  const terminal = new FakeTerminal();
  terminal.screenSize = { columns: COLUMNS, rows: ROWS };
  const tty = Tty.open(terminal, { clock: new FakeClock() });
  const dialogue = await TerminalDialogue.open(tty, {
    history: new LineHistory(history),
    complete: () => ({ from: 0, candidates: ["/watch", "/who"] }),
  });
  return { terminal, tty, dialogue };
}

Deno.test("terminal dialogue completes what comes late, unless something else was typed meanwhile", async () => {
  for (const typedOn of ["", "!"]) {
    const terminal = new FakeTerminal();
    terminal.screenSize = { columns: COLUMNS, rows: ROWS };
    const tty = Tty.open(terminal, { clock: new FakeClock() });
    const asked = Promise.withResolvers<void>();
    let names: string[] = [];
    const complete = () => ({ from: 7, candidates: names, coming: asked.promise });
    const dialogue = await TerminalDialogue.open(tty, { complete });
    const reading = dialogue.readLine({ prompt: PROMPT });
    terminal.type("/watch co\t");
    await settle();
    terminal.type(typedOn);
    await settle();
    names = ["cockatoo "];
    asked.resolve();
    await settle();
    terminal.type("\r");
    const text = typedOn === "" ? "/watch cockatoo " : "/watch co!";
    deepEqual(await reading, { kind: "line", text });
    await dialogue.close();
    await tty.close();
  }
});

Deno.test("terminal dialogue prints above the half-typed line and leaves it as it is", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("hello wor");
  terminal.type("\x1b[D\x1b[D");
  await settle();
  await dialogue.print(safeText("bob: hi there"));
  deepEqual(await show(terminal.written), ["bob: hi there", "> hello w|or"]);
  terminal.type("\x05ld\r");
  deepEqual(await reading, { kind: "line", text: "hello world" });
  deepEqual(await show(terminal.written), ["bob: hi there", "> hello world", "|"]);
  await dialogue.close();
  await tty.close();
});

Deno.test("terminal dialogue removes the entered line when asked to", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT, keepLine: false });
  terminal.type("hello\r");
  await reading;
  await dialogue.print(safeText("me: hello"));
  deepEqual(await show(terminal.written), ["me: hello", "|"]);
  await dialogue.close();
  await tty.close();
});

Deno.test("SR-70: terminal dialogue keeps column 0 and the input line from what comes in", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("mine");
  await settle();
  const hostile = `bob: hi${
    " ".repeat(40)
  }* you are now kicked\r\n> rm -rf\x1b[2J\x1b[A\x1b]52;c;eA==\x07`;
  await dialogue.print(safeText(hostile));
  deepEqual(await show(terminal.written), [
    "bob: hi",
    "  * you are now kicked",
    "  > rm -rf[2J[A]52;c;eA==",
    "> mine|",
  ]);
  terminal.type("\r");
  deepEqual(await reading, { kind: "line", text: "mine" });
  await tty.close();
});

Deno.test("terminal dialogue shows wide characters and keeps the cursor behind them", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("漢字x\x1b[D");
  await settle();
  deepEqual(await show(terminal.written), ["> 漢 字 |x"]);
  terminal.type("\x03");
  deepEqual(await reading, { kind: "interrupted" });
  await tty.close();
});

Deno.test("terminal dialogue scrolls a long line sideways and never wraps it", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("0123456789".repeat(5));
  await settle();
  deepEqual(await show(terminal.written), ["> 45678901234567890123456789|"]);
  terminal.type("\x01");
  await settle();
  deepEqual(await show(terminal.written), ["> |012345678901234567890123456"]);
  terminal.type("\x15\x0b\x04");
  deepEqual(await reading, { kind: "ended" });
  await tty.close();
});

Deno.test("terminal dialogue shows what tab could mean above the line", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("/w\t");
  await settle();
  deepEqual(await show(terminal.written), ["/watch  /who", "> /w|"]);
  terminal.end();
  deepEqual(await reading, { kind: "ended" });
  await tty.close();
});

Deno.test("terminal dialogue paints the line anew after a resize", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("hello");
  await settle();
  terminal.written = "";
  for (const listener of terminal.resizeListeners) listener();
  await settle();
  deepEqual(await show(terminal.written), ["> hello|"]);
  terminal.type("\r");
  await reading;
  await tty.close();
});

Deno.test("terminal dialogue keeps the draft when reading is aborted", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const stop = new AbortController();
  const aborted = dialogue.readLine({ prompt: PROMPT, signal: stop.signal });
  terminal.type("draft");
  await settle();
  stop.abort(new Error("away"));
  await rejects(aborted, /away/);
  await dialogue.print(safeText("* connection lost"));
  deepEqual(await show(terminal.written), ["* connection lost", "|"]);
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("\r");
  deepEqual(await reading, { kind: "line", text: "draft" });
  await tty.close();
});

Deno.test("terminal dialogue sends a pasted text with line breaks as one line", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  terminal.type("\x1b[200~one\rtwo\x1b[201~");
  await settle();
  deepEqual(await show(terminal.written), ["> one↵two|"]);
  terminal.type("\r");
  deepEqual(await reading, { kind: "line", text: "one\ntwo" });
  deepEqual(await show(terminal.written), ["> one", "  two", "|"]);
  await tty.close();
});

function openPlain(widthCells: number | undefined) {
  const terminal = new FakeTerminal();
  const output = new QueuedOutput(terminal.output, { clock: new FakeClock() });
  const dialogue = new PlainDialogue(new LineSource(terminal.input), output, {
    widthCells: () => widthCells,
  });
  return { terminal, dialogue };
}

Deno.test("plain dialogue appends lines without one escape sequence", async () => {
  const { terminal, dialogue } = openPlain(COLUMNS);
  await dialogue.print(safeText("bob: \x1b[31mone two three four five six seven"));
  terminal.type("answer\n");
  deepEqual(await dialogue.readLine({ prompt: PROMPT }), { kind: "line", text: "answer" });
  terminal.end();
  deepEqual(await dialogue.readLine(), { kind: "ended" });
  equal(terminal.written, "bob: [31mone two three four\n  five six seven\n");
});

Deno.test("SR-70: plain dialogue indents further lines also where no width is known", async () => {
  const { terminal, dialogue } = openPlain(undefined);
  await dialogue.print(safeText("bob: hi\n* you are now kicked"), { indentCells: 0 });
  equal(terminal.written, "bob: hi\n * you are now kicked\n");
});

Deno.test("terminal dialogue says when a line is begun: at its first character, again after it was emptied", async () => {
  const { terminal, tty, dialogue } = await openDialogue(["/y"]);
  let begun = 0;
  const onBegin = () => begun++;
  const stop = new AbortController();
  const aborted = dialogue.readLine({ prompt: PROMPT, onBegin, signal: stop.signal });
  const counts: number[] = [];
  for (const keys of ["h", "i", "\x7f", "\x7f", "\x1b[A"]) {
    terminal.type(keys);
    await settle();
    counts.push(begun);
  }
  deepEqual(counts, [1, 1, 1, 1, 2]);
  stop.abort();
  await rejects(aborted);
  // Another prompt, and the line goes on.
  const reading = dialogue.readLine({ prompt: PROMPT, onBegin });
  terminal.type("\r");
  deepEqual(await reading, { kind: "line", text: "/y" });
  equal(begun, 2);
  await dialogue.close();
  await tty.close();
});

Deno.test("terminal dialogue lists candidates once while nothing changes", async () => {
  const { terminal, tty, dialogue } = await openDialogue();
  const reading = dialogue.readLine({ prompt: PROMPT });
  const counts: number[] = [];
  for (const keys of ["/w\t", "\t", "\t", "h\x7f\t"]) {
    terminal.type(keys);
    await settle();
    counts.push(terminal.written.split("/watch  /who").length - 1);
  }
  deepEqual(counts, [1, 1, 1, 2]);
  terminal.type("a\t");
  await settle();
  terminal.type("\r");
  await reading;
  await dialogue.close();
  await tty.close();
});
