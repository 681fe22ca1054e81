/** Who may broadcast, and how often: the one place that is asked. */

import type { Parts } from "./parts.ts";
import { refuse } from "./refusal.ts";
import type { StateOf } from "./session.ts";

/** Everyone with an account may, some times in a row. Throws Refusal `rate-limited`. */
export function requireMayBroadcast(
  { broadcasts }: Pick<Parts, "broadcasts">,
  { account }: StateOf<"ready">,
): void {
  const retryAfterSeconds = broadcasts.take(account);
  if (retryAfterSeconds > 0) {
    throw refuse("rate-limited", "You have broadcast too often", { retryAfterSeconds });
  }
}
