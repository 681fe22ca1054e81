/**
 * Runs what only one process of a profile may do at a time, waiting for the others. `action` asks `isHeld`
 * inside the transaction that matters: after a long pause another process may have taken over.
 */

import { type Duty, Lease } from "./lease.ts";
import type { Profile } from "./profile.ts";

/** How often to look whether the other process is done; one that was killed holds others up for 10 s. */
const RETRY_MS = 100;

/** Waits for the lease of `duty`, then runs `action` under it. */
export async function exclusively<Result>(
  profile: Pick<Profile, "database" | "clock" | "random">,
  duty: Duty,
  action: (isHeld: () => boolean) => Promise<Result>,
): Promise<Result> {
  for (;;) {
    using lease = Lease.take(profile.database, duty, profile);
    if (lease !== undefined) return await action(() => lease.isHeld);
    await profile.clock.sleep(RETRY_MS);
  }
}
