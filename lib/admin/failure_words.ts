/** What is said, and with which exit code, when a verb cannot do its work. */

import { describeError, StorageError, TransportError, TrustError } from "../base/errors.ts";
import { FAILURE_CODES, isFailureCode } from "../protocol/failure.ts";
import { EXIT, type ExitCode, exitCodeOf } from "../commands/exit_code.ts";

/** The words of row S1.07. */
const CANNOT_BIND =
  "Either you don't have permission or port is already in use. Try a different port!";

const BIND_FAILURES: readonly string[] = [
  "address-in-use",
  "permission-denied",
  "address-not-available",
];

/** Lines for the person, and the exit code. */
export function explainFailure(thrown: unknown): { lines: readonly string[]; exit: ExitCode } {
  const text = describeError(thrown);
  if (thrown instanceof TransportError && BIND_FAILURES.includes(thrown.code)) {
    return { lines: [CANNOT_BIND, text], exit: EXIT.unreachable };
  }
  return { lines: [text], exit: exitOf(thrown) };
}

function exitOf(thrown: unknown): ExitCode {
  // A second server on the same data cannot bind to it either (row S3.56).
  if (thrown instanceof StorageError && thrown.code === "in-use") return EXIT.unreachable;
  if (thrown instanceof StorageError && thrown.code === "newer-format") return EXIT.versionMismatch;
  if (thrown instanceof TrustError && thrown.code === "plain-not-loopback") return EXIT.usage;
  return exitCodeOf(thrown, (code) => isFailureCode(code) ? FAILURE_CODES[code] : undefined);
}
