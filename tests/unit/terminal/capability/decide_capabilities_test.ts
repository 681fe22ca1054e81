import { deepEqual, equal } from "node:assert/strict";
import { utf8 } from "../../../../lib/base/bytes.ts";
import type { Capabilities, RenderChoice } from "../../../../lib/terminal/capability/capability.ts";
import { decideCapabilities } from "../../../../lib/terminal/capability/decide_capabilities.ts";
import { InputParser } from "../../../../lib/terminal/input/input.ts";
import type { Reply } from "../../../../lib/terminal/input/reply.ts";
import { REAL_TERMINALS, type RecordedTerminal } from "../real_terminals.ts";

function decide(
  terminal: RecordedTerminal,
  options: { choice?: RenderChoice; columns?: number; rows?: number } = {},
): Capabilities {
  const replies: Reply[] = [];
  new InputParser({ key: () => {}, reply: (reply) => replies.push(reply) })
    .feed(utf8(terminal.answers));
  return decideCapabilities(replies, {
    env: (name) => terminal.env[name],
    columns: options.columns ?? 100,
    rows: options.rows ?? 30,
    choice: options.choice ?? "auto",
  });
}

Deno.test("xterm as a VT340 gets sixel, its cell size from the sixel area", () => {
  const capabilities = decide(REAL_TERMINALS.xterm);
  equal(capabilities.method, "sixel");
  equal(capabilities.name, "XTerm(379)");
  deepEqual(capabilities.sixel, {
    colourRegisters: 1024,
    maxSizePx: { widthPx: 1000, heightPx: 1000 },
  });
  deepEqual(capabilities.cell, { widthPx: 9, heightPx: 19, source: "sixel-report" });
  equal(capabilities.kitty, undefined);
  equal(capabilities.synchronizedOutput, false);
  equal(capabilities.truecolor, true);
});

Deno.test("xterm without graphics gets half blocks and a guessed cell", () => {
  const capabilities = decide(REAL_TERMINALS.plainXterm);
  equal(capabilities.method, "blocks");
  equal(capabilities.sixel, undefined);
  equal(capabilities.cell.source, "guess");
  equal(capabilities.reasons.length, 3);
});

Deno.test("kitty gets kitty graphics with files and shared memory, without JPEG", () => {
  const capabilities = decide(REAL_TERMINALS.kitty);
  equal(capabilities.method, "kitty");
  deepEqual(capabilities.kitty, {
    sharedMemory: true,
    temporaryFile: true,
    png: true,
    jpeg: false,
  });
  equal(capabilities.sixel, undefined);
  equal(capabilities.synchronizedOutput, true);
  equal(capabilities.kittyKeyboard, true);
  deepEqual(capabilities.cell, { widthPx: 9, heightPx: 18, source: "cell-report" });
});

Deno.test("konsole gets kitty graphics with JPEG and without files, and keeps sixel and iTerm2", () => {
  const capabilities = decide(REAL_TERMINALS.konsole);
  equal(capabilities.method, "kitty");
  deepEqual(capabilities.kitty, {
    sharedMemory: false,
    temporaryFile: false,
    png: true,
    jpeg: true,
  });
  equal(capabilities.sixel?.colourRegisters, 256);
  equal(capabilities.iterm2, true);
  equal(capabilities.synchronizedOutput, false);
});

Deno.test("mlterm gets sixel of any size and its name from the environment", () => {
  const capabilities = decide(REAL_TERMINALS.mlterm);
  equal(capabilities.method, "sixel");
  equal(capabilities.name, "mlterm");
  // It gives colours away that cells still show.
  equal(capabilities.truecolor, false);
  deepEqual(capabilities.sixel, { colourRegisters: 1024, maxSizePx: undefined });
  deepEqual(capabilities.cell, { widthPx: 10, heightPx: 19, source: "cell-report" });
});

Deno.test("foot gets sixel with synchronized output", () => {
  const capabilities = decide(REAL_TERMINALS.foot);
  equal(capabilities.method, "sixel");
  equal(capabilities.synchronizedOutput, true);
  equal(capabilities.kittyKeyboard, true);
});

Deno.test("alt is told to send escape only where it is known to send letters", () => {
  const names = Object.entries(REAL_TERMINALS)
    .filter(([, terminal]) => decide(terminal).altSendsLetters).map(([name]) => name);
  deepEqual(names, ["xterm", "plainXterm", "mlterm"]);
});

Deno.test("D8: tmux gets half blocks, with a reason", () => {
  const capabilities = decide(REAL_TERMINALS.tmux);
  equal(capabilities.method, "blocks");
  equal(capabilities.multiplexer, "tmux");
  deepEqual(capabilities.reasons, [
    "Inside tmux: pictures do not survive its redraws, half blocks do",
  ]);
});

Deno.test("D8: tmux that has sixel itself gets sixel", () => {
  const { answers, env } = REAL_TERMINALS.tmux;
  const own = answers.replace("\x1b[?1;2c", "\x1b[?1;2;4c");
  equal(decide({ env, answers: own }).method, "sixel");
});

Deno.test("terminals without graphics get the characters that they draw themselves, by name and version", () => {
  const method = (version: string, env: Record<string, string> = {}) =>
    decide({ env: { TERM: "xterm", ...env }, answers: `\x1bP>|${version}\x1b\\\x1b[?62c` }).method;
  equal(method("VTE(6800)", { COLORTERM: "truecolor" }), "sextants");
  equal(method("VTE(5200)", { COLORTERM: "truecolor" }), "blocks");
  equal(method("foot(1.13.1)"), "sextants");
  equal(method("foot(1.20.0)"), "octants");
  equal(method("foot(1.9.2)"), "sextants");
  equal(method("foot(1.8.0)"), "blocks");
  equal(method("ghostty 1.2.0"), "octants");
  equal(method("kitty(0.40.1)"), "octants");
  equal(method("kitty(0.9.1)"), "blocks");
  equal(method("XTerm(379)"), "blocks");
});

