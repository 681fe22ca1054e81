/** What a node of several does about news that did not come: it looks into the store, which has everything, or asks for them. */

import type { Clock } from "../../base/clock.ts";
import type { Bus } from "../bus/bus.ts";
import type { Broadcasts } from "../delivery/broadcasts.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { ModerationEffects } from "../moderation/moderation_effects.ts";
import type { NodeStreams } from "../media/node_streams.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { SessionTransfers } from "../spool/session_transfers.ts";
import type { Presence } from "../presence/presence.ts";

/** Whoever wrote something down and ended before telling it is noticed by nobody: so long may what they wrote wait. */
const LOOK_EVERY_MS = 5_000;
/** While other nodes cannot be reached, the store is the only way to them. */
const LOOK_ALONE_MS = 1_000;

/** What is repaired. */
interface Repaired {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly broadcasts: Broadcasts;
  readonly mailboxes: Mailboxes;
  readonly moderationEffects: ModerationEffects;
  readonly nodeStreams: NodeStreams | undefined;
  readonly presence: Presence;
  readonly sessions: Sessions;
}

/** Looks after each loss and from time to time, until `signal` aborts. */
export async function repair(parts: Repaired, signal: AbortSignal): Promise<void> {
  const { broadcasts, mailboxes, moderationEffects, nodeStreams, presence, sessions } = parts;
  await Promise.all([
    again(parts, signal, async (mayMiss) => {
      // What no news were sent of is rare: a commit whose answer was lost, say.
      if (mayMiss) await mailboxes.repair();
      else await mailboxes.repairNext();
      await moderationEffects.look();
      await broadcasts.look();
      await nodeStreams?.reconsider();
      reconsiderDownloads(sessions);
    }),
    // By itself: a node that does not answer is waited for.
    again(parts, signal, () => presence.repair()),
  ]);
}

/** News that an account is out of a room may have been lost: what it reads there ends. */
function reconsiderDownloads(sessions: Sessions): void {
  for (const session of sessions) {
    if (session.state.name !== "ready") continue;
    session.attached(SessionTransfers)?.reconsider(session.state.account);
  }
}

/** Calls `look` at once, after each loss and from time to time. `mayMiss`: something that others told may not have come. */
export async function again(
  { bus, clock }: Pick<Repaired, "bus" | "clock">,
  signal: AbortSignal,
  look: (mayMiss: boolean) => Promise<void>,
): Promise<never> {
  let wake = () => {};
  let isLost = true;
  const end = bus.onLoss(() => {
    isLost = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const mayMiss = isLost || !bus.isUp;
      isLost = false;
      await look(mayMiss);
      // A loss that was told meanwhile is looked at now.
      if (isLost) continue;
      const woken = Promise.withResolvers<void>();
      wake = woken.resolve;
      const cancel = clock.after(bus.isUp ? LOOK_EVERY_MS : LOOK_ALONE_MS, wake);
      if (!signal.aborted) await woken.promise;
      cancel();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    end();
  }
}
