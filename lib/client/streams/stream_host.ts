/** What streams need of the client that they belong to: with a server, or of a pair without one. */

import type { DirectControlMessages } from "../direct/control_messages.ts";
import type { Signaling } from "../direct/signaling.ts";
import type { Link } from "../link/link.ts";
import type { Held } from "../sending/online_link.ts";
import type { Messenger } from "../store/messenger.ts";
import type { LiveStreams } from "./live_now.ts";
import type { DirectHome } from "../transfers/direct_home.ts";

/** A connection that may come and go. `link` throws TransportError `offline` while there is none. */
export interface StreamHost {
  readonly messenger: Messenger;
  readonly isOnline: boolean;
  readonly link: Link;
  /** Sends what waits; returns what could not leave. */
  flush(): Promise<readonly Held[]>;
  /** What runs here. */
  readonly live: LiveStreams;
  /** The way past the server; undefined where there is no other way than the link. */
  readonly beside?: {
    readonly direct: DirectHome;
    /** Over the present connection. Throws TransportError `offline`. */
    introductions(): Signaling;
    readonly controlMessages: DirectControlMessages;
  };
}
