/** What a row over the data prints as a verb, in whichever process it runs. */

import { type HeliographError, Refusal, StorageError, UsageError } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { jsonLine } from "../admin_command.ts";
import type { DataContext, DataRow } from "./data_row.ts";

/** Lines for standard output and standard error, and the exit code. */
export interface DataOutcome {
  readonly out: readonly string[];
  readonly notes: readonly string[];
  readonly exit: ExitCode;
}

/** What a row throws when it refuses, as it goes over the control socket. */
export const REFUSALS = { Refusal, StorageError, UsageError } as const;

/** Throws what the row throws. */
export async function runDataRow(
  row: DataRow,
  context: Pick<DataContext, "store" | "clock" | "moderation">,
  { values, isJson }: { readonly values: CommandValues; readonly isJson: boolean },
): Promise<DataOutcome> {
  const typed = (other: DataRow, rest: string) => `heliograph-server ${other.verb} ${rest}`;
  const { facts, lines, notes = [], exit = EXIT.done } = await row.run({
    ...context,
    values,
    typed,
  });
  const out = isJson ? facts.map(({ type, fields }) => jsonLine(type, fields)) : lines;
  return { out, notes, exit };
}

/** What a row threw, out of what went over the control socket. */
export function refusalFrom(
  { refused, code, message }: {
    readonly refused: keyof typeof REFUSALS;
    readonly code: string;
    readonly message: string;
  },
): HeliographError {
  return new REFUSALS[refused](code, message);
}
