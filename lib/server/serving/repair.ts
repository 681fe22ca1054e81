/** What a node of several does about news that did not come: it looks into the store, which has everything. */

import type { Clock } from "../../base/clock.ts";
import type { Bus } from "../bus/bus.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { ModerationEffects } from "../moderation/moderation_effects.ts";

/** Whoever wrote something down and ended before telling it is noticed by nobody: so long may what they wrote wait. */
const LOOK_EVERY_MS = 5_000;
/** While other nodes cannot be reached, the store is the only way to them. */
const LOOK_ALONE_MS = 1_000;

/** Looks after each loss and from time to time, until `signal` aborts. */
export async function repair(
  { bus, clock, mailboxes, moderationEffects }: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly mailboxes: Mailboxes;
    readonly moderationEffects: ModerationEffects;
  },
  signal: AbortSignal,
): Promise<never> {
  let lost = Promise.withResolvers<void>();
  const end = bus.onLoss(() => lost.resolve());
  try {
    for (;;) {
      mailboxes.repair();
      await moderationEffects.look();
      const waited = new AbortController();
      const waiting = AbortSignal.any([signal, waited.signal]);
      const everyMs = bus.isUp ? LOOK_EVERY_MS : LOOK_ALONE_MS;
      // The timer of a wait that a loss has ended goes with it.
      const timer = clock.sleep(everyMs, { signal: waiting }).catch((error) => {
        if (!waited.signal.aborted) throw error;
      });
      await Promise.race([lost.promise, timer]);
      waited.abort();
      lost = Promise.withResolvers();
    }
  } finally {
    end();
  }
}
