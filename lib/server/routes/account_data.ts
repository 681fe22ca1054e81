/** What the devices of an account keep in common: kept, and handed on, unread. */

import { ready, type Routes } from "../serving/router.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../../relay/log_rules.ts";
import type { Bus } from "../bus/bus.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { AccountDataStore } from "../store/account_store.ts";

/** What these handlers touch. */
export interface AccountDataServices {
  readonly bus: Bus;
  readonly counters: Counters;
  readonly store: AccountDataStore;
}

/** Rows of family `device` about pages. */
export const accountDataRoutes = {
  "device.read-page": ready("never", async ({ services, state, fields: { page, version } }) => {
    const kept = await services.store.readPage({ account: state.account, page });
    if (kept === undefined) return { fields: {} };
    const isKnown = kept.version === version;
    return { fields: { version: kept.version }, ...(isKnown ? {} : { payload: kept.body }) };
  }),
  "device.write-page": ready(
    "never",
    async ({ services, session, state: { account }, fields, payload }) => {
      const { page, version, follows } = fields;
      const count = payload.length + ENVELOPE_OVERHEAD_BYTES;
      await requireRate(services.counters, "accountDataBytes", { key: account, count });
      const kept = { account, page, version, follows, body: payload };
      const written = await services.store.writePage(kept);
      if (written) {
        // A bot may not read it.
        const others = { except: session, withoutBots: true };
        await services.bus.toAccounts([account], "device.page-news", { page, version }, others);
      }
      return { fields: { written } };
    },
  ),
} satisfies Partial<Routes<AccountDataServices>>;
