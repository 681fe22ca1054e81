/** Direct connections between clients: the server's part is to tell where a socket is seen. */

import { encodeHex } from "../../base/bytes.ts";
import { refuse } from "../../protocol/failure.ts";
import { ready, type Routes } from "../serving/router.ts";
import { type Counters, requireRate } from "../counters/counters.ts";
import type { Rendezvous } from "../sessions/rendezvous.ts";

/** What these handlers touch. */
export interface DirectServices {
  readonly counters: Counters;
  readonly rendezvous: Rendezvous | undefined;
}

/** Rows of family `direct`. */
export const directRoutes = {
  "direct.rendezvous": ready(
    "files",
    async ({ services: { rendezvous, counters }, session, state }) => {
      if (rendezvous === undefined) {
        throw refuse("not-permitted", "This server does not help with direct connections");
      }
      await requireRate(counters, "rendezvousTickets", { key: state.account });
      const { port, certificate } = rendezvous;
      const ticket = encodeHex(rendezvous.issue(session));
      return { fields: { port, certificate: encodeHex(certificate), ticket } };
    },
  ),
} satisfies Partial<Routes<DirectServices>>;
