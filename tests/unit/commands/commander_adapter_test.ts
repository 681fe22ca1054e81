import { deepEqual, equal, match } from "node:assert/strict";
import { parseArgv } from "../../../lib/commands/commander_adapter.ts";
import { programHelp, type ProgramSpec } from "../../../lib/commands/program_help.ts";
import type { CommandSpec } from "../../../lib/commands/command_table.ts";
import { GLOBAL_OPTIONS, SAMPLE_ROWS, SAMPLE_TABLE } from "./sample_table.ts";

const SPEC: ProgramSpec<CommandSpec> = {
  name: "heliograph",
  version: "1.2.3",
  summary: "Chat in any terminal",
  table: SAMPLE_TABLE,
  options: GLOBAL_OPTIONS,
  defaultCommand: "whoami",
};

async function command(...argv: readonly string[]) {
  const outcome = await parseArgv(SPEC, argv);
  if (outcome.kind !== "command") throw new Error(`not a command: ${JSON.stringify(outcome)}`);
  return outcome;
}

async function usage(...argv: readonly string[]): Promise<string> {
  const outcome = await parseArgv(SPEC, argv);
  return outcome.kind === "usage" ? outcome.message : `${outcome.kind}?`;
}

Deno.test("command line reads arguments, options and the program's options on either side", async () => {
  const { row, values } = await command(
    "--json",
    "send",
    "bob",
    "hello",
    "there",
    "--wait",
    "sent",
    "--profile",
    "p",
  );
  equal(row.name, "send");
  equal(values.required("TO"), "bob");
  equal(values.argument("TEXT"), "hello there");
  equal(values.option("--wait"), "sent");
  equal(values.has("--quiet"), false);
  equal(values.has("--json"), true);
  equal(values.option("--profile"), "p");
});

Deno.test("command line takes words one by one, and what stands behind -- literally", async () => {
  deepEqual((await command("get", "bob", "a b", "c")).values.words("PATH"), ["a b", "c"]);
  deepEqual((await command("get", "bob", "--", "--to")).values.words("PATH"), ["--to"]);
});

Deno.test("command line resolves every name and alias of the table", async () => {
  for (const row of SAMPLE_ROWS) {
    for (const spelling of [row.name, ...row.aliases]) {
      const words = row.arguments.map((argument) => argument.choices?.[0] ?? "x");
      equal((await command(...spelling.split(" "), ...words)).row.name, row.name);
    }
  }
});

Deno.test("command line tells a family from a command of the same name", async () => {
  equal((await command("stream", "bob")).row.name, "stream");
  const { row, values } = await command("--profile", "p", "stream", "accept", "--p2p", "never");
  deepEqual([row.name, values.option("--p2p")], ["stream accept", "never"]);
  equal((await command("stream", "bob", "--p2p", "only")).values.option("--p2p"), "only");
});

Deno.test("command line runs the default command when there is none", async () => {
  equal((await command()).row.name, "whoami");
  const { row, values } = await command("--profile", "p");
  equal(row.name, "whoami");
  equal(values.option("--profile"), "p");
});

Deno.test("command line shows help when there is neither a command nor a default", async () => {
  const outcome = await parseArgv({ ...SPEC, defaultCommand: undefined }, []);
  deepEqual(outcome, { kind: "text", text: programHelp(SPEC) });
});

Deno.test("command line explains itself and single commands, as text for standard output", async () => {
  const whole = await parseArgv(SPEC, ["--help"]);
  equal(whole.kind === "text" && whole.text.trim(), programHelp(SPEC).trim());
  const one = await parseArgv(SPEC, ["send", "-h"]);
  match(one.kind === "text" ? one.text : "", /^Send a message\.\n\nUsage: heliograph send TO/);
  for (const flag of ["--version", "-V"]) {
    deepEqual(await parseArgv(SPEC, [flag]), { kind: "text", text: "heliograph 1.2.3\n" });
  }
});

