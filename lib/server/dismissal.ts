/** Sends an account away: all sessions of all its devices end, told why (SR-47). */

import { describeError } from "../base/errors.ts";
import type { AccountId } from "../base/ids.ts";
import type { Clock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import type { AccountSessions } from "./account_sessions.ts";
import { sanctionWords } from "./moderation_words.ts";
import type { Sanction } from "./moderation_store.ts";
import type { Presence } from "./presence.ts";
import type { Store } from "./store.ts";

const log = logger("server", "moderation");

/** A client that does not read its farewell does not stay for it. */
const FAREWELL_MS = 500;
/** Another process, the operator's, may have kicked somebody: how often to look. A kick takes hold within a second. */
const LOOK_MS = 500;

interface Present {
  readonly sessions: AccountSessions;
  readonly presence: Presence;
}

/** Ends every session of the account; returns how many there were. Others hear that it was kicked. */
export function dismiss(
  { sessions, presence }: Present,
  kick: Sanction,
): number {
  const ended = sessions.of(kick.account);
  presence.dismiss(kick.account);
  const message = sanctionWords(kick);
  for (const session of ended) {
    session.push("moderation.dismissed", { code: "kicked", message });
    // Not awaited: it ends by itself.
    session.connection.close("kicked", FAREWELL_MS);
  }
  return ended.length;
}

/** Dismisses whom any process has kicked, until `signal` aborts. A store that fails is looked into again. */
export async function watchKicks(
  parts: Present & { clock: Clock; store: Store },
  signal: AbortSignal,
): Promise<never> {
  const { clock, store } = parts;
  let last: number | undefined;
  for (;;) {
    try {
      // What was written down before anybody came is seen at sign-in.
      last ??= (await store.kickedSince(0)).entry;
      const { entry, accounts } = await store.kickedSince(last);
      for (const account of accounts) await dismissIfKicked(parts, account);
      last = entry;
    } catch (error) {
      log.error("watch failed", { reason: describeError(error) });
    }
    await clock.sleep(LOOK_MS, { signal });
  }
}

async function dismissIfKicked(
  parts: Present & { clock: Clock; store: Store },
  account: AccountId,
): Promise<void> {
  const { store, clock } = parts;
  const kick = await store.findSanction({ kind: "kick", account, nowMs: clock.nowMs() });
  if (kick !== undefined) dismiss(parts, kick);
}
