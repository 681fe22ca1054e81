/** Errors in words for the person at the command line, with their exit code. */

import { HeliographError, Refusal, TrustError, UsageError } from "../base/errors.ts";
import { formatCertificateFingerprint, parseFingerprint } from "../base/ids.ts";
import type { CommandSpec } from "../commands/command_table.ts";
import { type ExitCode, exitCodeOf } from "../commands/exit_code.ts";
import { exampleOf } from "../commands/seed_words.ts";
import { exitOfRefusal } from "../app/refusal_exits.ts";

/** An error as the command line tells it. */
export interface Failure {
  readonly exit: ExitCode;
  /** Stable, for programs. */
  readonly name: string;
  readonly text: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** How each failure code is put when the server's own words do not say what to do next. */
const HINTS: Readonly<Record<string, string>> = {
  "disk-full": "The disk of this machine is full. Free some space, then try again",
  "wrong-credentials": "Wrong name or password. New here? heliograph register NAME",
  "not-linked":
    "This account's keys are on another device: use --link, --recovery-code-file FILE, or --reset-identity",
  "device-removed":
    "To sign in again as a new device: heliograph login NAME. Your data here stays readable until: logout --wipe",
  "same-members": "To create another one: --force-new",
  "token-refused": "Ask the operator for an invite and pass it with --invite-file FILE",
};

/** Puts anything that was thrown into words. `hints` stand before the usual ones, by the error's code. Never throws. */
export function describeThrown(error: unknown, hints: typeof HINTS = {}): Failure {
  const exit = exitCodeOf(error, exitOfRefusal);
  if (!(error instanceof HeliographError)) {
    return { exit, name: "unexpected", text: unexpected(error), details: {} };
  }
  const given = error instanceof Refusal || error instanceof TrustError ? error.details : {};
  const details = withFingerprints(given);
  const lines = [withTime(error, details)];
  // Another try, or another name, is of no use while the account is locked (rows S3.08, S3.09).
  const hint = details.attemptsLeft === 0 ? undefined : hints[error.code] ?? HINTS[error.code];
  if (hint !== undefined) lines.push(hint);
  if (typeof details.suggestion === "string") lines.push(`Did you mean ${details.suggestion}?`);
  return { exit, name: error.code, text: lines.join("\n"), details };
}

/** Usage that no other spelling of the call would mend: an example would lead astray. */
const NO_SPELLING: ReadonlySet<string> = new Set([
  ...["to-yourself", "yourself", "no-room", "not-allowed", "not-waiting", "nothing-to-send"],
  ...["cannot-pause", "cannot-resume", "cannot-cancel", "no-terminal", "no-input", "bad-config"],
  ...[
    "profile-in-use",
    "id-taken",
    "streaming",
    "this-device",
    "same-reaction",
    "nothing-new",
    "other-account",
    "code-missing",
    "different-passwords",
    "empty-password",
  ],
]);

/**
 * The example of a command that judged itself that it was called wrongly (row S3.52); undefined for all else that was thrown,
 * and where the error shows one itself.
 */
export function exampleAfter(error: unknown, row: CommandSpec): string | undefined {
  if (!(error instanceof UsageError) || NO_SPELLING.has(error.code)) return undefined;
  const example = exampleOf(row);
  const hasOwn = error.message.includes("Example: ") || error.message.includes(`: ${example}`);
  return hasOwn ? undefined : example;
}

/** Identities in the form in which every command shows them. */
function withFingerprints(
  details: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => {
      const fingerprint = typeof value === "string" ? parseFingerprint(value) : undefined;
      return [name, fingerprint === undefined ? value : formatCertificateFingerprint(fingerprint)];
    }),
  );
}

/** Row S3.09: the lock's text, and how long it still holds. */
function withTime(error: HeliographError, details: Readonly<Record<string, unknown>>): string {
  const { retryAfterSeconds, attemptsLeft } = details;
  if (typeof retryAfterSeconds === "number") {
    const isWhole = error.code !== "rate-limited" || /try again$/i.test(error.message);
    return `${error.message}${isWhole ? "" : ": try again"} in ${waitWords(retryAfterSeconds)}`;
  }
  if (typeof attemptsLeft === "number" && attemptsLeft > 0) {
    return `${error.message} (${attemptsLeft} ${attemptsLeft === 1 ? "try" : "tries"} left)`;
  }
  return error.message;
}

/** Seconds for what a lock lasts at the most (15 min), which the seeds count so; else rounded up. */
function waitWords(seconds: number): string {
  if (seconds <= 900) return `${seconds} s`;
  return seconds <= 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

function unexpected(error: unknown): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `Something unexpected happened. Please report it: ${what}`;
}
