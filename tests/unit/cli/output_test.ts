import { equal } from "node:assert/strict";
import { Output } from "../../../lib/cli/output.ts";
import { FakeOutput } from "../../kit/fake_output.ts";

/** What a verb wrote on a terminal of so many columns, or without one. */
async function written(
  columns: number | undefined,
  act: (output: Output) => Promise<void>,
): Promise<{ data: string; notes: string }> {
  const streams = { data: new FakeOutput(), notes: new FakeOutput(), noteCells: () => columns };
  await act(new Output(streams, { json: false }));
  const text = ({ writes }: FakeOutput) =>
    writes.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
  return { data: text(streams.data), notes: text(streams.notes) };
}

Deno.test("a note is broken between words where it is read on a terminal", async () => {
  const { notes } = await written(20, (output) => output.note("one two three four five six"));
  equal(notes, "one two three four\n    five six\n");
});

Deno.test("a note is one line for a pipe, and its own breaks stay", async () => {
  const { notes } = await written(
    undefined,
    (output) => output.note(`${"word ".repeat(40)}end\nx`),
  );
  equal(notes, `${"word ".repeat(40)}end\n    x\n`);
});

Deno.test("data is never broken, whatever the terminal is", async () => {
  const line = "word ".repeat(40);
  equal((await written(20, (output) => output.line(line))).data, `${line}\n`);
});
