/** Every command of the server's console, with what it says of itself: parsing, help and completion come from here. */

import { type CommandResult, result, spell } from "../../commands/command_row.ts";
import { type CommandSpec, CommandTable } from "../../commands/command_table.ts";
import { JSON_OPTION } from "../admin_command.ts";
import { commandsOf, type OperatorCommand } from "../operator_command.ts";
import { OPERATOR_COMMANDS } from "../operator_commands.ts";
import { UsageError } from "../../base/errors.ts";
import { describeCommand, listCommands } from "../../commands/help.ts";
import { suggest } from "../../commands/suggest.ts";
import type { OperatorCommands, OperatorRow } from "../operator_row.ts";

/** Every kind of report of these commands. */
interface OwnKinds {
  "help": { readonly text: string };
}

type OwnRow = OperatorRow<OwnKinds>;

const COMMON = { group: "This console", needs: [], verb: "none" } as const;

/** Done by the terminal itself. */
const nothing = (): Promise<CommandResult<OwnKinds>> => Promise.resolve({ reports: [] });

function helpRow(table: () => CommandTable<CommandSpec>): OwnRow {
  return {
    ...COMMON,
    name: "help",
    aliases: ["?"],
    summary: "list the commands, or explain one",
    arguments: [{ name: "COMMAND", summary: "which", required: false, rest: "text" }],
    examples: [{ line: "help kick", summary: "explains kick" }],
    run(_context, values) {
      const name = values.argument("COMMAND")?.replace(/^\//, "");
      const help = (text: string) => Promise.resolve(result("help", { text }));
      if (name === undefined) return help(listCommands(table(), { prefix: "" }));
      const row = table().get(name);
      if (row !== undefined) return help(describeCommand(row, { prefix: "" }));
      const near = suggest(name, table().spellings);
      const hint = near === undefined ? "help lists them all" : `Did you mean ${near}?`;
      throw new UsageError("unknown-command", `No command ${name}. ${hint}`);
    },
  };
}

const CLEAR: OwnRow = {
  ...COMMON,
  name: "clear",
  aliases: ["cls"],
  summary: "clear the screen",
  examples: [{ line: "clear", summary: "ctrl-L does the same" }],
  local: "clear",
  run: nothing,
};

const HISTORY: OwnRow = {
  ...COMMON,
  name: "history",
  summary: "show the lines typed here",
  details: "The arrow keys walk through them, ctrl-R searches.",
  examples: [{ line: "history", summary: "the oldest first" }],
  local: "history",
  run: nothing,
};

/** The rows of the console itself. `table` is called when help is asked for. */
function ownCommands(
  table: () => CommandTable<CommandSpec>,
): OperatorCommands<OwnKinds> {
  return {
    rows: [helpRow(table), CLEAR, HISTORY],
    wording: { "help": { isNote: true, line: ({ text }) => text.trimEnd().split("\n") } },
  };
}

/** One table for the server's own terminal and for `heliograph-server console`. */
export const CONSOLE_TABLE: CommandTable<OperatorCommand> = new CommandTable(
  [...OPERATOR_COMMANDS, ...commandsOf(ownCommands(() => CONSOLE_TABLE))].map((command) => {
    const spelled = spell(command, command.slash);
    return { ...command, ...spelled, options: [...spelled.options, JSON_OPTION] };
  }),
);
