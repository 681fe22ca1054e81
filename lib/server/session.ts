/** What the server knows of one connection. Who may do what depends on the state alone (docs/protocol.md, "Sessions"). */

import type { AccountId, AccountName, DeviceId } from "../base/ids.ts";
import type { Connection } from "../net/connection.ts";
import type { BotLimits } from "./bot_token_store.ts";
import { ClientLine } from "./client_line.ts";
import type { Greeting } from "./greeting.ts";
import type { PendingLogin } from "./pending_login.ts";
import type { SpoolDesk } from "./spool/spool_desk.ts";
import type { StreamDesk } from "./streams/stream_desk.ts";
import type { Subscription } from "./subscription.ts";
import type { VideoSession } from "./video_session.ts";

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

/** What a session is, and what is known of it then. */
export type SessionState =
  /** Nothing is known; only `hello` is accepted. */
  | { readonly name: "new" }
  /** Versions are agreed; may register or sign in. At most one login is under way (SR-38). */
  | (Greeting & { readonly name: "stranger"; pending?: PendingLogin })
  /** The password was right, but no device of the account's identity: may link, recover or reset, nothing else (SR-03). */
  | (SignedIn & { readonly name: "unlinked" })
  /** A device of the account. */
  | (SignedIn & {
    readonly name: "ready";
    readonly device: DeviceId;
    /** Of a bot's device that signed in with its token; all others may do everything. */
    readonly limits?: BotLimits;
  });

/** The names of the states, as routes ask for them. */
export type StateName = SessionState["name"];
/** The state of a name. */
export type StateOf<Name extends StateName> = Extract<SessionState, { name: Name }>;

/** One connection, and whose it is. Read and changed by handlers, in synchronous steps. */
export class Session extends ClientLine {
  /** Network address of the other side, without port. */
  readonly address: string;
  /** Theirs; 0 where there is none. */
  readonly port: number;
  state: SessionState = { name: "new" };
  /** Set while this connection receives the device's envelopes. */
  subscription: Subscription | undefined;
  /** Set once it sends or reads uploads. */
  spoolDesk: SpoolDesk | undefined;
  /** Set once it sends or watches live streams. */
  streamDesk: StreamDesk | undefined;
  #streams: Map<number, VideoSession> | undefined;
  #lastStream = 0;
  #gone: AbortController | undefined;

  constructor(
    connection: Connection,
    { address, port }: { readonly address: string; readonly port: number },
  ) {
    super(connection);
    this.address = address;
    this.port = port;
  }

  /** The videos that it watches. Made when first asked for: most sessions watch none. */
  get streams(): Map<number, VideoSession> {
    return this.#streams ??= new Map();
  }

  /** Aborts when the connection is closed. Made when first asked for: most sessions never wait. */
  get gone(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = this.#gone = new AbortController();
      this.connection.closed.then(() => gone.abort());
    }
    return this.#gone.signal;
  }

  get videoCount(): number {
    return this.#streams?.size ?? 0;
  }

  closeStreams(): void {
    for (const stream of this.#streams?.values() ?? []) stream.close();
  }

  /** The number of a new stream: never used before on this connection. */
  nextStream(): number {
    return ++this.#lastStream;
  }
}
