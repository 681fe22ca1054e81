/** A node that gives its people to the others: it takes nobody any more, and its sessions go in waves (decision 0136). */

import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { SessionHost } from "./session_host.ts";

const log = logger("server");

/** Who goes comes back elsewhere, and signs in there: so many at a time are none too many for the nodes that stay. */
export const WAVE_SESSIONS = 100;
/** From the end of a wave to the next. */
const WAVE_PAUSE_MS = 1_000;

/** What clients are told. */
const REASON = "This node of the server is emptied, connect again";

/** Ends all sessions, wave by wave, once nobody new is let in. `patienceMs`: how long a client may take that reads slowly. */
export async function emptyInWaves(
  { clock, host, sessions, patienceMs }: {
    readonly clock: Clock;
    readonly host: Pick<SessionHost, "dismiss">;
    readonly sessions: Sessions;
    readonly patienceMs: number;
  },
  signal: AbortSignal,
): Promise<void> {
  while (sessions.count > 0) {
    await host.dismiss([...sessions].slice(0, WAVE_SESSIONS), REASON, patienceMs);
    if (sessions.count > 0) await clock.sleep(WAVE_PAUSE_MS, { signal });
  }
  log.info("server.drained", {});
}
