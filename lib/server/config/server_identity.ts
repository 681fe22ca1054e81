/** Who this server is, and whom it takes. */

import type { Bytes } from "../../base/bytes.ts";
import type { Fingerprint } from "../../base/ids.ts";

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
