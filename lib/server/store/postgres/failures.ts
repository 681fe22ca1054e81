/** What PostgreSQL, its client and the network report, as `StorageError` with a stable code. */

import { Bug, describeError, HeliographError, StorageError } from "../../../base/errors.ts";

/**
 * Besides those that every store has (`storage/failures.ts`). `unreachable`: nothing was changed. `outcome-unknown`: the
 * connection broke while the transaction was being committed; whoever makes the call again is told.
 */
type PostgresFailure =
  | "unreachable"
  | "outcome-unknown"
  | "busy"
  | "disk-full"
  | "not-unique"
  | "constraint"
  | "no-permission"
  | "not-found"
  | "failed";

/** SQLSTATE (PostgreSQL manual, appendix A): whole codes before classes. */
const CODES: Readonly<Record<string, PostgresFailure>> = {
  "23505": "not-unique",
  "40001": "busy",
  "40P01": "busy",
  "55P03": "busy",
  "57014": "busy",
  "53100": "disk-full",
  "53300": "unreachable",
  "57P01": "unreachable",
  "57P02": "unreachable",
  "57P03": "unreachable",
  // A standby that is not promoted yet.
  "25006": "unreachable",
  "3D000": "not-found",
  "42501": "no-permission",
  // Raised by triggers of ours.
  P0001: "constraint",
};
const CLASSES: Readonly<Record<string, PostgresFailure>> = {
  "08": "unreachable",
  "23": "constraint",
  "28": "no-permission",
};
/** Our SQL is wrong: syntax, unknown names, types. Of `42` but the permission above. */
const BUG_CLASSES: readonly string[] = ["42", "22"];

/** What the client says when its connection is not there. */
const CONNECTION_CODES: readonly string[] = [
  ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT"],
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT", "EHOSTUNREACH", "ENETUNREACH"],
];

/** Instead of the client's, which name a host that nobody gave it. */
const CLIENT_WORDS: Readonly<Record<string, string>> = {
  CONNECT_TIMEOUT: "it does not answer",
  CONNECTION_CLOSED: "it closed the connection",
  CONNECTION_ENDED: "the connection is closed",
  CONNECTION_DESTROYED: "the connection is closed",
};

function codeOf(thrown: unknown): string {
  const code = typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, "code") : "";
  return typeof code === "string" ? code : "";
}

/** Of what Deno and the client throw when there is no server, or it went away without a word. */
export function isConnectionLost(thrown: unknown): boolean {
  return CONNECTION_CODES.includes(codeOf(thrown)) ||
    [
      ...[Deno.errors.ConnectionRefused, Deno.errors.ConnectionReset, Deno.errors.BrokenPipe],
      ...[Deno.errors.NotFound, Deno.errors.UnexpectedEof, Deno.errors.ConnectionAborted],
      ...[Deno.errors.TimedOut, Deno.errors.BadResource, Deno.errors.Interrupted],
    ].some((kind) => thrown instanceof kind);
}

/** What went wrong; undefined for what is nobody's failure but the program's. */
function postgresFailure(thrown: unknown): PostgresFailure | undefined {
  const code = codeOf(thrown);
  const known = CODES[code];
  if (known !== undefined) return known;
  if (isConnectionLost(thrown)) return "unreachable";
  if (code.length !== 5) return "failed";
  const kind = code.slice(0, 2);
  return BUG_CLASSES.includes(kind) ? undefined : CLASSES[kind] ?? "failed";
}

/** `thrown` as one of ours, which come back as they are. The message never has what was bound to a statement. */
export function postgresError(thrown: unknown): HeliographError {
  if (thrown instanceof HeliographError) return thrown;
  const failure = postgresFailure(thrown);
  // Without `cause`: the client hangs the statement and its values on what it throws.
  const why = CLIENT_WORDS[codeOf(thrown)] ?? describeError(thrown);
  if (failure === undefined) return new Bug(`Cannot use the database: ${why}`);
  return new StorageError(failure, `Cannot use the database: ${why}`);
}

/** How often what was in another transaction's way is made again, by its SQLSTATE. */
const MADE_AGAIN: Readonly<Record<string, number>> = {
  "40001": 20,
  "40P01": 20,
  // Everybody looks before they insert: whoever collides looks again, and sees the other's.
  "23505": 3,
};

/** Another transaction was in the way and this one is undone: how often it may be made again at once; 0 for anything else. */
export function conflictRetries(thrown: unknown): number {
  return MADE_AGAIN[codeOf(thrown)] ?? 0;
}

/** There is no server just now. */
export function isUnreachable(thrown: unknown): boolean {
  return thrown instanceof StorageError
    ? thrown.code === "unreachable"
    : !(thrown instanceof HeliographError) && postgresFailure(thrown) === "unreachable";
}
