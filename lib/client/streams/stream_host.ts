/** What streams need of the client that they belong to: with a server, or of a pair without one. */

import type { Client } from "../client.ts";
import type { DirectControlMessages } from "../direct/control_messages.ts";
import type { Signaling } from "../direct/signaling.ts";

/** A connection that may come and go. `link` throws TransportError `offline` while there is none. */
export interface StreamHost extends Pick<Client, "messenger" | "isOnline" | "link" | "flush"> {
  /** The way past the server; undefined where there is no other way than the link. */
  readonly beside?: Pick<Client["transfers"], "direct"> & {
    /** Over the present connection. Throws TransportError `offline`. */
    introductions(): Signaling;
    readonly controlMessages: DirectControlMessages;
  };
}
