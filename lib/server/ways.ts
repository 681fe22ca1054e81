/** The ways between clients besides messages: uploads that wait here, and what helps them to meet without the server. */

import type { Rendezvous } from "./rendezvous.ts";
import type { Spool } from "./spool/spool.ts";
import type { StreamRelay } from "./streams/stream_relay.ts";

/** Each lives as long as the server. */
export interface Ways {
  readonly spool: Spool;
  /** Live streams, as they run. */
  readonly streams: StreamRelay;
  /** Undefined where it is switched off, or UDP is not to be had. */
  readonly rendezvous: Rendezvous | undefined;
}
