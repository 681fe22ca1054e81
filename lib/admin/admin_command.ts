/** A verb of the server program: a row of the command table and what runs it. */

import type { CommandSpec, OptionSpec } from "../commands/command_table.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { ExitCode } from "../commands/exit_code.ts";
import { withIsoTimes } from "../commands/iso_times.ts";
import { jsonLine as safeJsonLine } from "../base/json_line.ts";
import type { AdminIo } from "./admin_io.ts";

/** One row of the table. */
export interface AdminCommand extends CommandSpec {
  /** Returns the exit code; throws what `failure_words` can explain. */
  run(io: AdminIo, values: CommandValues): Promise<ExitCode>;
}

/** For every verb that works on a server's data. */
export const DATA_OPTION: OptionSpec = {
  flag: "--data",
  valueName: "DIR",
  summary: "the folder of accounts, keys and messages",
};

/** For every verb that prints data. */
export const JSON_OPTION: OptionSpec = {
  flag: "--json",
  summary: "one JSON object per line",
};

/** A line of `--json` output, safe on a terminal (SR-69). */
export function jsonLine(type: string, fields: object): string {
  return safeJsonLine({ v: 1, type, ...withIsoTimes({ ...fields }) });
}
