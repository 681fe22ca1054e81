/** Every command of the server's console: parsing, help and completion come from here. */

import { CommandTable } from "../../commands/command_table.ts";
import { JSON_OPTION } from "../admin_command.ts";
import { MODERATION_ACTION_ROWS } from "../moderation/moderation_rows.ts";
import { LIST_ROWS } from "../moderation/list_rows.ts";
import type { ConsoleRow } from "./console_row.ts";
import { LOOK_ROWS } from "./look_rows.ts";
import { ownRows } from "./own_rows.ts";
import { SERVER_ROWS } from "./server_rows.ts";

const ROWS: readonly ConsoleRow[] = [
  ...LOOK_ROWS.filter(({ group }) => group === "This server"),
  ...SERVER_ROWS,
  ...LIST_ROWS,
  ...LOOK_ROWS.filter(({ group }) => group === "People"),
  ...MODERATION_ACTION_ROWS,
  ...ownRows(() => CONSOLE_TABLE),
];

/** One table for the server's own terminal and for `heliograph-server console`. */
export const CONSOLE_TABLE: CommandTable<ConsoleRow> = new CommandTable(
  ROWS.map((row) => ({ ...row, options: [...row.options ?? [], JSON_OPTION] })),
);