Deno.test("text without colours has pictures of letters", () => {
  const colourless: readonly Readonly<Record<string, string>>[] = [
    { TERM: "vt220" },
    { TERM: "xterm-mono" },
    { TERM: "xterm", NO_COLOR: "1" },
  ];
  for (const env of colourless) {
    equal(decide({ env, answers: "\x1b[?62c" }).method, "ascii", env.TERM);
  }
  equal(decide({ env: { TERM: "xterm", NO_COLOR: "" }, answers: "\x1b[?62c" }).method, "blocks");
});

Deno.test("tmux is known by its own name when only TERM came through SSH", () => {
  equal(decide({ ...REAL_TERMINALS.tmux, env: { TERM: "screen" } }).multiplexer, "tmux");
});

Deno.test("a terminal that answers nothing gets half blocks, with a reason", () => {
  const capabilities = decide({ env: { TERM: "xterm" }, answers: "" });
  equal(capabilities.method, "blocks");
  equal(capabilities.answered, false);
  equal(capabilities.reasons[0], "The terminal did not answer in time");
  deepEqual(capabilities.cell, { widthPx: 8, heightPx: 16, source: "guess" });
});

Deno.test("a dumb terminal gets nothing drawn", () => {
  equal(decide({ env: { TERM: "dumb" }, answers: "" }).method, "none");
  equal(decide({ env: {}, answers: "" }).method, "none");
});

Deno.test("iTerm2 graphics are taken when nothing better is answered", () => {
  const capabilities = decide({
    env: { TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" },
    answers: "\x1b]1337;ReportCellSize=17.5;8.0;2.0\x1b\\\x1b[?62c",
  });
  equal(capabilities.method, "iterm2");
  deepEqual(capabilities.cell, { widthPx: 16, heightPx: 35, source: "iterm2-report" });
});

Deno.test("a kitty answer that came without DA1 still counts", () => {
  const capabilities = decide({ env: { TERM: "xterm" }, answers: "\x1b_Gi=31;OK\x1b\\" });
  equal(capabilities.method, "kitty");
  equal(capabilities.kitty?.png, false);
});

const LIES: readonly (readonly [string, string])[] = [
  ["cells of no size", "\x1b[6;0;0t\x1b[4;0;0t\x1b[?2;0;0;0S\x1b[?2;0;0;0S"],
  ["cells of a mile", "\x1b[6;99999;99999t\x1b[4;9999999;9999999t\x1b[?2;0;99999999;99999999S"],
  ["answers cut short", "\x1b[6t\x1b[4;t\x1b[?1S\x1b[?2;0S\x1b[?2026$y"],
  ["a cell size that is no number", "\x1b]1337;ReportCellSize=.;..;\x07"],
  ["OK to a question that was not asked", "\x1b_Gi=99;OK\x1b\\\x1b_Gi=31;EOK;OK\x1b\\"],
];

for (const [name, lie] of LIES) {
  Deno.test(`a terminal that answers ${name} is taken as silent about it`, () => {
    const capabilities = decide({ env: { TERM: "xterm" }, answers: `${lie}\x1b[?62c` });
    equal(capabilities.method, "blocks");
    deepEqual(capabilities.cell, { widthPx: 8, heightPx: 16, source: "guess" });
  });
}

Deno.test("sixel with a nonsensical number of colours is taken to have 256", () => {
  const answers = "\x1b[?1;0;0S\x1b[?62;4c";
  equal(decide({ env: { TERM: "vt340" }, answers }).sixel?.colourRegisters, 256);
});

Deno.test("sixel with 16 colours is told so", () => {
  const answers = "\x1b[?1;0;16S\x1b[?63;4c";
  equal(decide({ env: { TERM: "vt340" }, answers }).sixel?.colourRegisters, 16);
});

Deno.test("a terminal's name has no control characters and fits a line", () => {
  const name = decide({
    env: { TERM: "xterm" },
    answers: `\x1bP>|a\u202e\u009b${"b".repeat(500)}\x1b\\\x1b[?62c`,
  }).name;
  equal(name, "a" + "b".repeat(59));
});

Deno.test("xterm's sixel area at its limit of 1000 pixels is not divided", () => {
  const answers = "\x1b[?2;0;1000;990S\x1b[?2;0;1000;1000S\x1b[?63;4c";
  const capabilities = decide({ env: { TERM: "xterm" }, answers }, { columns: 125, rows: 55 });
  deepEqual(capabilities.cell, { widthPx: 9, heightPx: 18, source: "sixel-report" });
});

for (const choice of ["kitty", "sixel", "iterm2", "blocks", "none"] as const) {
  Deno.test(`--render ${choice} is obeyed, with what it needs, in a terminal that says otherwise`, () => {
    const capabilities = decide(REAL_TERMINALS.tmux, { choice });
    equal(capabilities.method, choice);
    equal(capabilities.kitty !== undefined, choice === "kitty");
    equal(capabilities.sixel !== undefined, choice === "sixel");
    equal(capabilities.iterm2, choice === "iterm2");
    equal(capabilities.reasons[0], `--render ${choice} was asked for`);
  });
}
