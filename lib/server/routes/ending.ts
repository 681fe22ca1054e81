/** What the server is asked of itself: its time, its word about the accounts, and its end, ordered by one of its owners (row S2.22). */

import { denialRefusal } from "../auth/denials.ts";
import { refuse } from "../../protocol/failure.ts";
import type { Answer, Routes } from "../serving/router.ts";
import type { Clock } from "../../base/clock.ts";
import type { Ending } from "../serving/ending.ts";
import type { Presence } from "../presence/presence.ts";
import type { ModerationStore } from "../store/moderation_store.ts";

/** What these handlers touch. */
export interface EndingServices {
  readonly accountPolicy: { readonly requests: "all" | "strangers" };
  readonly clock: Clock;
  readonly ending: Ending;
  readonly presence: Presence;
  readonly store: ModerationStore;
}

/** The rows of family `server` for signed-in sessions. */
export const endingRoutes = {
  "server.clock": {
    needs: "ready",
    scope: "never",
    handle: ({ services }) => ({ fields: { atMs: services.clock.nowMs() } }),
  },
  "server.policy": {
    needs: "ready",
    scope: "receive",
    handle: ({ services: { accountPolicy } }) => ({
      fields: { requests: accountPolicy.requests },
    }),
  },
  "server.end": {
    needs: "ready",
    scope: "never",
    async handle({ services, state, fields }): Promise<Answer<"server.end">> {
      const { store, clock, ending, presence } = services;
      const { how, afterSeconds = 0, reason } = fields;
      const { account } = state;
      const action = how === "restart" ? "restart" : "drain";
      const moderationAction = {
        by: account,
        account,
        action,
        detail: how,
        nowMs: clock.nowMs(),
      } as const;
      // Judged and written down in one transaction, before anything is done.
      const judged = await store.recordModerationAction(moderationAction);
      if (judged.result !== "done") throw denialRefusal(judged, action, state.accountName);
      const connections = [...presence.everyone()].length;
      if (how === "cancel") {
        if (!ending.cancel()) throw refuse("not-sanctioned", "No stop or restart was planned");
        return { fields: { connections } };
      }
      const { atMs } = ending.plan(how, { delayMs: afterSeconds * 1000, reason });
      return { fields: { atMs, connections } };
    },
  },
} satisfies Partial<Routes<EndingServices>>;
