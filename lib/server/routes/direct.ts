/** Direct connections between clients: the server's part is to tell where a socket is seen. */

import { encodeHex } from "../../base/bytes.ts";
import { refuse } from "../refusal.ts";
import type { Routes } from "../router.ts";

/** Rows of family `direct`. */
export const directRoutes = {
  "direct.rendezvous": {
    needs: "ready",
    handle({ parts: { rendezvous, rendezvousTickets }, session, state }) {
      if (rendezvous === undefined) {
        throw refuse("not-permitted", "This server does not help with direct connections");
      }
      const waitSeconds = rendezvousTickets.take(state.account);
      if (waitSeconds > 0) {
        throw refuse("rate-limited", "Too many direct connections at once", {
          retryAfterSeconds: waitSeconds,
        });
      }
      const { port, certificate } = rendezvous;
      const ticket = encodeHex(rendezvous.issue(session));
      return { fields: { port, certificate: encodeHex(certificate), ticket } };
    },
  },
} satisfies Partial<Routes>;
