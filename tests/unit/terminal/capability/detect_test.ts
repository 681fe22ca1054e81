import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { FakeClock } from "../../../kit/clock.ts";
import { detectCapabilities } from "../../../../lib/terminal/capability/detect.ts";
import { InputReader } from "../../../../lib/terminal/input/input_reader.ts";
import type { MediaFiles } from "../../../../lib/terminal/capability/media_files.ts";
import { QueuedOutput } from "../../../../lib/terminal/output/output.ts";
import { FakeTerminal } from "../../../kit/fake_terminal.ts";
import { REAL_TERMINALS } from "../real_terminals.ts";

function setUp(env: Readonly<Record<string, string>>) {
  const terminal = new FakeTerminal();
  const clock = new FakeClock();
  const input = new InputReader(terminal.input, { clock });
  const output = new QueuedOutput(terminal.output, { clock, replies: input });
  const hints = {
    env: (name: string) => env[name],
    columns: 100,
    rows: 30,
    choice: "auto",
  } as const;
  return { terminal, clock, input, detection: { input, output, clock, hints } };
}

Deno.test("detection ends with the answer to the last question, without waiting", async () => {
  const { terminal, detection } = setUp(REAL_TERMINALS.kitty.env);
  terminal.answer = (text) => text.endsWith("\x1b[c") ? REAL_TERMINALS.kitty.answers : "";
  equal((await detectCapabilities(detection)).method, "kitty");
});

Deno.test("detection keeps what was typed meanwhile", async () => {
  const { terminal, input, detection } = setUp(REAL_TERMINALS.xterm.env);
  terminal.answer = () => `he${REAL_TERMINALS.xterm.answers}llo`;
  await detectCapabilities(detection);
  const first = await input.next();
  const second = await input.next();
  deepEqual([first?.sequence, second?.sequence], ["he", "llo"]);
});

Deno.test("detection takes a silent terminal for one second, and never types its late answers", async () => {
  const { terminal, clock, input, detection } = setUp({ TERM: "xterm" });
  const detecting = detectCapabilities(detection);
  await clock.advance(1_000);
  equal((await detecting).method, "blocks");
  terminal.type(REAL_TERMINALS.kitty.answers + "x");
  equal((await input.next())?.sequence, "x");
});

Deno.test("detection counts what came in time when the last answer did not", async () => {
  const { terminal, clock, detection } = setUp({ TERM: "xterm" });
  terminal.answer = () => "\x1b_Gi=31;OK\x1b\\";
  const detecting = detectCapabilities(detection);
  await clock.advance(1_000);
  equal((await detecting).method, "kitty");
});

Deno.test("detection asks for the background, and takes only a colour for an answer", async () => {
  const { terminal, detection } = setUp({ TERM: "xterm" });
  terminal.answer = (text) =>
    text.includes("\x1b]11;?\x1b\\") ? "\x1b]11;rgb:ffff/ffff/dddd\x1b\\\x1b[?62c" : "";
  deepEqual((await detectCapabilities(detection)).background, { red: 255, green: 255, blue: 221 });
  const liar = setUp({ TERM: "xterm" });
  liar.terminal.answer = () => "\x1b]11;rgb:white\x07\x1b]11;no\x1b\\\x1b[?62c";
  equal((await detectCapabilities(liar.detection)).background, undefined);
});

Deno.test("a terminal has 16 colours where its name says so, and 256 where nothing does", async () => {
  const coloursOf = async (env: Readonly<Record<string, string>>) => {
    const { terminal, detection } = setUp(env);
    terminal.answer = () => "\x1b[?62c";
    return (await detectCapabilities(detection)).colours;
  };
  equal(await coloursOf({ TERM: "linux" }), "16");
  equal(await coloursOf({ TERM: "xterm-16color" }), "16");
  equal(await coloursOf({ TERM: "xterm-256color" }), "256");
  equal(await coloursOf({ TERM: "linux", COLORTERM: "truecolor" }), "truecolor");
});

Deno.test("detection asks nothing of a dumb terminal", async () => {
  const { terminal, detection } = setUp({ TERM: "dumb" });
  equal((await detectCapabilities(detection)).method, "none");
  equal(terminal.written, "");
});

Deno.test("detection asks no kitty questions inside tmux, which takes them for a title", async () => {
  const { terminal, detection } = setUp(REAL_TERMINALS.tmux.env);
  terminal.answer = () => REAL_TERMINALS.tmux.answers;
  await detectCapabilities(detection);
  equal(terminal.written.includes("\x1b_"), false);
});

Deno.test("detection asks about files last, and removes them", async () => {
  const { terminal, detection } = setUp(REAL_TERMINALS.kitty.env);
  terminal.answer = () => REAL_TERMINALS.kitty.answers;
  const removed: string[] = [];
  const file = (name: string) => () => ({ nameBase64: name, remove: () => removed.push(name) });
  const mediaFiles: MediaFiles = { temporaryFile: file("FILE"), sharedMemory: file("SHM") };
  await detectCapabilities({ ...detection, mediaFiles });
  match(terminal.written, /i=31.*i=33.*i=34.*i=35[^;]*t=s;SHM.*i=36[^;]*t=t;FILE/);
  deepEqual(removed.toSorted(), ["FILE", "SHM"]);
});

Deno.test("detection ends when it is aborted", async () => {
  const { detection } = setUp({ TERM: "xterm" });
  const stop = new AbortController();
  const detecting = detectCapabilities({ ...detection, signal: stop.signal });
  stop.abort(new Error("enough"));
  await rejects(detecting, /enough/);
});

Deno.test("detection decides by hints when the input has ended", async () => {
  const { terminal, detection } = setUp({ TERM: "xterm" });
  terminal.end();
  equal((await detectCapabilities(detection)).method, "blocks");
});
