/** What is said, and with which exit code, when a verb cannot do its work. */

import { describeError, TrustError, UsageError } from "../base/errors.ts";
import type { CommandSpec } from "../commands/command_table.ts";
import { exampleOf } from "../commands/seed_words.ts";
import { FAILURE_CODES, isFailureCode } from "../protocol/failure.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../commands/exit_code.ts";

/** A line for the person, and the exit code. */
export function explainFailure(thrown: unknown): { text: string; exit: ExitCode } {
  return { text: describeError(thrown), exit: exitOf(thrown) };
}

/** Usage that no other spelling of the call would mend: an example would lead astray. */
const NO_SPELLING: ReadonlySet<string> = new Set([
  "bad-config",
  "no-control",
  "no-input",
  "which-device",
]);

/** The example of a command that was called wrongly (row S3.52); undefined for all else that was thrown. */
export function exampleAfter(error: unknown, row: CommandSpec): string | undefined {
  return error instanceof UsageError && !NO_SPELLING.has(error.code) ? exampleOf(row) : undefined;
}

function exitOf(thrown: unknown): ExitCode {
  if (thrown instanceof TrustError && thrown.code === "plain-not-loopback") return EXIT.usage;
  return exitCodeOf(thrown, (code) => isFailureCode(code) ? FAILURE_CODES[code] : undefined);
}
