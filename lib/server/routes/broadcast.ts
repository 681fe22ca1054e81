/** Broadcasts: taken, numbered, told to everyone, read later. */

import { seedTime } from "../../commands/when.ts";
import { logger } from "../../base/log.ts";
import { openBroadcast } from "../../crypto/statements/broadcast.ts";
import { BROADCAST_PAGE_ENTRIES } from "../../protocol/hop/broadcast.ts";
import { joinSections } from "../../protocol/sections.ts";
import { type Moderation, requireMayBroadcast } from "../moderation/moderation.ts";
import { sanctionRefusal } from "../auth/denials.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import { isSignedHere } from "../auth/signed_here.ts";
import type { Clock } from "../../base/clock.ts";
import type { Counters } from "../counters/counters.ts";
import type { ServerIdentity } from "../config/server_options.ts";
import type { Broadcasts } from "../delivery/broadcasts.ts";
import type { BroadcastStore } from "../store/store.ts";
import type { DeviceStore } from "../store/device_store.ts";
import type { ModerationStore } from "../store/moderation_store.ts";

const log = logger("server", "broadcast");

/** What these handlers touch. */
export interface BroadcastServices {
  readonly broadcasts: Broadcasts;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly identity: ServerIdentity;
  readonly moderation: Moderation;
  readonly store: BroadcastStore & DeviceStore & ModerationStore;
}

/** Rows of family `broadcast`. */
export const broadcastRoutes = {
  "broadcast.send": ready("broadcast", async ({ services, state, payload }) => {
    const { store, clock, identity, broadcasts } = services;
    await requireMayBroadcast(services, state);
    const opened = openBroadcast(payload, identity.serverId);
    if (!opened.ok || !await isSignedHere(services, state, opened)) {
      throw refuse("bad-message", "Cannot broadcast: this device did not sign it");
    }
    const { account, accountName } = state;
    const { id, text } = opened.broadcast;
    const nowMs = clock.nowMs();
    const added = await store.addBroadcast({ account, id, statement: payload, nowMs });
    if ("sanction" in added) throw sanctionRefusal(added.sanction);
    const { number, atMs } = added;
    if (added.isNew) {
      log.info("broadcast", { name: accountName, number, text, at: localTime(atMs) });
      await broadcasts.tell({ number, atMs, statement: payload });
    }
    return { fields: { number, atMs } };
  }),
  "broadcast.read": ready("receive", async ({ services, state, fields }) => {
    const { after, sinceMs = 0 } = fields;
    // A client that catches up says after which number, and no time.
    if (fields.sinceMs !== undefined && after === 0) {
      log.info("read", { name: state.accountName });
    }
    const limit = BROADCAST_PAGE_ENTRIES;
    const { broadcasts, latest } = await services.store.listBroadcasts({ after, sinceMs, limit });
    const { sizes, payload } = joinSections(broadcasts.map(({ statement }) => statement));
    const entries = broadcasts.map(({ number, atMs }) => ({ number, atMs }));
    const more = broadcasts.length === limit;
    return { fields: { entries, more, latest, sizes }, payload };
  }),
} satisfies Partial<Routes<BroadcastServices>>;

function localTime(atMs: number): string {
  return seedTime(atMs, new Intl.DateTimeFormat().resolvedOptions().timeZone);
}
