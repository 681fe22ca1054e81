/** docs/command-line.md is compared with the command tables of both programs. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { ADMIN_TABLE } from "../../../lib/admin/admin_table.ts";
import { CONSOLE_TABLE } from "../../../lib/admin/console/console_table.ts";
import { GLOBAL_OPTIONS } from "../../../lib/cli/verb.ts";
import { SHELL_TABLE } from "../../../lib/cli/p2p/shell_table.ts";
import { PROGRAM } from "../../../lib/cli/verbs.ts";
import {
  type CommandSpec,
  usageOf as usageWithOptions,
} from "../../../lib/commands/command_table.ts";
import { COMMON_EXIT_CODES, EXIT_CODES } from "../../../lib/commands/exit_code.ts";
import { KEY_ROWS } from "../../../lib/tui/keys.ts";
import { SETTING_NAMES } from "../../../lib/tui/settings.ts";

const PAGE = await Deno.readTextFile(new URL("../../../docs/command-line.md", import.meta.url));

/** Command and arguments as in usage lines, e.g. `send TO [TEXT…]`. */
function usageOf({ name, arguments: given }: CommandSpec): string {
  const words = given.map(({ name: argument, rest, required }) => {
    const word = rest === undefined ? argument : `${argument}…`;
    return required ? word : `[${word}]`;
  });
  return [name, ...words].join(" ");
}

/** The options that the first column of the tables in a text names. */
function optionsIn(text: string): readonly string[] {
  return [...text.matchAll(/^\| `(--[a-z0-9-]+)[^`]*` /gm)].map(([, flag]) => flag).sort();
}

function checkCommand(program: string, row: CommandSpec): void {
  const heading = `\n### \`${program} ${usageOf(row)}\`\n`;
  const parts = PAGE.split(heading);
  equal(parts.length, 2, `docs/command-line.md has one section${heading}`);
  const section = parts[1].split(/\n#{2,3} /)[0];
  deepEqual(
    optionsIn(section),
    row.options.map(({ flag }) => flag).sort(),
    `options of ${row.name}`,
  );
  for (const { choices = [], flag } of row.options) {
    for (const choice of choices) {
      ok(section.includes(`\`${choice}\``), `${row.name} ${flag} lacks the choice ${choice}`);
    }
  }
  for (const alias of row.aliases) {
    ok(section.includes(`\`${alias}\``), `${row.name} lacks ${alias}`);
  }
  for (const { line } of row.examples) {
    ok(section.includes(`${program} ${line}\n`), `${row.name} lacks the example ${line}`);
  }
  const codes = section.match(/^More exit codes: ([\d, ]+)\.$/m)?.[1] ?? "";
  const said = codes === "" ? [] : codes.split(", ").map(Number);
  deepEqual(said, [...row.exitCodes], `exit codes of ${row.name}`);
  deepEqual(said.filter((code) => COMMON_EXIT_CODES.some((common) => common === code)), []);
}

Deno.test("the page has every command of the client, its options, choices, examples and exit codes", () => {
  for (const row of PROGRAM.table.visible) checkCommand("heliograph", row);
});

Deno.test("the page has every command of the server, its options, choices, examples and exit codes", () => {
  for (const row of ADMIN_TABLE.visible) checkCommand("heliograph-server", row);
});

Deno.test("the page has every command of the server's console, its spellings and what it does", () => {
  const section = PAGE.split("\n## The console of the server\n")[1].split("\n## ")[0];
  const said = [...section.matchAll(/^\| `([^`]+)` +\| (.*?) +\| (.+?) +\|$/gm)];
  deepEqual(
    said.map(([, usage, also, does]) => [usage, also.match(/[^`, ][^`]*(?=`)/g) ?? [], does]),
    CONSOLE_TABLE.visible.map((row) => [usageOf(row), row.aliases, row.summary]),
  );
});

Deno.test("the page has every command of the shell without a server, its spellings and what it does", () => {
  const section = PAGE.split("\n### `heliograph p2p [COMMAND…]`\n")[1].split("\n### ")[0];
  const table = section.split("| in the shell ")[1];
  const said = [...table.matchAll(/^\| `([^`]+)` +\| (.*?) +\| (.+?) +\|$/gm)];
  deepEqual(
    said.map(([, usage, also, does]) => [usage, also.match(/[^`, ][^`]*(?=`)/g) ?? [], does]),
    SHELL_TABLE.visible.map((row) => [usageWithOptions(row), row.aliases, row.summary]),
  );
});

Deno.test("the page has no command that the programs do not have", () => {
  const usages = [
    "heliograph -s [ARGUMENTS]",
    ...PROGRAM.table.visible.map((row) => `heliograph ${usageOf(row)}`),
    ...ADMIN_TABLE.visible.map((row) => `heliograph-server ${usageOf(row)}`),
  ];
  const said = [...PAGE.matchAll(/^### `(heliograph[^`]*)`$/gm)].map(([, usage]) => usage);
  deepEqual(said.filter((usage) => !usages.includes(usage)), []);
});

Deno.test("the page has the options that every command of the client takes", () => {
  const section = PAGE.split("\n## With every command of the client\n")[1].split("\n## ")[0];
  deepEqual(optionsIn(section), GLOBAL_OPTIONS.map(({ flag }) => flag).sort());
});

Deno.test("the page has every exit code and what it means", () => {
  const section = PAGE.split("\n## Exit codes\n")[1].split("\n## ")[0];
  const rows = [...section.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)];
  deepEqual(Object.fromEntries(rows.map(([, code, meaning]) => [code, meaning])), {
    ...EXIT_CODES,
  });
  const common = section.match(/^Any command may end with ([\d, and]+);/m)?.[1];
  deepEqual(common?.match(/\d+/g)?.map(Number), [...COMMON_EXIT_CODES]);
});

Deno.test("the page has every key of the full screen and every setting", () => {
  for (const { keys, summary } of KEY_ROWS) {
    const row = PAGE.split("\n").find((line) =>
      keys.every((key) => line.includes(`\`${key}\``)) && line.includes(summary)
    );
    ok(row !== undefined, `docs/command-line.md has no row for ${keys.join(", ")}: ${summary}`);
  }
  for (const name of SETTING_NAMES) ok(PAGE.includes(`| \`${name}\` `), `no setting ${name}`);
});
