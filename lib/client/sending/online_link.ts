/** A live connection, as the features of a client use it. */

import type { Refusal, TrustError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import type { HandshakeResult } from "../link/handshake.ts";
import type { Link } from "../link/link.ts";

/** Why a text is not on its way yet. */
export type Held =
  /** The contact's identity changed, or the conversation is out of step. */
  | { readonly peer: Peer; readonly error: TrustError }
  /** The server says no for now. */
  | { readonly peer: Peer; readonly error: Refusal }
  /** A conversation begun by the other side has not been received yet. */
  | { readonly peer: Peer; readonly error: undefined };

/** A link that is signed in, and what carries messages over it. */
export interface OnlineLink {
  readonly handshake: HandshakeResult;
  readonly link: Link;
  readonly syncEngine: {
    /** Sends what waits. Returns what had to stay. */
    send(): Promise<readonly Held[]>;
    /** Whether anything may leave for an account or a room now (SR-07). */
    isOpen(peer: Peer): Promise<boolean>;
    /** Does what is due in rooms: coming in, inviting, removing. */
    keepRooms(): Promise<void>;
  };
}