Deno.test("command line takes help in front of a command, a family, an alias or nothing", async () => {
  const pairs = [
    [["help"], ["--help"]],
    [["help", "--help"], ["--help"]],
    [["help", "send"], ["send", "--help"]],
    [["help", "srm"], ["send", "--help"]],
    [["help", "room"], ["room", "--help"]],
    [["help", "room", "new"], ["room", "new", "--help"]],
  ];
  for (const [words, same] of pairs) {
    const said = await parseArgv(SPEC, words);
    equal(said.kind, "text", words.join(" "));
    const expected = await parseArgv(SPEC, same);
    equal(
      said.kind === "text" && said.text.trim(),
      expected.kind === "text" && expected.text.trim(),
    );
  }
});

Deno.test("command line lists a family that was called without a member, or with none of its own", async () => {
  for (const [words, kind] of [[["room"], "text"], [["room", "frobnicate"], "usage"]] as const) {
    const outcome = await parseArgv(SPEC, words);
    equal(outcome.kind, kind, words.join(" "));
    const said = outcome.kind === "usage"
      ? outcome.message
      : outcome.kind === "text"
      ? outcome.text
      : "";
    match(said, /\n {2}room new {2,}\S/);
    match(said, /'heliograph help room new' explains that one\n?$/);
  }
  const outcome = await parseArgv(SPEC, ["room", "frobnicate"]);
  match(
    outcome.kind === "usage" ? outcome.message : "",
    /^Unknown command 'frobnicate'\n'room' needs one more word:/,
  );
});

Deno.test("command line leaves out a required argument where an option stands in for it", async () => {
  const outcome = await parseArgv(SPEC, ["room", "new", "--name", "ops"]);
  if (outcome.kind !== "command") throw new Error(outcome.kind);
  equal(outcome.values.option("--name"), "ops");
});

const WRONG: readonly (readonly [readonly string[], RegExp])[] = [
  [["sned", "bob"], /^No command 'sned'\. Did you mean 'send'\?$/],
  [
    ["man"],
    /^No command 'man'\. '\w+ help COMMAND' explains one; manual pages are called as 'man \w+-COMMAND'$/,
  ],
  [["--profile", "p", "frobnicate"], /^No command 'frobnicate'. 'heliograph --help'/],
  [
    ["send"],
    /^Missing required argument 'TO'\nExample: heliograph send .*\nMore: 'heliograph send --help'$/,
  ],
  [["room", "new"], /^Missing required argument 'NAME'\nExample/],
  [["srm"], /^No command 'srm'/],
  [["SRM"], /\nMore: 'heliograph SRM --help'$/],
  [["--profile"], /\nMore: 'heliograph --help'$/],
  [["help", "sned"], /^No command 'sned'\. Did you mean 'send'\?$/],
  [["send", "bob", "hi", "--wiat", "sent"], /^Unknown option '--wiat'[\s\S]*--wait/],
  [["send", "bob", "hi", "--wait"], /^Option '--wait <STATE>' argument missing/],
  [["send", "bob", "hi", "--wait", "x"], /Allowed choices are sent, delivered/],
  [["render", "ascii"], /Allowed choices are sixel, kitty/],
  [["whoami", "x"], /^Too many arguments/],
  [["stream", "accept", "--camera", "test"], /^Unknown option '--camera'[^]* accept --help'/],
  [["stream", "accept", "--p2p", "x"], /Allowed choices[^]*'heliograph stream accept --help'/],
  [["--json", "stream", "accept", "--p2p"], /More: 'heliograph stream accept --help'$/],
  [["room", "nwe"], /^Unknown command 'nwe'\n\(Did you mean new\?\)/],
];

for (const [argv, message] of WRONG) {
  Deno.test(`command line '${argv.join(" ")}' is a usage error that says why`, async () => {
    match(await usage(...argv), message);
  });
}
