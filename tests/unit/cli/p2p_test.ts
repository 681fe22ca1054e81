/** The `~> ` shell: its prompt, help, completion, ends, and what it says of foreign text. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EVERY_ROW } from "../../../lib/app/commands/every.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { P2pDialogue } from "../../../lib/cli/p2p/p2p_dialogue.ts";
import { addressedLine, P2pShell } from "../../../lib/cli/p2p/shell.ts";
import { completeShellLine } from "../../../lib/cli/p2p/shell_completion.ts";
import { helpOf, listDocumented } from "../../../lib/cli/p2p/shell_help.ts";
import { SHELL_TABLE } from "../../../lib/cli/p2p/shell_table.ts";
import { namedIn } from "../../../lib/cli/p2p/p2p_words.ts";
import type { AccountId, AccountName } from "../../../lib/base/ids.ts";
import { spell } from "../../../lib/commands/command_row.ts";
import type { DialogueInput } from "../../../lib/terminal/lines/dialogue.ts";

/** A shell that is given these inputs and then ends. */
async function run(...inputs: readonly (string | DialogueInput)[]) {
  const said: string[] = [];
  const prompts: string[] = [];
  const waiting = [...inputs];
  const desk = new P2pDialogue({
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
    openFolder: () => Promise.reject(new Error("no folder here")),
    isEphemeral: false,
    removeTraces: () => Promise.resolve(),
    isAttended: false,
    showsCodes: false,
    downloads: "nowhere",
    resolvePath: (path) => path,
    defaultName: () => "somebody",
    say: (_type, _fields, words) => {
      said.push(...(typeof words === "string" ? [words] : words));
      return Promise.resolve();
    },
    openViewer: undefined,
    readLine: (prompt) => {
      prompts.push(prompt);
      const next = waiting.shift() ?? { kind: "ended" };
      return Promise.resolve(typeof next === "string" ? { kind: "line", text: next } : next);
    },
  });
  await using _desk = desk;
  const shell = new P2pShell(desk);
  await shell.run();
  return { said, prompts, exit: shell.exit };
}

const names = {
  connected: ["angel", "julia", "juan carlos"],
  senders: ["julia"],
  known: ["ana"],
  readFolder: (folder: string) => folder === "films/" ? ["a b.mp4"] : ["films/", "report.pdf"],
};
const complete = (before: string) => completeShellLine(before, SHELL_TABLE, names).candidates;

Deno.test("S1.02: the prompt is ~> and an empty line is answered with the next one", async () => {
  const { said, prompts } = await run("", "   ");
  deepEqual(prompts, ["~> ", "~> ", "~> "]);
  deepEqual(said, []);
});

Deno.test("S1.03: help lists every command in the seed's layout, in 80 columns", () => {
  const [heading, rule, ...lines] = listDocumented(SHELL_TABLE.names);
  equal(heading, "Documented commands (type help <topic>):");
  equal(rule, "=".repeat(heading.length));
  deepEqual(lines.join("  ").split("  "), SHELL_TABLE.names.toSorted());
  const many = listDocumented(Array.from({ length: 40 }, (_, i) => `command${i}`));
  ok(many.every((line) => line.length < 80) && many.length > 4);
});

Deno.test("S1.04: help tells use, example, arguments and exit codes of each command", async () => {
  for (const row of SHELL_TABLE.visible) {
    const lines = helpOf(row);
    equal(lines[0], `${row.name} - ${row.title}:`);
    ok(lines.includes("    Use:") && lines.includes("    Example"), row.name);
    for (const { line } of row.examples) ok(lines.includes(`        ~> ${line}`));
    ok(lines.every((line) => line.length <= 80), `${row.name} fits`);
    for (const code of row.exitCodes) ok(lines.some((line) => line.startsWith(`    ${code}  `)));
  }
  const { said } = await run("help con");
  deepEqual(said, ["*** No help on con. Did you mean conn?"].map((line) => `${line}`));
});

Deno.test("S1.13: send completes names of who is connected, in any case, quoted where they need it", () => {
  deepEqual(complete("send "), ["angel ", "julia ", '"juan carlos" ']);
  deepEqual(complete("send JU"), ["julia "]);
  deepEqual(complete("send julia ho"), []);
  deepEqual(complete("in"), ["init ", "invite ", "inbox "]);
  deepEqual(complete("/repl"), ["reply "]);
  deepEqual(complete("/reply an"), ["ana "]);
  deepEqual(complete("help inb"), ["inbox"]);
  deepEqual(complete("inbox julia --s"), ["--since "]);
  deepEqual(complete("forget "), ["ana "]);
  deepEqual(complete("nothing "), []);
  deepEqual(complete('send "jul'), []);
});

Deno.test("S1.13: files are completed behind the name, and folders behind --to", () => {
  deepEqual(complete("file julia re"), ["report.pdf "]);
  deepEqual(complete('file "juan carlos" report.pdf fi'), ["films/"]);
  deepEqual(complete("stream julia films/"), ['"films/a b.mp4" ']);
  deepEqual(complete('stream julia "films/a'), ['"films/a b.mp4" ']);
  deepEqual(complete("y julia --to fi"), ["films/"]);
  deepEqual(complete("y julia --"), ["--to "]);
  deepEqual(complete('file "juan ca'), ['"juan carlos" ']);
  deepEqual(complete("send julia re"), []);
});

Deno.test("S1.16: inbox completes those who said something", () => {
  deepEqual(complete("inbox "), ["julia "]);
});

