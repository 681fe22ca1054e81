/** What the devices of an account keep in common: kept, and handed on, unread. */

import type { Routes } from "../serving/router.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../store/conversation_store.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Store } from "../store/store.ts";

/** What these handlers touch. */
export interface AccountDataServices {
  readonly counters: Counters;
  readonly sessions: Sessions;
  readonly store: Store;
}

/** Rows of family `device` about pages. */
export const accountDataRoutes = {
  "device.read-page": {
    needs: "ready",
    scope: "never",
    async handle({ services, state, fields: { page, version } }) {
      const kept = await services.store.readPage({ account: state.account, page });
      if (kept === undefined) return { fields: {} };
      const isKnown = kept.version === version;
      return { fields: { version: kept.version }, ...(isKnown ? {} : { payload: kept.body }) };
    },
  },
  "device.write-page": {
    needs: "ready",
    scope: "never",
    async handle({ services, session, state: { account }, fields, payload }) {
      const { page, version, follows } = fields;
      const count = payload.length + ENVELOPE_OVERHEAD_BYTES;
      await requireRate(services.counters, "accountDataBytes", { key: account, count });
      const kept = { account, page, version, follows, body: payload };
      const written = await services.store.writePage(kept);
      for (const other of written ? services.sessions.of(account) : []) {
        if (other === session || other.state.name !== "ready") continue;
        // A bot may not read it.
        if (other.state.limits === undefined) other.push("device.page-news", { page, version });
      }
      return { fields: { written } };
    },
  },
} satisfies Partial<Routes<AccountDataServices>>;
