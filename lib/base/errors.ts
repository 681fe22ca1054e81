/**
 * The error classes of the house. Expected outcomes are returned as values; what is thrown is always one of these,
 * so that the code that catches can tell by class who must act, and by `code` what happened.
 */

/** Base of every error that Heliograph throws itself. `code` is stable and may be shown to scripts. */
export abstract class HeliographError extends Error {
  abstract override readonly name: string;
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The other side broke the rules of the wire: close that connection, log the kind and the limit, never the payload. */
export class ProtocolError extends HeliographError {
  override readonly name = "ProtocolError";
}

/** One that comes with facts. */
abstract class DetailedError extends HeliographError {
  /** Facts that belong to the code, e.g. `{ retryAfterSeconds: 57 }`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options?: ErrorOptions & { details?: Readonly<Record<string, unknown>> },
  ) {
    super(code, message, options);
    this.details = options?.details ?? {};
  }
}

/** The server says no, with a failure code of `protocol/failure`: shown to the person. */
export class Refusal extends DetailedError {
  override readonly name = "Refusal";
}

/** Refused, reset, timed out: the link reconnects with backoff. */
export class TransportError extends HeliographError {
  override readonly name = "TransportError";
}

/**
 * Something sealed does not open, is a replay, or has an unknown epoch. The message for the person is the same for all
 * causes, so that nothing can be learned by probing; `code` is for our own log and tests.
 */
export class CryptoError extends HeliographError {
  override readonly name = "CryptoError";
}

/** A trust decision stands in the way: changed server, changed identity, wrong safety number. Exit code 7. */
export class TrustError extends DetailedError {
  override readonly name = "TrustError";
}

/** A file transfer cannot go on. */
export class TransferError extends HeliographError {
  override readonly name = "TransferError";
}

/** A video, a picture or ffmpeg cannot go on. */
export class MediaError extends HeliographError {
  override readonly name = "MediaError";
}

/** The terminal cannot do what was asked: fall back a step. */
export class TerminalError extends HeliographError {
  override readonly name = "TerminalError";
}

/** Disk, database or profile cannot go on. */
export class StorageError extends HeliographError {
  override readonly name = "StorageError";
}

/** The caller, or the person at the command line, misused an interface. */
export class UsageError extends HeliographError {
  override readonly name = "UsageError";
}

/** Cannot happen. Log everything and ask for a report. */
export class Bug extends HeliographError {
  override readonly name = "Bug";

  constructor(message: string, options?: ErrorOptions) {
    super("bug", message, options);
  }
}

/** Ends a `switch` over a union: does not compile while a variant is left out. */
export function unreachable(value: never): never {
  throw new Bug(`Cannot handle value: ${JSON.stringify(value)} is in no variant`);
}

/** How Deno refuses a path of the system, such as /proc, to every program; its advice is for who wrote that. */
const NOT_CAPABLE = /^Requires .+ access to (.+), run again with the --allow-.+ flag$/;

/** The text of anything that was thrown, for a message or a log field. */
export function describeError(thrown: unknown): string {
  if (thrown instanceof Deno.errors.NotCapable) {
    return thrown.message.replace(NOT_CAPABLE, "programs like this one may not use $1");
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
