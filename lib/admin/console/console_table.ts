/** Every command of the server's console: parsing, help and completion come from here. */

import { spell } from "../../commands/command_row.ts";
import { CommandTable } from "../../commands/command_table.ts";
import { JSON_OPTION } from "../admin_command.ts";
import { commandsOf, type OperatorCommand } from "../operator_command.ts";
import { OPERATOR_COMMANDS } from "../operator_commands.ts";
import { ownCommands } from "./own_rows.ts";

/** One table for the server's own terminal and for `heliograph-server console`. */
export const CONSOLE_TABLE: CommandTable<OperatorCommand> = new CommandTable(
  [...OPERATOR_COMMANDS, ...commandsOf(ownCommands(() => CONSOLE_TABLE))].map((command) => {
    const spelled = spell(command, command.slash);
    return { ...command, ...spelled, options: [...spelled.options, JSON_OPTION] };
  }),
);
