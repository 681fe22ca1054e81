import { deepEqual, equal, rejects } from "node:assert/strict";
import { TerminalError } from "../../../../lib/base/errors.ts";
import { utf8 } from "../../../../lib/base/bytes.ts";
import { LineSource } from "../../../../lib/terminal/input/line_source.ts";
import { FakeTerminal } from "../../../kit/fake_terminal.ts";

async function readAll(...chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const terminal = new FakeTerminal();
  for (const chunk of chunks) terminal.type(chunk);
  terminal.end();
  const source = new LineSource(terminal.input);
  const lines: string[] = [];
  for (let line = await source.next(); line !== undefined; line = await source.next()) {
    lines.push(line);
  }
  return lines;
}

Deno.test("line source gives lines without their ends, the last also without one", async () => {
  deepEqual(await readAll("one\ntwo\r\n\nla", "st"), ["one", "two", "", "last"]);
});

Deno.test("line source joins a character that was cut between two reads", async () => {
  const bytes = utf8("é🧛\n");
  deepEqual(await readAll(bytes.slice(0, 1), bytes.slice(1, 4), bytes.slice(4)), ["é🧛"]);
});

Deno.test("line source gives a line of 65,536 units whole and a longer one in pieces", async () => {
  deepEqual((await readAll("x".repeat(65_536) + "\n")).map((line) => line.length), [65_536]);
  deepEqual((await readAll("x".repeat(65_537))).map((line) => line.length), [65_536, 1]);
});

Deno.test("line source keeps a line whose waiter was aborted", async () => {
  const terminal = new FakeTerminal();
  const source = new LineSource(terminal.input);
  const stop = new AbortController();
  const aborted = source.next({ signal: stop.signal });
  stop.abort(new Error("not now"));
  await rejects(aborted, /not now/);
  terminal.type("kept\n");
  equal(await source.next(), "kept");
});

Deno.test("line source throws TerminalError when the input broke", async () => {
  const terminal = new FakeTerminal();
  terminal.end(new Error("EIO"));
  await rejects(new LineSource(terminal.input).next(), TerminalError);
});
