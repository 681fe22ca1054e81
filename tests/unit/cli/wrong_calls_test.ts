/**
 * Row S3.52: every command of every table, called with something missing, too much, or malformed: it runs nothing, says what
 * was wrong and shows an example; on the command line with exit code 2.
 */

import { equal, match, ok, rejects } from "node:assert/strict";
import { ADMIN_PROGRAM } from "../../../lib/admin/admin_table.ts";
import { systemRandom } from "../../../lib/base/random.ts";
import { CONSOLE_TABLE } from "../../../lib/admin/console/console_table.ts";
import type { Context } from "../../../lib/cli/context.ts";
import { SLASH_TABLE } from "../../../lib/cli/dialogue/slash_table.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import { parseShellLine } from "../../../lib/commands/chat_line.ts";
import type { CommandSpec, CommandTable, Whole } from "../../../lib/commands/command_table.ts";
import { parseArgv } from "../../../lib/commands/commander_adapter.ts";
import type { ProgramSpec } from "../../../lib/commands/program_help.ts";
import { exampleOf } from "../../../lib/commands/seed_words.ts";
import { FakeClock } from "../../kit/clock.ts";

/** A wrong call: the words behind the command. */
interface Wrong {
  readonly how: string;
  readonly words: readonly string[];
}

const fill = (row: Whole) => row.arguments.map(({ choices }) => choices?.[0] ?? "x");

/** Whatever of it can be wrong before the command has run. */
function wrongCalls(row: Whole): readonly Wrong[] {
  const all = fill(row);
  const required = row.arguments.filter((argument) => argument.required);
  const takesRest = row.arguments.some(({ rest }) => rest !== undefined);
  const calls: Wrong[] = required.map((_, i) => ({
    how: `${required[i].name} is missing`,
    words: all.slice(0, i),
  }));
  if (!takesRest) calls.push({ how: "one word too many", words: [...all, "surplus"] });
  row.arguments.forEach(({ name, choices }, i) => {
    if (choices === undefined) return;
    calls.push({ how: `${name} is none of its choices`, words: [...all.slice(0, i), "nonsense"] });
  });
  for (const { flag, valueName, choices } of row.options) {
    if (valueName === undefined) continue;
    calls.push({ how: `${flag} without its value`, words: [...all, flag] });
    if (choices === undefined) continue;
    calls.push({ how: `${flag} is none of its choices`, words: [flag, "nonsense", ...all] });
  }
  return calls;
}

/** In free text dashes mean nothing, and behind it no option is read. */
function isText(row: Whole, { words }: Wrong): boolean {
  const text = row.arguments.findIndex(({ rest }) => rest === "text");
  return text >= 0 && words.slice(text + 1).some((word) => word.startsWith("--"));
}

async function walkProgram(program: ProgramSpec<CommandSpec>): Promise<number> {
  let count = 0;
  for (const row of program.table.rows) {
    const unknown = { how: "an unknown option", words: ["--nonsense", ...fill(row)] };
    for (const wrong of [...wrongCalls(row), unknown]) {
      const argv = [...row.name.split(" "), ...wrong.words];
      const outcome = await parseArgv(program, argv);
      const about = `${program.name} ${argv.join(" ")}: ${wrong.how}`;
      // What is no command runs nothing; usage is exit code 2 (see exit_code_test.ts).
      ok(outcome.kind === "usage", `${about} is taken as ${outcome.kind}`);
      match(outcome.message, /^[A-Z'\u2018].{8,}/, about);
      ok(outcome.message.includes(`\nExample: ${program.name} ${exampleOf(row)}\n`), about);
      count++;
    }
  }
  return count;
}

function walkLines(table: CommandTable<CommandSpec>, prefix: string): number {
  let count = 0;
  for (const row of table.rows) {
    for (const wrong of wrongCalls(row)) {
      if (isText(row, wrong)) continue;
      for (const spelling of [row.name, ...row.aliases]) {
        const line = [spelling, ...wrong.words].join(" ");
        const parsed = parseShellLine(line, table, prefix);
        const about = `${prefix}${line}: ${wrong.how}`;
        // The first words may be those of a longer name, as of `room` and `room new`.
        if (parsed.kind === "invalid" && parsed.row !== row) continue;
        ok(parsed.kind === "invalid", `${about} is taken as ${parsed.kind}`);
        match(parsed.message, /Example: /, about);
        count++;
      }
    }
  }
  return count;
}

Deno.test("S3.52: every command of the client says what was wrong with its arguments, with an example, and runs nothing", async () => {
  ok(await walkProgram(PROGRAM) > 100);
});

Deno.test("S3.52: every command of the server does so as well", async () => {
  ok(await walkProgram(ADMIN_PROGRAM) > 20);
});

Deno.test("S3.52: every slash command and every command of the console does so, by each of its names", () => {
  ok(walkLines(SLASH_TABLE, "/") > 60);
  ok(walkLines(CONSOLE_TABLE, "") > 20);
});

Deno.test("S3.52: the seed's words say in its words what they need", () => {
  const said = (line: string) => {
    const parsed = parseShellLine(line, SLASH_TABLE, "/");
    return parsed.kind === "invalid" ? parsed.message : parsed.kind;
  };
  equal(said("srm"), "SRM needs a room and a text. Example: /SRM 256 hi");
  equal(said("SRM 256"), "SRM needs a room and a text. Example: /SRM 256 hi");
  match(said("srb"), /^SRB needs a name\. Example: \/SRB @obiwan/);
  match(said("bcm"), /^BCM needs a text\. Example: \/BCM /);
  match(said("upd"), /^UPD needs a name\. Example: \/UPD bob /);
  match(said("rdm"), /^RDM needs .*\. Example: \/RDM /);
  match(
    said("room say"),
    /^ROOM is missing\nUsage: \/room say ROOM TEXT…\nExample: \/room say 256 hi$/,
  );
});

Deno.test("a name that nobody can have is refused before anything is asked, and uses no try up", async () => {
  const touched = {
    get: (_: object, name: string | symbol) => ok(false, `the command touched ${String(name)}`),
  };
  const { signal } = new AbortController();
  const options = { clock: new FakeClock(), random: systemRandom };
  const person = new Proxy({}, touched);
  // What it is run in stands before it; everything else is not to be touched.
  const context = Object.create(new Proxy({}, touched), {
    signal: { value: signal },
    options: { value: options },
    person: { value: person },
  }) as Context;
  for (const verb of ["login", "register"]) {
    for (const name of ["", "a:b", "#room"]) {
      const outcome = await parseArgv(PROGRAM, [verb, name]);
      ok(outcome.kind === "command");
      await rejects(outcome.row.run(context, outcome.values), { code: "bad-name" }, verb);
    }
  }
});
