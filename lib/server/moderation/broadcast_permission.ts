/** Who may speak to everyone, and how often: the one place that is asked. */

import { sanctionRefusal } from "../auth/denials.ts";
import type { Clock } from "../../base/clock.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { ModerationStore } from "../store/moderation_store.ts";
import type { Moderation } from "./moderation.ts";
import type { StateOf } from "../sessions/session.ts";

/**
 * Whose role may, some times in a row. The store looks once more who is muted when it adds. Throws Refusal `not-permitted`,
 * `rate-limited`, `muted`.
 */
export async function requireMayBroadcast(
  parts: { counters: Counters; clock: Clock; moderation: Moderation; store: ModerationStore },
  state: StateOf<"ready">,
): Promise<void> {
  await parts.moderation.requirePermitted(state.account, "broadcast");
  await requireRate(parts.counters, "broadcasts", { key: state.account });
  await requireNotMuted(parts, state);
}

/** For what everyone gets to read. Throws Refusal `muted`. */
export async function requireNotMuted(
  { store, clock }: { clock: Clock; store: ModerationStore },
  { account }: StateOf<"ready">,
): Promise<void> {
  const mute = await store.findSanction({ kind: "mute", account, nowMs: clock.nowMs() });
  if (mute !== undefined) throw sanctionRefusal(mute);
}
