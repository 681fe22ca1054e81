/** The exit codes of both programs: stable, scripts rely on them. */

import {
  CryptoError,
  HeliographError,
  MediaError,
  Refusal,
  StorageError,
  TransferError,
  TransportError,
  TrustError,
  UsageError,
} from "../base/errors.ts";

/** What each code means, as man pages say it. */
export const EXIT_CODES = {
  0: "done",
  1: "unexpected error",
  2: "wrong usage or bad argument",
  3: "not signed in, or wrong credentials",
  4: "unknown user, room, file or video",
  5: "cannot reach, cannot bind, or timed out",
  6: "refused: kicked, locked, no permission, declined",
  7: "verification failed: server, identity, safety number, signature or hash",
  8: "interrupted, can be resumed",
  9: "rate limited; when to try again is printed",
  10: "protocol or schema version mismatch",
  11: "something external is missing: ffmpeg, camera, audio, the server program",
  75: "the server is to be started again by what supervises it",
  129: "stopped by SIGHUP, as when its terminal is closed",
  130: "interrupted by ctrl-C",
  143: "stopped by SIGTERM",
} as const;

/** A code that the programs end with. */
export type ExitCode = keyof typeof EXIT_CODES;

/** The codes by what they are for, where a number would say nothing. */
export const EXIT = {
  done: 0,
  failure: 1,
  usage: 2,
  notSignedIn: 3,
  unknown: 4,
  unreachable: 5,
  refused: 6,
  notVerified: 7,
  resumable: 8,
  rateLimited: 9,
  versionMismatch: 10,
  missingExternal: 11,
  restart: 75,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const satisfies Readonly<Record<string, ExitCode>>;

/** What a program ends with that one of these stopped, as a shell says it. */
export const SIGNAL_EXIT: Readonly<Record<"SIGINT" | "SIGTERM" | "SIGHUP", ExitCode>> = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.hungUp,
};

/** Any command may end with these; a row names the others. */
export const COMMON_EXIT_CODES: readonly ExitCode[] = [0, 1, 2, 129, 130, 143];

/** Codes of `StorageError` for what another version has written. */
const OTHER_FORMATS: readonly string[] = ["newer-format", "unknown-format"];

/**
 * The exit code of something thrown. `ofRefusal` tells the code of a server's failure code, undefined when it does not know it:
 * the list of those belongs to the protocol.
 */
export function exitCodeOf(
  thrown: unknown,
  ofRefusal: (failureCode: string) => ExitCode | undefined,
): ExitCode {
  if (!(thrown instanceof HeliographError)) return EXIT.failure;
  if (thrown instanceof Refusal) return ofRefusal(thrown.code) ?? EXIT.refused;
  if (thrown instanceof UsageError) return EXIT.usage;
  if (thrown instanceof TransportError) return EXIT.unreachable;
  if (thrown instanceof TrustError) return EXIT.notVerified;
  if (thrown instanceof TransferError) return EXIT.resumable;
  if (thrown instanceof CryptoError) return EXIT.notVerified;
  if (thrown instanceof StorageError && OTHER_FORMATS.includes(thrown.code)) {
    return EXIT.versionMismatch;
  }
  // A second program on the same data cannot have it either (row S3.56).
  if (thrown instanceof StorageError && thrown.code === "in-use") return EXIT.unreachable;
  if (thrown instanceof MediaError) {
    const isMissing = ["ffmpeg-missing", "ffmpeg-killed"].includes(thrown.code) ||
      thrown.code.startsWith("device-");
    return isMissing ? EXIT.missingExternal : EXIT.failure;
  }
  return EXIT.failure;
}
