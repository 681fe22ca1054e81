/** How long a link waits before it dials again. Pure. */

import type { Random } from "../../base/random.ts";

const FIRST_MS = 500;
const MAX_MS = 30_000;

/**
 * Doubles from half a second to half a minute, and takes a random point in the upper half, so that the clients of a restarted
 * server do not come back all at once. `attempt` is 0 after a connection that had worked. `askedMs` is what the server asked
 * for when it said good-bye; the wait is never shorter.
 */
export function reconnectDelayMs(attempt: number, random: Random, askedMs = 0): number {
  const ceilingMs = Math.min(MAX_MS, FIRST_MS * 2 ** attempt);
  return Math.max(0, askedMs) + Math.round(ceilingMs * (1 + random.fraction()) / 2);
}
