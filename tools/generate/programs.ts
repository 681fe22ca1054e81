/** What the pages of commands and the manual pages are made of: every command of both programs, wherever its row stands. */

import { ADMIN_PROGRAM } from "../../lib/admin/admin_table.ts";
import { CONSOLE_TABLE } from "../../lib/admin/console/console_table.ts";
import { SLASH_TABLE } from "../../lib/cli/dialogue/slash_table.ts";
import { SHELL_TABLE } from "../../lib/cli/p2p/shell_table.ts";
import { PROGRAM } from "../../lib/cli/verbs.ts";
import type { CommandSpec, CommandTable } from "../../lib/commands/command_table.ts";
import type { ProgramSpec } from "../../lib/commands/program_help.ts";

/** Both programs. */
export const PROGRAMS: readonly ProgramSpec<CommandSpec>[] = [PROGRAM, ADMIN_PROGRAM];

/** Where commands are typed line by line, by the name of the region of a page that lists them. */
export const SHELLS: Readonly<Record<string, CommandTable<CommandSpec>>> = {
  "dialogue": SLASH_TABLE,
  "console": CONSOLE_TABLE,
  "p2p": SHELL_TABLE,
};
