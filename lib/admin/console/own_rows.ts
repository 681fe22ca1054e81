/** What the console says of itself. */

import { UsageError } from "../../base/errors.ts";
import type { CommandTable } from "../../commands/command_table.ts";
import { describeCommand, listCommands } from "../../commands/help.ts";
import { suggest } from "../../commands/suggest.ts";
import type { ConsoleRow } from "./console_row.ts";

const COMMON = { group: "This console" } as const;
const NOTHING = { facts: [], lines: [] };

function helpRow(table: () => CommandTable<ConsoleRow>): ConsoleRow {
  return {
    ...COMMON,
    name: "help",
    aliases: ["?"],
    summary: "list the commands, or explain one",
    arguments: [{ name: "COMMAND", summary: "which", required: false, rest: "text" }],
    examples: [{ line: "help kick", summary: "all about kick" }],
    run({ values }) {
      const name = values.argument("COMMAND")?.replace(/^\//, "");
      const lines = (text: string) => ({ facts: [], lines: text.trimEnd().split("\n") });
      if (name === undefined) return Promise.resolve(lines(listCommands(table(), { prefix: "" })));
      const row = table().get(name);
      if (row !== undefined) return Promise.resolve(lines(describeCommand(row, { prefix: "" })));
      const near = suggest(name, table().spellings);
      const hint = near === undefined ? "help lists them all" : `Did you mean ${near}?`;
      throw new UsageError("unknown-command", `There is no command ${name}. ${hint}`);
    },
  };
}

const CLEAR: ConsoleRow = {
  ...COMMON,
  name: "clear",
  aliases: ["cls"],
  summary: "clear the screen",
  examples: [{ line: "clear", summary: "so does ctrl-L" }],
  local: "clear",
  run: () => Promise.resolve(NOTHING),
};

const HISTORY: ConsoleRow = {
  ...COMMON,
  name: "history",
  summary: "show the lines that were typed here",
  details: "The arrow keys walk through them, ctrl-R searches.",
  examples: [{ line: "history", summary: "the oldest first" }],
  local: "history",
  run: () => Promise.resolve(NOTHING),
};

/** The rows of the console itself. `table` is called when help is asked for. */
export function ownRows(table: () => CommandTable<ConsoleRow>): readonly ConsoleRow[] {
  return [helpRow(table), CLEAR, HISTORY];
}
