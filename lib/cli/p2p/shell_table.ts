/** Every command of the `~> ` shell: its help, completion and parsing come from here. */

import { MESSAGES } from "../../app/commands/messages.ts";
import { EXPORT } from "../../app/commands/export.ts";
import { SEARCH } from "../../app/commands/reading.ts";
import { BLOCKING } from "../../app/commands/requests.ts";
import { UNREAD } from "../../app/commands/unread.ts";
import { CommandTable } from "../../commands/command_table.ts";
import { saidWording } from "./p2p_words.ts";
import { shellRowsOf } from "./conversation_rows.ts";
import { FILE_ROWS } from "./file_rows.ts";
import { MEETING_ROWS } from "./meeting_rows.ts";
import { programRows } from "./program_rows.ts";
import type { ShellRow } from "./shell_row.ts";
import { TALK_ROWS } from "./talk_rows.ts";

/** The rows. */
export const SHELL_TABLE: CommandTable<ShellRow> = new CommandTable([
  ...MEETING_ROWS,
  ...TALK_ROWS,
  ...shellRowsOf(MESSAGES),
  ...shellRowsOf(UNREAD),
  ...shellRowsOf(SEARCH, saidWording),
  ...shellRowsOf(BLOCKING),
  ...shellRowsOf(EXPORT),
  ...FILE_ROWS,
  ...programRows(() => SHELL_TABLE),
]);
