/** Lines of the console whose rows want something of the process in which they are typed, such as a file of the person's. */

import { StorageError, UsageError } from "../../base/errors.ts";
import type { AdminIo } from "../admin_io.ts";
import { type OperatorOutcome, withGathered } from "../operator_command.ts";
import type { Gathered } from "../operator_row.ts";
import { refusedReply } from "../operator_runner.ts";
import { parseConsoleLine } from "./console_line.ts";

/** Where lines are typed. */
interface TypedAt {
  readonly io: AdminIo;
  /** Of the server. */
  readonly folder: string;
  /** Every answer as JSON. */
  readonly isJson: boolean;
}

/** Gathers what the line's row wants, and runs it with that. Throws what `run` throws. */
export async function runGathered(
  { io, folder, isJson }: TypedAt,
  line: string,
  run: (gathered: Gathered["given"]) => Promise<OperatorOutcome>,
): Promise<OperatorOutcome> {
  const parsed = parseConsoleLine(line);
  if (parsed.kind !== "command") return await run({});
  const { row, values } = parsed;
  try {
    return await withGathered(row, { io, values, folder }, run);
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof UsageError)) throw error;
    return refusedReply(error, row, isJson || values.has("--json"));
  }
}
