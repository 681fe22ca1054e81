/** Runs a row over the data in the server's process, for a verb that another process was called with. */

import { HeliographError } from "../../base/errors.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues, type GivenValues } from "../../commands/command_values.ts";
import { DATA_OPTION, JSON_OPTION } from "../admin_command.ts";
import { REFUSALS, runDataRow } from "./data_outcome.ts";
import type { DataContext } from "./data_row.ts";
import { DATA_ROWS } from "./data_rows.ts";

/** What the verb was called with. */
interface Asked {
  readonly verb: string;
  readonly given: GivenValues;
  readonly json: boolean;
}

/** Lines of the control socket. Never rejects for what a row refuses. */
export async function answerData(
  context: Pick<DataContext, "store" | "clock" | "moderation">,
  { verb, given, json }: Asked,
): Promise<readonly object[]> {
  const row = DATA_ROWS.find((one) => one.verb === verb);
  if (row === undefined) return [{ error: "Unknown command" }];
  const options = [...row.options ?? [], DATA_OPTION, JSON_OPTION];
  const values = CommandValues.from(whole({ ...row, options }), given);
  try {
    const { out, notes, exit } = await runDataRow(row, context, { values, isJson: json });
    return [...out.map((line) => ({ out: line })), ...notes.map((note) => ({ note })), {
      end: exit,
    }];
  } catch (error) {
    if (!(error instanceof HeliographError) || !(error.name in REFUSALS)) throw error;
    return [{ refused: error.name, code: error.code, message: error.message }];
  }
}
