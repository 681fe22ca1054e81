/** What becomes of the links that were there when another one comes. */

import type { Clock } from "../../base/clock.ts";
import type { Link } from "../link/link.ts";

/**
 * Who keeps the order ends a connection at once that another one follows. One that it leaves open for longer is unknown to it:
 * its program was killed and has come back, and by QUIC nothing else tells that for 12 s.
 */
export const OLDER_MS = 3_000;

/** Gives up in a while what is still open of `older`, unless `newest` has ended before. */
export function leaveOlder(older: readonly Link[], newest: Link, clock: Clock): void {
  if (older.length === 0) return;
  const cancel = clock.after(OLDER_MS, () => {
    for (const link of older) link.abandon();
  });
  newest.closed.then(cancel);
}
