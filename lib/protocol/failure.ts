/** What the server answers when it says no. The codes are stable; clients map them to words and exit codes. */

import { Type } from "@sinclair/typebox";
import { Refusal } from "../base/errors.ts";
import { count, Definition, optional, text } from "./schema.ts";

/** Every failure code, with the exit code of the client program that it leads to (docs/protocol.md, "Failures"). */
export const FAILURE_CODES = {
  "wrong-credentials": 3,
  "not-signed-in": 3,
  "not-linked": 7,
  "locked": 6,
  "name-taken": 6,
  "name-refused": 2,
  "token-refused": 6,
  "registration-closed": 6,
  "password-not-fresh": 3,
  "device-refused": 7,
  "device-removed": 3,
  "bot-token-refused": 3,
  "no-request": 4,
  "not-permitted": 6,
  "last-owner": 6,
  "kicked": 6,
  "muted": 6,
  "not-sanctioned": 4,
  "unknown-account": 4,
  "unknown-conversation": 4,
  "unknown-video": 4,
  "unknown-stream": 4,
  "unknown-upload": 4,
  "no-device": 6,
  "not-member": 6,
  "room-repaired": 6,
  "unknown-room": 4,
  "room-full": 6,
  "not-allowed": 6,
  "stale-epoch": 6,
  "envelope-known": 6,
  "quota-exceeded": 6,
  "rate-limited": 9,
  "too-many": 9,
  "bad-message": 1,
  "unsupported-version": 10,
  "media-refused": 1,
  "ffmpeg-missing": 11,
  "storage-full": 5,
  "going-away": 5,
  "internal": 1,
} as const;

/** A word of the table above. */
export type FailureCode = keyof typeof FAILURE_CODES;

/** Whether a word from outside is one that this version knows. */
export function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(FAILURE_CODES, code);
}

const PASSING: ReadonlySet<string> = new Set<FailureCode>([
  "going-away",
  "internal",
  "rate-limited",
  "storage-full",
  "too-many",
]);

/** Whether a refusal passes by itself: the server is full, stopping, or asks for patience. */
export function isPassingFailure(code: string): boolean {
  return PASSING.has(code);
}

/** Whether the server said that what was asked is not done. Where it failed by itself, it may be done all the same. */
export function isClearNo(error: unknown): boolean {
  return error instanceof Refusal && error.code !== "internal";
}

/** The refusal of a request, to be thrown by its handler. */
export function refuse(
  code: FailureCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Refusal {
  return new Refusal(code, message, { details });
}

/** The answer to a request that was refused. `details` hold facts for programs, `message` is for the person. */
export const failure = new Definition("failure", {
  code: text(40),
  message: text(500),
  attemptsLeft: optional(count(1000)),
  retryAfterSeconds: optional(count(1_000_000)),
  suggestion: optional(text(400)),
  epoch: optional(count()),
  versions: optional(Type.Object({ min: count(65_535), max: count(65_535) })),
});
