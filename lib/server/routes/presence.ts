/** Busy and free. */

import { openBusy } from "../../crypto/statements/busy.ts";
import { requireNotMuted } from "../moderation/moderation.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import { isSignedHere } from "../auth/signed_here.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counters } from "../counters/counters.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Presence } from "../presence/presence.ts";
import type { DeviceStore } from "../store/device_store.ts";
import type { ModerationStore } from "../store/moderation_store.ts";

/** What these handlers touch. */
export interface PresenceServices {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly identity: ServerIdentity;
  readonly presence: Presence;
  readonly store: DeviceStore & ModerationStore;
}

/** Rows of family `presence`. */
export const presenceRoutes = {
  "presence.set": ready("presence", async ({ services, state, fields, payload }) => {
    const { clock, identity, presence } = services;
    const { account } = state;
    if (!fields.busy) {
      presence.setBusy(account, undefined);
      return { fields: {} };
    }
    await requireNotMuted(services, state);
    const opened = openBusy(payload, identity.serverId);
    if (!opened.ok || !await isSignedHere(services, state, opened)) {
      throw refuse("bad-message", "Cannot be busy: this device did not sign it");
    }
    const { untilMs } = opened.busy;
    presence.setBusy(account, { sinceMs: clock.nowMs(), untilMs, statement: payload });
    return { fields: {} };
  }, { rate: "busyChanges" }),
} satisfies Partial<Routes<PresenceServices>>;
