/** What the server knows of one connection. Who may do what depends on the state alone (docs/protocol.md, "Sessions"). */

import type { Bytes } from "../base/bytes.ts";
import type { AccountId, AccountName, DeviceId } from "../base/ids.ts";
import type { HopPushKind, PushFields } from "../protocol/hop/mod.ts";
import { encodePacket } from "../protocol/packet.ts";
import type { Connection } from "../net/connection.ts";
import type { PendingLogin } from "./sign_ins.ts";
import type { Subscription } from "./mailbox.ts";
import type { VideoSession } from "./video_session.ts";

/** The facts of the first exchange that later proofs are made over (SR-43). */
export interface Greeting {
  readonly version: number;
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
}

interface SignedIn extends Greeting {
  readonly account: AccountId;
  readonly accountName: AccountName;
  readonly sessionNumber: number;
  /**
   * Until this reading of the monotonic clock password or identity may change, because this connection signed in by
   * password (SR-45): not for ever, or a session that was left open could take the account over.
   */
  readonly passwordFreshUntilMs: number;
}

export type SessionState =
  /** Nothing is known; only `hello` is accepted. */
  | { readonly name: "new" }
  /** Versions are agreed; may register or sign in. At most one login is under way (SR-38). */
  | (Greeting & { readonly name: "stranger"; pending?: PendingLogin })
  /** The password was right, but no device of the account's identity: may link, recover or reset, nothing else (SR-03). */
  | (SignedIn & { readonly name: "unlinked" })
  /** A device of the account. */
  | (SignedIn & { readonly name: "ready"; readonly device: DeviceId });

export type StateName = SessionState["name"];
export type StateOf<Name extends StateName> = Extract<SessionState, { name: Name }>;

export class Session {
  readonly connection: Connection;
  /** Network address of the other side, without port. */
  readonly address: string;
  state: SessionState = { name: "new" };
  /** Set while this connection receives the device's envelopes. */
  subscription: Subscription | undefined;
  readonly streams = new Map<number, VideoSession>();
  #lastStream = 0;

  constructor(connection: Connection, address: string) {
    this.connection = connection;
    this.address = address;
  }

  /** The number of a new stream: never used before on this connection. */
  nextStream(): number {
    return ++this.#lastStream;
  }

  /** Sends a push. Never waits; bulk goes behind everything else. */
  push<Kind extends HopPushKind>(
    kind: Kind,
    fields: PushFields<Kind>,
    options: { payload?: Bytes; lane?: "control" | "bulk" } = {},
  ): void {
    this.connection.send(
      encodePacket({ kind, ...fields as object }, options.payload),
      options.lane ?? "control",
      // A frame is sent in parts: without one of them the others are worth nothing.
      { droppable: false },
    );
  }
}
