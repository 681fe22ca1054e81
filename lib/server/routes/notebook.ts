/** What the devices of an account keep in common: kept, and handed on, unread. */

import type { Routes } from "../router.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../conversation_store.ts";
import { requireRate } from "./submitting.ts";

/** Rows of family `device` about pages. */
export const notebookRoutes = {
  "device.read-page": {
    needs: "ready",
    async handle({ parts, state, fields: { page, version } }) {
      const kept = await parts.store.readPage({ account: state.account, page });
      if (kept === undefined) return { fields: {} };
      const isKnown = kept.version === version;
      return { fields: { version: kept.version }, ...(isKnown ? {} : { payload: kept.body }) };
    },
  },
  "device.write-page": {
    needs: "ready",
    async handle({ parts, session, state: { account }, fields, payload }) {
      const { page, version, follows } = fields;
      const charged = payload.length + ENVELOPE_OVERHEAD_BYTES;
      requireRate(parts.notebookBytes.take(account, charged), "Too much was written lately");
      const kept = { account, page, version, follows, body: payload };
      const written = await parts.store.writePage(kept);
      for (const other of written ? parts.sessions.of(account) : []) {
        if (other === session || other.state.name !== "ready") continue;
        // A bot may not read it.
        if (other.state.limits === undefined) other.push("device.page-news", { page, version });
      }
      return { fields: { written } };
    },
  },
} satisfies Partial<Routes>;