Deno.test("S1.17: exit, EOF, the end of the input, and ctrl-C twice leave; the first says 0 whatever was", async () => {
  for (const word of ["exit", "EOF", "quit", "EXIT"]) {
    const { exit, prompts } = await run("nonsense", word, "help");
    equal(exit, 0, word);
    equal(prompts.length, 2);
  }
  equal((await run("send ana hi")).exit, 4);
  equal((await run()).exit, 0);
  const interrupted = { kind: "interrupted" } as const;
  equal((await run(interrupted, interrupted, "help")).prompts.length, 2);
  const { said, prompts } = await run(interrupted, "", interrupted, interrupted);
  equal(prompts.length, 4);
  equal(said.filter((line) => line.startsWith("Press ctrl-C again")).length, 2);
});

Deno.test("what was typed wrong is told with how it is meant", async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["send ana hi", /^You're not connected to ana$/],
    ["send", /^USERNAME is missing\n.*Use:\n.*~> send \[username\] \[text…\]\n/],
    ["init 127.0.0.1", /^PORT is missing\n/],
    ["init 127.0.0.1 http Oscar", /^Cannot listen on 127\.0\.0\.1 http\. Example: init/],
    ["init 127.0.0.1 99999 Oscar", /^Cannot listen on 127\.0\.0\.1 99999/],
    ["conn nowhere", /^Cannot connect to nowhere\. Example: conn 192\.168\.0\.1 8085$/],
    ["conn 127.0.0.1 0", /^Cannot connect to 127\.0\.0\.1:0/],
    [
      "conn heliograph://x:1#SHA256:short",
      /^This invite is not complete: .*#SHA256: and 43 letters/,
    ],
    ["forget nobody", /^No contact "nobody"\. Try: peers$/],
    ["verify nobody", /^No contact "nobody"\. Try: peers$/],
    ["y nobody", /^No contact "nobody"\. Try: peers$/],
    ["conn a b c", /^conn takes fewer words: leave out c\n/],
    ["inbox ana", /^You're not connected to ana$/],
    ["invite", /^Say first who you are: init/],
    ["snd julia", /^\*\*\* Unknown syntax: snd julia\. Did you mean send\?$/],
    ['send "julia', /^A quote is not closed/],
    ["who --all", /^Cannot run who: it needs a server, and p2p has none\. Try: help$/],
    ["/room new ops", /^Cannot run room new: it needs a server/],
    ["kick bob", /^Cannot run kick: it needs a server/],
    ["exit --wip", /^No option --wip\. Did you mean --wipe\?/],
  ];
  for (const [line, expected] of wrong) {
    const { said } = await run(line);
    equal(said.length, 1, line);
    match(said[0], expected);
  }
});

Deno.test("every row that needs no server is a command of the shell, and one word", () => {
  for (const row of EVERY_ROW.filter(({ needs }) => !needs.includes("server"))) {
    const { name } = spell(row, row.p2p);
    ok(SHELL_TABLE.get(name) !== undefined, name);
  }
  for (const name of SHELL_TABLE.spellings) ok(!name.includes(" "), name);
});

Deno.test("every row that needs a server says so by each of its names, unless the shell has that word itself", async () => {
  let walked = 0;
  for (const row of EVERY_ROW.filter(({ needs }) => needs.includes("server"))) {
    const spellings = [row, spell(row, row.verb), spell(row, row.slash)];
    const words = spellings.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    for (const word of new Set(words)) {
      if (SHELL_TABLE.get(word) !== undefined) continue;
      for (const line of [word, `${word} bob`, `/${word}`]) {
        const { said } = await run(line);
        equal(said.length, 1, line);
        match(said[0], /^Cannot run [a-z -]+: it needs a server, and p2p has none\. Try: help$/);
        walked++;
      }
    }
  }
  ok(walked > 150, `${walked}`);
});

Deno.test("S0.21: name:text in the shell is send, where exactly this name is known", () => {
  const known = ["julia", "juan carlos"];
  equal(addressedLine("julia:hi there", known)?.line, "send julia hi there");
  equal(addressedLine("julia::) hi", known)?.line, "send julia :) hi");
  equal(addressedLine('"juan carlos": hola', known)?.line, 'send "juan carlos" hola');
  equal(addressedLine("julia://slash", known)?.line, "send julia /slash");
  equal(addressedLine("julia:/reply -1 yes", known)?.line, "reply julia -1 yes");
  equal(addressedLine('"juan carlos":/expire', known)?.line, 'expire "juan carlos"');
  deepEqual(addressedLine("julia:/search a  b", known), {
    line: "search a  b",
    addressed: "julia",
  });
  deepEqual(addressedLine('"juan carlos":/files', known)?.addressed, "juan carlos");
  for (
    const line of [
      "julio:hi",
      "Julia:hi",
      "julia:",
      "julia:/who x",
      "julia:/help",
      "12:30",
      "http://x",
      "hi",
    ]
  ) {
    equal(addressedLine(line, known), undefined, line);
  }
});

Deno.test("inbox and peers of somebody who knows nobody say so", async () => {
  const { said } = await run("inbox", "peers");
  deepEqual(said, [
    "No messages yet",
    "You know nobody yet: conn HOST PORT connects to somebody",
  ]);
});

Deno.test("S1.10: lines of the program name people as they write themselves, and leave other words alone", () => {
  const julia = { account: "julia" as AccountId, name: "Julia" as AccountName };
  const named = (text: string) => namedIn(text, julia);
  equal(named("julia takes your files, transfer 1"), "Julia takes your files, transfer 1");
  equal(named("a.txt has uploaded: julia has it"), "a.txt has uploaded: Julia has it");
  equal(named("julia.txt has uploaded: julia has it"), "julia.txt has uploaded: Julia has it");
  equal(
    named("Received a.txt (1 B) from julia, verified: /x"),
    "Received a.txt (1 B) from Julia, verified: /x",
  );
  equal(named("the file of julia"), "the file of julia");
});
