/** Who this server is, and whom it takes. */

import type { Bytes } from "../base/bytes.ts";
import type { Fingerprint } from "../base/ids.ts";

/** Who may make an account: anybody, holders of an invite, nobody. */
export type Registration = "open" | "invite" | "closed";

/** For what is signed and what is pinned. */
export interface ServerIdentity {
  readonly name: string;
  /** SHA-256 of the CA's public key. */
  readonly serverId: Fingerprint;
  /** The CA certificate, and SHA-256 of it. */
  readonly caCertificate: Bytes;
  readonly caFingerprint: Fingerprint;
}
