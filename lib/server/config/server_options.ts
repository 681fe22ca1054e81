/** How a server is started. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { AccountId, Fingerprint } from "../../base/ids.ts";
import type { Random } from "../../base/random.ts";
import type { RateLimit } from "../../base/rate.ts";
import type { HostPort } from "../../net/addresses/address.ts";
import type { AddressList } from "../../net/addresses/address_list.ts";
import type { LineSimulation } from "../../net/streams/line_simulation.ts";
import type { ChosenBus } from "./bus_url.ts";
import type { SpoolChoice } from "./spool_url.ts";
import type { StoreChoice } from "./store_url.ts";

/** Where others find a server. */
export interface Whereabouts {
  /** As the operator says, with a port or without; undefined: whoever reached it knows. */
  readonly address: string | undefined;
  /** Whether it is reached from its own machine only. */
  readonly isLocal: boolean;
}

/** Everything that can be chosen; nothing has a default here. */
export interface ServerOptions {
  /** Everything that must survive; 0700. */
  readonly dataFolder: string;
  /** Where accounts and messages are; left out, in the data folder. */
  readonly store?: StoreChoice;
  /** The way to the other nodes of this server, which needs `store` and, but for `none`, `node`; left out, there are none. */
  readonly bus?: ChosenBus;
  /** Where files on their way are, for several nodes; left out, in the data folder. */
  readonly spool?: SpoolChoice;
  /** The name of this node, other than those of all others. */
  readonly node?: string;
  /** What can be made again: extracted frames. */
  readonly cacheFolder: string;
  readonly videoFolder: string;
  readonly listen: HostPort;
  /** Several processes of one server listen there: this is the first of them, or another one. Left out, it is alone. */
  readonly sharesPort?: "first" | "later";
  /** Who says by the PROXY protocol for whom they connect; left out, nobody. */
  readonly proxies?: AddressList;
  /** `off` is refused unless the address is this machine only (SR-49). */
  readonly tls: "auto" | "off";
  /** Where others find it, as the operator says: `HOST`, or `HOST:PORT` where that is not the port here. */
  readonly publicAddress?: string;
  /** A worse line to every client, for tests and reports; left out, none. */
  readonly simulate?: LineSimulation | undefined;
  readonly registration: Registration;
  /** Accounts that each member may invite a day where registering needs an invite; left out, what `INVITES_A_DAY` says. */
  readonly invites?: number;
  /** Failed passwords from one network before its lock, and the length of the first one. */
  readonly loginAttempts: number;
  readonly lockSeconds: number;
  /** Left out: clients may ask where their UDP socket is seen, on the UDP port of the same number. */
  readonly rendezvous?: "off";
  /** Sealed messages that one account may send; left out, what `MESSAGE_RATE` says. */
  readonly messageRate?: RateLimit;
  /** Accounts that one network may make without an invite; left out, what `REGISTRATION_RATE` says. */
  readonly registrationRate?: RateLimit;
  /** What everyone who connects is told; left out, nothing. */
  readonly motd?: string;
  /** The name or number of the open room that new accounts are shown; left out, none. */
  readonly lobby?: string;
  /** Whether first texts come in without a request, where the person did not choose; left out, they do not. */
  readonly requests?: "all" | "strangers";
  /** The operator names an account that is to be owner, now or when it registers. */
  readonly owner?: AccountId;
  /** Given by a person: it decides alone, and the server does not start without it. */
  readonly ffmpegPath: string | undefined;
  readonly frameQuotaBytes: number;
  /** Below the descriptor limit: at that, accepting fails for everybody. */
  readonly maxConnections: number;
  /** Descriptors that uploads may use, beside those of the connections. */
  readonly spoolDescriptors: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** The options that may change while a server runs. */
export type LivePolicy = Pick<
  ServerOptions,
  | "registration"
  | "invites"
  | "loginAttempts"
  | "lockSeconds"
  | "messageRate"
  | "registrationRate"
  | "motd"
  | "lobby"
  | "requests"
  | "owner"
>;

// Who this server is, and whom it takes.

/** Who may make an account: anybody, holders of an invite, nobody. */
export type Registration = "open" | "invite" | "closed";

/** For what is signed and what is pinned. */
export interface ServerIdentity {
  readonly name: string;
  /** SHA-256 of the first CA's public key. */
  readonly serverId: Fingerprint;
  /** The first CA's certificate, then each statement by which one CA named the next: what hello carries (SR-50). */
  readonly succession: readonly Bytes[];
  /** SHA-256 of the certificate of the CA in use. */
  readonly caFingerprint: Fingerprint;
  /** Of its database: a restored backup begins a new one (SR-58). */
  readonly incarnation: string;
}
