/** What is said, and with which exit code, when a verb cannot do its work. */

import { describeError, StorageError, TrustError } from "../base/errors.ts";
import { FAILURE_CODES, isFailureCode } from "../protocol/failure.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../commands/exit_code.ts";

/** A line for the person, and the exit code. */
export function explainFailure(thrown: unknown): { text: string; exit: ExitCode } {
  return { text: describeError(thrown), exit: exitOf(thrown) };
}

function exitOf(thrown: unknown): ExitCode {
  // A second server on the same data cannot bind to it either (row S3.56).
  if (thrown instanceof StorageError && thrown.code === "in-use") return EXIT.unreachable;
  if (thrown instanceof TrustError && thrown.code === "plain-not-loopback") return EXIT.usage;
  return exitCodeOf(thrown, (code) => isFailureCode(code) ? FAILURE_CODES[code] : undefined);
}
