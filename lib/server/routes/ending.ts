/** The end of the server, ordered by one of its owners over the wire (row S2.22). */

import { denialRefusal } from "../moderation_words.ts";
import { refuse } from "../refusal.ts";
import type { Answer, Routes } from "../router.ts";

/** The row of `server.end`. */
export const endingRoutes = {
  "server.end": {
    needs: "ready",
    async handle({ parts, state, fields }): Promise<Answer<"server.end">> {
      const { store, clock, ending, presence } = parts;
      const { how, afterSeconds = 0, reason } = fields;
      const { account } = state;
      const action = how === "restart" ? "restart" : "drain";
      const deed = { by: account, account, action, detail: how, nowMs: clock.nowMs() } as const;
      // Judged and written down in one transaction, before anything is done.
      const judged = await store.recordDeed(deed);
      if (judged.result !== "done") throw denialRefusal(judged, action, state.accountName);
      const connections = [...presence.everyone()].length;
      if (how === "cancel") {
        if (!ending.cancel()) throw refuse("not-sanctioned", "The server was not about to end");
        return { fields: { connections } };
      }
      const { atMs } = ending.plan(how, { delayMs: afterSeconds * 1000, reason });
      return { fields: { atMs, connections } };
    },
  },
} satisfies Partial<Routes>;
