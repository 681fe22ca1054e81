/** Makes who asks too much wait: a client that floods is answered as slowly as its account may ask, and loses nothing. */

import type { Clock } from "../../base/clock.ts";
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
