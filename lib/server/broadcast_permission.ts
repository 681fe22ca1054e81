/** Who may speak to everyone, and how often: the one place that is asked. */

import { sanctionRefusal } from "./moderation_words.ts";
import type { Parts } from "./parts.ts";
import { refuse } from "./refusal.ts";
import type { StateOf } from "./session.ts";

/**
 * Whose role may, some times in a row. The store looks once more who is muted when it adds. Throws Refusal `not-permitted`,
 * `rate-limited`, `muted`.
 */
export async function requireMayBroadcast(
  parts: Pick<Parts, "broadcasts" | "clock" | "moderation" | "store">,
  state: StateOf<"ready">,
): Promise<void> {
  await parts.moderation.requirePermitted(state.account, "broadcast");
  const retryAfterSeconds = parts.broadcasts.take(state.account);
  if (retryAfterSeconds > 0) {
    throw refuse("rate-limited", "Too many broadcasts: try again", { retryAfterSeconds });
  }
  await requireNotMuted(parts, state);
}

/** For what everyone gets to read. Throws Refusal `muted`. */
export async function requireNotMuted(
  { store, clock }: Pick<Parts, "clock" | "store">,
  { account }: StateOf<"ready">,
): Promise<void> {
  const mute = await store.findSanction({ kind: "mute", account, nowMs: clock.nowMs() });
  if (mute !== undefined) throw sanctionRefusal(mute);
}
