/** Every command of the operator's that is a verb, a command of the console, or both. */

import { spell } from "../commands/command_row.ts";
import type { CommandSpec, Whole } from "../commands/command_table.ts";
import { DATA_OPTION, JSON_OPTION } from "./admin_command.ts";
import { commandsOf, type OperatorCommand } from "./operator_command.ts";
import { IMPORT_COMMANDS } from "./rows/import_rows.ts";
import { INVITE_COMMANDS } from "./rows/invite_rows.ts";
import { LIST_COMMANDS } from "./rows/list_rows.ts";
import { LOOK_COMMANDS } from "./rows/look_rows.ts";
import { MODERATION_COMMANDS } from "./rows/moderation_rows.ts";
import { NODE_COMMANDS } from "./rows/node_rows.ts";
import { SERVER_COMMANDS } from "./rows/server_rows.ts";
import { TOKEN_COMMANDS } from "./rows/token_rows.ts";
import { VIDEO_COMMANDS } from "./rows/video_rows.ts";

/** In the order in which help shows them, group by group. */
export const OPERATOR_COMMANDS: readonly OperatorCommand[] = [
  ...commandsOf(LOOK_COMMANDS),
  ...commandsOf(VIDEO_COMMANDS),
  ...commandsOf(SERVER_COMMANDS),
  ...commandsOf(NODE_COMMANDS),
  ...commandsOf(LIST_COMMANDS),
  ...commandsOf(MODERATION_COMMANDS),
  ...commandsOf(IMPORT_COMMANDS),
  ...commandsOf(INVITE_COMMANDS),
  ...commandsOf(TOKEN_COMMANDS),
];

/** A command as it stands among the verbs. */
export interface OperatorVerb {
  readonly command: OperatorCommand;
  readonly row: Whole<CommandSpec>;
}

/** Those that are verbs. */
export const OPERATOR_VERBS: readonly OperatorVerb[] = OPERATOR_COMMANDS
  .filter(({ verb }) => verb !== "none").map((command) => {
    const row = spell(command, command.verb);
    return { command, row: { ...row, options: [...row.options, DATA_OPTION, JSON_OPTION] } };
  });
