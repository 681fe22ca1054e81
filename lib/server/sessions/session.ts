/** What the server knows of one connection. Who may do what depends on the state alone (docs/protocol.md, "Sessions"). */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, AccountName, DeviceId } from "../../base/ids.ts";
import type { LoginState } from "../../crypto/keys/password.ts";
import type { Connection } from "../../net/connections/connection.ts";
import type { Ticket } from "../counters/sign_in_guard.ts";
import type { Account, BotLimits } from "../store/account_store.ts";
import { ClientLine } from "./client_line.ts";

/** What both sides know of a connection after its first exchange, and later proofs are made over (SR-43). */
export interface Handshake {
  readonly version: number;
  readonly clientNonce: Bytes;
  readonly serverNonce: Bytes;
}

interface SignedIn extends Handshake {
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
  | (Handshake & { readonly name: "stranger"; pending?: PendingLogin })
  /** The password was right, but no device of the account's identity: may link, recover or reset, nothing else (SR-03). */
  | (SignedIn & { readonly name: "unlinked" })
  /** A device of the account. */
  | (SignedIn & {
    readonly name: "ready";
    readonly device: DeviceId;
    /** The account's: what is submitted is judged by it. */
    readonly generation: number;
    /** Of a bot's device that signed in with its token; all others may do everything. */
    readonly limits?: BotLimits;
  });

/** The names of the states, as routes ask for them. */
export type StateName = SessionState["name"];
/** The state of a name. */
export type StateOf<Name extends StateName> = Extract<SessionState, { name: Name }>;

/** What a feature keeps for one connection; closed with it. */
export interface Attached {
  close(): Promise<void> | void;
}

/** One connection, and whose it is. Read and changed by handlers, in synchronous steps. */
export class Session extends ClientLine {
  /** Network address of the other side, without port. */
  readonly address: string;
  /** Theirs; 0 where there is none. */
  readonly port: number;
  state: SessionState = { name: "new" };
  /** What features keep for this connection, one of a kind: its subscription, its uploads, its videos. */
  readonly #attached: Attached[] = [];
  #gone: AbortController | undefined;

  constructor(
    connection: Connection,
    { address, port }: { readonly address: string; readonly port: number },
  ) {
    super(connection);
    this.address = address;
    this.port = port;
  }

  /** What a feature keeps for this connection. */
  attached<Kept extends Attached>(kind: new (...args: never[]) => Kept): Kept | undefined {
    return this.#attached.find((kept) => kept instanceof kind) as Kept | undefined;
  }
  /** In place of what was attached of its kind. */
  attach<Kept extends Attached>(kept: Kept): Kept {
    this.detach(kept.constructor);
    this.#attached.push(kept);
    return kept;
  }
  /** One that is not there is none. */
  detach(kind: unknown): void {
    const at = this.#attached.findIndex((kept) => kept.constructor === kind);
    if (at >= 0) this.#attached.splice(at, 1);
  }

  /** The connection has ended. */
  async closeAttached(): Promise<void> {
    await Promise.all(this.#attached.map((kept) => kept.close()));
  }

  /** Aborts when the connection is closed. Made when first asked for: most sessions never wait. */
  get gone(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = this.#gone = new AbortController();
      this.connection.closed.then(() => gone.abort());
    }
    return this.#gone.signal;
  }
}

// A sign-in by password between its two steps.

/** A login whose challenge was sent. It lives on its own connection, for 60 s, and is used once (SR-39). */
export interface PendingLogin {
  readonly account: AccountId;
  readonly state: LoginState;
  /** As it was when the login began; undefined when there is none of that name. */
  readonly known: Account | undefined;
  readonly attemptsLeft: number;
  readonly ticket: Ticket;
  readonly expiresAtMs: number;
}
