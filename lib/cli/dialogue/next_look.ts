/** How soon a front end looks again at what it shows, though nothing is written. */

import type { Client } from "../../client/client.ts";

/** While files move, or something waits for the person until a time. */
const MOVING_MS = 500;

/** Infinity when nothing happens by itself. `isWaiting`: something waits for the person. */
export async function nextLookMs(client: Client, isWaiting: boolean): Promise<number> {
  if (isWaiting || (await client.transfers.active()).length > 0) return MOVING_MS;
  const dueMs = client.talk.nextDueMs;
  return dueMs === undefined ? Infinity : Math.max(0, dueMs - client.clock.nowMs());
}
