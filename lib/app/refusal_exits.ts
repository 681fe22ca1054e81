/** What a program ends with when something was refused, by the code of the refusal. */

import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { FAILURE_CODES, isFailureCode } from "../protocol/failure.ts";

/** Refusals of this client itself; the server's stand in the table of the protocol. */
const OWN: ReadonlyMap<string, ExitCode> = new Map([
  // Ctrl-C at a question, where it arrives as a key.
  ["interrupted", EXIT.interrupted],
  ["wrong-password", EXIT.notSignedIn],
  ["unknown-device", EXIT.unknown],
  ["blocked", EXIT.refused],
  ["link-declined", EXIT.refused],
  ["link-expired", EXIT.unreachable],
  ["no-server", EXIT.missingExternal],
  ["unknown-message", EXIT.unknown],
  // A line of a dialogue that names nobody, or nobody whom it can be told from others.
  ["nobody-addressed", EXIT.unknown],
  ["not-sent", EXIT.unknown],
  ["unknown-transfer", EXIT.unknown],
  ["no-such-file", EXIT.unknown],
  // What is to be done is in its words, other than for `not-linked`.
  ["no-recovery-code", EXIT.notVerified],
]);

/** Undefined for a code that has no exit code of its own. */
export function exitOfRefusal(code: string): ExitCode | undefined {
  return OWN.get(code) ?? (isFailureCode(code) ? FAILURE_CODES[code] : undefined);
}
