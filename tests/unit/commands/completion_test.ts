/** What shells complete, as the plan and the scripts have it. That real shells do it is tests/journeys/completion_test.ts. */

import { deepEqual, doesNotMatch, equal, match, ok, throws } from "node:assert/strict";
import { ADMIN_PROGRAM } from "../../../lib/admin/admin_table.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import {
  planCompletion,
  type PlannedCommand,
} from "../../../lib/commands/completion/completion_plan.ts";
import { completionScript } from "../../../lib/commands/completion/completion_rows.ts";
import { madeBy, SHELLS } from "../../../lib/commands/completion/shells.ts";
import { type CommandSpec, CommandTable } from "../../../lib/commands/command_table.ts";
import type { ProgramSpec } from "../../../lib/commands/program_help.ts";
import { GLOBAL_OPTIONS, SAMPLE_ROWS } from "./sample_table.ts";

const SAMPLE: ProgramSpec<CommandSpec> = {
  name: "pro-gram",
  version: "1",
  summary: "A program",
  table: new CommandTable(SAMPLE_ROWS),
  options: GLOBAL_OPTIONS,
};

function after(words: string, program = SAMPLE, hasNames = true): PlannedCommand {
  const found = planCompletion(program, { hasNames }).commands.find(({ spellings }) =>
    spellings.includes(words)
  );
  if (found === undefined) throw new Error(`nothing follows '${words}'`);
  return found;
}

const wordsOf = (planned: readonly { word: string }[]) => planned.map(({ word }) => word);

Deno.test("completion begins with commands and families once each, without aliases and hidden ones", () => {
  const { words, options } = after("");
  deepEqual(
    wordsOf(words),
    ["send", "get", "whoami", "say", "room", "stream", "render", "help"],
  );
  equal(words.find(({ word }) => word === "room")?.summary, "new, list");
  equal(words.find(({ word }) => word === "stream")?.summary, "Do stream");
  deepEqual(wordsOf(options), ["--profile", "--json", "--help"]);
});

Deno.test("completion of a family is its second words, beside what the command of that name takes", () => {
  deepEqual(wordsOf(after("room").words), ["new", "list"]);
  deepEqual(wordsOf(after("stream").words), ["accept"]);
  deepEqual(after("stream").values, ["@conversation"]);
});

Deno.test("completion knows values by choices, by what the row says, and by their name", () => {
  deepEqual(after("send").options.map(({ value }) => value), ["sent delivered", ""]);
  deepEqual([after("send").values, after("send").takesRest], [["@conversation", "@free"], true]);
  deepEqual(after("messageto"), after("send"));
  deepEqual([after("get").values, after("get").options[0].value], [
    ["@person", "@file"],
    "@folder",
  ]);
  deepEqual(after("render").values, ["sixel kitty"]);
  const rows = [{ ...SAMPLE_ROWS[2], arguments: [{ ...NAMED, takes: "profile" as const }] }];
  const program = { ...SAMPLE, table: new CommandTable(rows) };
  deepEqual(after("whoami", program).values, ["@profile"]);
});

const NAMED = { name: "NAME", summary: "Who", required: true };

Deno.test("completion of a program that nobody can ask for names has none", () => {
  deepEqual(after("get", SAMPLE, false).values, ["@free", "@file"]);
});

Deno.test("completion refuses a word that a script would have to quote", () => {
  const odd = { ...SAMPLE_ROWS[8], arguments: [{ ...NAMED, choices: ["a", "$(b)"] }] };
  throws(
    () => planCompletion({ ...SAMPLE, table: new CommandTable([odd]) }, { hasNames: true }),
    /'\$\(b\)' would have to be quoted/,
  );
});

Deno.test("every FILE, PATH, DIR and FOLDER of both programs is completed by the shell", () => {
  let count = 0;
  for (const program of [PROGRAM, ADMIN_PROGRAM]) {
    for (const row of program.table.rows) {
      const { values, options } = after(row.name, program);
      const given = [
        ...row.arguments.map(({ name }, i) => [name, values[i]]),
        ...row.options.map(({ valueName = "" }, i) => [valueName, options[i].value]),
      ];
      for (const [name, value] of given) {
        const kind = { FILE: "@file", PATH: "@file", DIR: "@folder", FOLDER: "@folder" }[name];
        if (kind === undefined) continue;
        equal(value, kind, `${row.name} ${name}`);
        count += 1;
      }
    }
  }
  ok(count > 30);
});

Deno.test("what is no name of somebody here is not completed by names", () => {
  const option = (words: string, flag: string) =>
    after(words, PROGRAM).options.find(({ word }) => word === flag)?.value;
  deepEqual(after("register", PROGRAM).values, ["@free"]);
  deepEqual(after("room name", PROGRAM).values, ["@room", "@free"]);
  deepEqual(after("watch", PROGRAM).values, ["@video"]);
  deepEqual(after("inbox", PROGRAM).values, ["@conversation"]);
  deepEqual(after("user kick", PROGRAM).values, ["@person", "@free"]);
  equal(option("", "--profile"), "@profile");
  equal(option("stream", "--camera"), "@free");
  equal(option("receive", "--room"), "@room");
});

const FUNCTION = { bash: /^(\w+)\(\)/gm, zsh: /^(\w+)\(\)/gm, fish: /^function (\S+)/gm };

for (const shell of SHELLS) {
  Deno.test(`${shell}: the scripts of both programs share no name, and say whose they are`, () => {
    const names = [PROGRAM, ADMIN_PROGRAM].map((program) => {
      const script = completionScript(program, shell, { hasNames: true });
      ok(script.split("\n", 3).includes(madeBy(program.name, shell)));
      match(script, new RegExp(`(-c|-F \\S+|compdef \\S+) ${program.name}\\b`));
      equal(/readonly|declare -r|OWN_|undefined/.test(script), false);
      return [...script.matchAll(FUNCTION[shell])].map(([, name]) => name);
    });
    ok(names[0].length >= 4);
    const both = names.flat();
    equal(new Set(both).size, both.length);
    for (const name of names[0]) match(name, /^_heliograph__/);
    for (const name of names[1]) match(name, /^_heliograph_server__/);
  });
}

Deno.test("whoever asks for names loads no module, which would cost a Tab as much CPU as perl itself", () => {
  for (const shell of ["bash", "fish"] as const) {
    const asker = /perl -e (.*)/.exec(completionScript(PROGRAM, shell, { hasNames: true }))?.[1] ??
      "";
    match(asker, /socket\(S, 1, 1, 0\)/, shell);
    doesNotMatch(asker, /\b(use|require)\b/, shell);
  }
});
