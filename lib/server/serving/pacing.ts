/** Makes who asks too much wait: a client that floods is answered as slowly as its account may ask, and loses nothing. */

import type { Clock } from "../../base/clock.ts";
import { describeError, ProtocolError, Refusal, StorageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { type FailureCode, isFailureCode } from "../../protocol/failure.ts";
import type { Counters } from "../counters/counters.ts";
import type { Session } from "../sessions/session.ts";

/**
 * Resolves when a session may ask, as almost always at once, or its connection is closed. Meanwhile nothing of its connection
 * is read. Strangers have a number of requests instead.
 */
export async function pace(
  { counters, clock }: { counters: Counters; clock: Clock },
  session: Session,
): Promise<void> {
  const { state, connection } = session;
  if (state.name !== "ready" && state.name !== "unlinked") return;
  for (;;) {
    const seconds = await counters.take("requests", state.account);
    if (seconds === 0 || !connection.isOpen) return;
    // Rejects only when the connection is gone, which ends the loop.
    await clock.sleep(seconds * 1000, { signal: session.gone }).catch(() => {});
    if (!connection.isOpen) return;
  }
}

// What a client is told of a request that could not be done.

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
