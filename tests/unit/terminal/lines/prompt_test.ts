import { deepEqual, equal, rejects } from "node:assert/strict";
import { FakeClock, settle } from "../../../kit/clock.ts";
import { FakeTerminal } from "../../../kit/fake_terminal.ts";
import { Prompter } from "../../../../lib/terminal/lines/prompt.ts";
import { safeText } from "../../../../lib/base/safe_text.ts";

const QUESTION = safeText("Name: ");

interface SetUp {
  readonly plain?: boolean;
  readonly inputIsTty?: boolean;
  readonly outputIsTty?: boolean;
  readonly signal?: AbortSignal;
}

function setUp(options: SetUp = {}) {
  const terminal = new FakeTerminal();
  terminal.inputIsTty = options.inputIsTty ?? true;
  terminal.outputIsTty = options.outputIsTty ?? true;
  const prompter = new Prompter(terminal, {
    clock: new FakeClock(),
    plain: options.plain ?? false,
    signal: options.signal,
  });
  return { terminal, prompter };
}

Deno.test("prompt asks with a line editor and leaves raw mode after", async () => {
  const { terminal, prompter } = setUp();
  const asking = prompter.ask(QUESTION);
  await settle();
  equal(terminal.raw, true);
  terminal.type("alicx\x7fe\r");
  deepEqual(await asking, { kind: "answered", answer: "alice" });
  equal(terminal.raw, false);
});

Deno.test("prompt never shows a hidden answer, not even its length", async () => {
  const { terminal, prompter } = setUp();
  terminal.type("se\x7fecret 🧛\x1b[D\x12x\x07\t\r");
  deepEqual(await prompter.askHidden(QUESTION), { kind: "answered", answer: "secret 🧛" });
  equal(terminal.written, "Name: \n");
});

Deno.test("prompt never shows a hidden answer when its own words go to a file", async () => {
  const { terminal, prompter } = setUp({ outputIsTty: false });
  const asking = prompter.askHidden(QUESTION);
  await settle();
  equal(terminal.raw, true);
  terminal.type("secret\r");
  deepEqual(await asking, { kind: "answered", answer: "secret" });
});

Deno.test("prompt tells ctrl-C and ctrl-D, and leaves raw mode", async () => {
  const { terminal, prompter } = setUp();
  terminal.type("half\x03\x04");
  deepEqual(await prompter.askHidden(QUESTION), { kind: "interrupted" });
  deepEqual(await prompter.ask(QUESTION), { kind: "ended" });
  equal(terminal.raw, false);
});

for (
  const [how, options] of Object.entries({
    "by keys": {},
    "plain": { plain: true },
    "from a pipe": { inputIsTty: false },
  })
) {
  Deno.test(`prompt takes every question back that is asked ${how} when aborted, and leaves raw mode`, async () => {
    const stop = new AbortController();
    const { terminal, prompter } = setUp({ ...options, signal: stop.signal });
    const asking = prompter.confirm(QUESTION, true);
    await settle();
    stop.abort(new Error("too late"));
    await rejects(asking, /too late/);
    equal(terminal.raw, false);
    await rejects(prompter.ask(QUESTION), /too late/);
    await rejects(prompter.askHidden(QUESTION), /too late/);
    equal(terminal.raw, false);
  });
}

Deno.test("prompt takes one line for each question and writes nothing when the input is no terminal", async () => {
  const { terminal, prompter } = setUp({ inputIsTty: false });
  terminal.type("alice\nsecret\r\n");
  terminal.end();
  deepEqual(await prompter.ask(QUESTION), { kind: "answered", answer: "alice" });
  deepEqual(await prompter.askHidden(QUESTION), { kind: "answered", answer: "secret" });
  deepEqual(await prompter.ask(QUESTION), { kind: "ended" });
  equal(terminal.written, "");
  equal(terminal.raw, false);
});

Deno.test("prompt in plain mode writes no escape sequence and hides what is hidden", async () => {
  const { terminal, prompter } = setUp({ plain: true });
  terminal.type("alice\n");
  deepEqual(await prompter.ask(QUESTION), { kind: "answered", answer: "alice" });
  terminal.type("secret\r");
  deepEqual(await prompter.askHidden(safeText("Password: ")), {
    kind: "answered",
    answer: "secret",
  });
  equal(terminal.written, "Name: Password: \n");
});

Deno.test("prompt confirms with yes, no or the default, and asks again otherwise", async () => {
  const { terminal, prompter } = setUp();
  terminal.type("maybe\rYES\r\rn\r");
  deepEqual(await prompter.confirm(QUESTION, false), { kind: "answered", answer: true });
  deepEqual(await prompter.confirm(QUESTION, true), { kind: "answered", answer: true });
  deepEqual(await prompter.confirm(QUESTION, true), { kind: "answered", answer: false });
  equal(terminal.written.includes("Answer y or n"), true);
});

Deno.test("prompt restores the terminal from a signal handler while it asks", async () => {
  const { terminal, prompter } = setUp();
  const asking = prompter.ask(QUESTION);
  await settle();
  prompter.restore();
  equal(terminal.raw, false);
  terminal.type("\r");
  await asking;
});
