/** What the operating system and SQLite report, as `StorageError` with a stable code. */

import { describeError, StorageError } from "../base/errors.ts";

/**
 * Codes of `StorageError` thrown by this room.
 * `busy` may be tried again; `not-unique` is the judge of names and ids; the others are for a person.
 */
export type StorageFailure =
  | "disk-full"
  | "not-found"
  | "no-permission"
  | "already-exists"
  | "busy"
  | "not-unique"
  | "constraint"
  | "damaged"
  | "newer-format"
  | "unknown-format"
  | "in-use"
  | "not-a-file"
  | "changed"
  | "failed";

/** Of the program: what made data before it was never released, and its migrations changed (`unknown-format`). */
export const OLDEST_VERSION = "0.1.0";

const ERRNO: Readonly<Record<string, StorageFailure>> = {
  ENOSPC: "disk-full",
  EDQUOT: "disk-full",
  EFBIG: "disk-full",
  ENOENT: "not-found",
  EACCES: "no-permission",
  EPERM: "no-permission",
  EROFS: "no-permission",
  EMFILE: "failed",
  ENFILE: "failed",
  EEXIST: "already-exists",
};

/** What the system says with a number, and the path once more, in words for a person. */
const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full for you",
  EFBIG: "it is too large for this disk",
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  EMFILE: "this program has too many files open (ulimit -n)",
  ENFILE: "this machine has too many files open",
};

/** Primary result codes (sqlite.org/rescode.html); the extended code's low byte. */
const SQLITE_PRIMARY: Readonly<Record<number, StorageFailure>> = {
  5: "busy",
  6: "busy",
  8: "no-permission",
  11: "damaged",
  13: "disk-full",
  19: "constraint",
  26: "damaged",
};
/** There is not even room for the file that processes share beside the log: what a full disk says at the first statement. */
const SQLITE_IOERR_SHMSIZE = 4874;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** `exec` and the constructor report no `errcode` in Deno 2.4.2 and 2.9.6 (measured), so the text is the fallback. */
const SQLITE_TEXT: readonly (readonly [RegExp, StorageFailure])[] = [
  [/UNIQUE constraint failed/, "not-unique"],
  [/constraint failed/, "constraint"],
  [/database( table)? is locked|database schema is locked/, "busy"],
  [/database or disk is full/, "disk-full"],
  [/malformed|not a database/, "damaged"],
  [/readonly database|unable to open/, "no-permission"],
];

function property(thrown: unknown, name: string): unknown {
  return typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, name) : undefined;
}

function sqliteFailure(thrown: unknown): StorageFailure {
  const code = property(thrown, "errcode");
  if (code === SQLITE_CONSTRAINT_UNIQUE || code === SQLITE_CONSTRAINT_PRIMARYKEY) {
    return "not-unique";
  }
  if (code === SQLITE_IOERR_SHMSIZE) return "disk-full";
  const known = typeof code === "number" ? SQLITE_PRIMARY[code & 0xff] : undefined;
  if (known !== undefined) return known;
  const text = describeError(thrown);
  return SQLITE_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? "failed";
}

/**
 * `thrown` as a `StorageError` whose message starts with what could not be done (`Cannot write key store`). A
 * `StorageError` comes back as it is.
 */
export function storageError(action: string, thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const code = property(thrown, "code");
  const failure = code === "ERR_SQLITE_ERROR"
    ? sqliteFailure(thrown)
    : thrown instanceof Deno.errors.NotCapable
    ? "no-permission"
    : ERRNO[typeof code === "string" ? code : ""] ?? "failed";
  const why = WORDS[typeof code === "string" ? code : ""] ?? describeError(thrown);
  return new StorageError(failure, `${action}: ${why}`, { cause: thrown });
}

/** True for errors that SQLite or the operating system reported, as opposed to our own and to bugs. */
export function isSystemFailure(thrown: unknown): boolean {
  const code = property(thrown, "code");
  return code === "ERR_SQLITE_ERROR" || (typeof code === "string" && code in ERRNO);
}
