/** Every slash command of the dialogue. */

import { CommandTable } from "../../commands/command_table.ts";
import { FILE_ROWS } from "./file_rows.ts";
import { GOTO_ROW } from "./goto_row.ts";
import { HABIT_ROWS } from "./habit_rows.ts";
import { MODERATION_ROWS, PEOPLE_ROWS } from "./people_rows.ts";
import { programRows, SETTING_ROWS } from "./program_rows.ts";
import { READ_ROWS, TALK_ROWS } from "./talk_rows.ts";
import { ROOM_ROWS } from "./room_rows.ts";
import type { SlashRow } from "./slash_row.ts";
import { VIDEO_ROWS } from "./video_rows.ts";

/** Every command of the dialogue: its help, completion and parsing come from here. */
export const SLASH_TABLE: CommandTable<SlashRow> = new CommandTable([
  ...TALK_ROWS,
  ...READ_ROWS,
  GOTO_ROW,
  ...ROOM_ROWS,
  ...PEOPLE_ROWS,
  ...MODERATION_ROWS,
  ...FILE_ROWS,
  ...VIDEO_ROWS,
  ...HABIT_ROWS,
  ...SETTING_ROWS,
  ...programRows(() => SLASH_TABLE),
]);
