/** What a client is told of a request that could not be done. */

import { describeError, ProtocolError, Refusal, StorageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type FailureCode, isFailureCode } from "../../protocol/failure.ts";

const log = logger("server", "router");

/** A Refusal in its own words; of everything else a client learns what it can do about it, and the log the rest. */
export function describeFailure(
  error: unknown,
): { code: FailureCode; message: string; details: Readonly<Record<string, unknown>> } {
  if (error instanceof Refusal && isFailureCode(error.code)) {
    return { code: error.code, message: error.message, details: error.details };
  }
  if (error instanceof ProtocolError) {
    return { code: "bad-message", message: error.message, details: {} };
  }
  if (error instanceof StorageError && error.code === "disk-full") {
    log.error("disk full");
    return {
      code: "storage-full",
      message: "The server's disk is full: nothing was stored",
      details: {},
    };
  }
  log.error("handler failed", { reason: describeError(error) });
  return { code: "internal", message: "The server could not do this: see its log", details: {} };
}
