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
  let wake = () => {};
  let isLost = false;
  const end = bus.onLoss(() => {
    isLost = true;
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      isLost = false;
      mailboxes.repair();
      await moderationEffects.look();
      // A loss that was told meanwhile is looked at now.
      if (isLost) continue;
      const woken = Promise.withResolvers<void>();
      wake = woken.resolve;
      const cancel = clock.after(bus.isUp ? LOOK_EVERY_MS : LOOK_ALONE_MS, wake);
      if (!signal.aborted) await woken.promise;
      cancel();
    }
  } finally {
    end();
  }
}
