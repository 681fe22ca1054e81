/** Busy and free. */

import { openBusy } from "../../crypto/busy.ts";
import { requireNotMuted } from "../broadcast_permission.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";
import { isSignedHere } from "../signed_here.ts";

/** Rows of family `presence`. */
export const presenceRoutes = {
  "presence.set": {
    needs: "ready",
    async handle({ parts, state, fields, payload }) {
      const { clock, identity, presence, busyChanges } = parts;
      const { account } = state;
      const retryAfterSeconds = busyChanges.take(account);
      if (retryAfterSeconds > 0) {
        throw refuse("rate-limited", "Busy and free too often: try again", { retryAfterSeconds });
      }
      if (!fields.busy) {
        presence.setBusy(account, undefined);
        return { fields: {} };
      }
      await requireNotMuted(parts, state);
      const opened = openBusy(payload, identity.serverId);
      if (!opened.ok || !await isSignedHere(parts, state, opened)) {
        throw refuse("bad-message", "Cannot be busy: this device did not sign it");
      }
      const { untilMs } = opened.busy;
      presence.setBusy(account, { sinceMs: clock.nowMs(), untilMs, statement: payload });
      return { fields: {} };
    },
  },
} satisfies Partial<Routes>;
