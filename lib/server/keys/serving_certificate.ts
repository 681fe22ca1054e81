/** The TLS leaf that new connections see: read again when the operator says so, and renewed in time by itself. */

import type { Clock } from "../../base/clock.ts";
import { logger } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { Authority } from "../../crypto/certificates/authority.ts";
import { readStoredLeaf } from "../../crypto/certificates/stored_leaf.ts";
import type { TlsIdentity } from "../../net/listening/acceptor.ts";
import type { Listener } from "../../net/listening/listener.ts";
import type { SocketTuner } from "../../net/listening/nodelay.ts";
import { openLeaf } from "./server_keys.ts";

const log = logger("server", "tls");

const CERTIFICATE_END = "-----END CERTIFICATE-----";

/** What a look at the certificate came to. */
export interface CertificateNews {
  readonly changed: boolean;
  /** Until when the one that is shown now is good. */
  readonly untilMs: number | undefined;
}

/** Lives as long as its listener, which it does not own. */
export class ServingCertificate {
  readonly #folder: string;
  readonly #parts: {
    readonly authority: Authority;
    readonly listener: Listener;
    readonly tuner: SocketTuner;
    readonly clock: Clock;
    readonly random: Random;
  };
  #shown: TlsIdentity;

  /** `shown` is what the listener was opened with. */
  constructor(
    folder: string,
    shown: TlsIdentity,
    parts: {
      authority: Authority;
      listener: Listener;
      tuner: SocketTuner;
      clock: Clock;
      random: Random;
    },
  ) {
    this.#folder = folder;
    this.#shown = shown;
    this.#parts = parts;
  }

  /** What who connects sees. */
  get shown(): TlsIdentity {
    return this.#shown;
  }

  /** Until when the leaf is good that is shown, and the CA above it. */
  get untilMs(): { readonly ca: number | undefined; readonly leaf: number | undefined } {
    const { certificateChainPem: chain } = this.#shown;
    const above = chain.slice(chain.indexOf(CERTIFICATE_END) + CERTIFICATE_END.length);
    return {
      ca: readStoredLeaf(above)?.notAfterMs,
      leaf: readStoredLeaf(chain)?.notAfterMs,
    };
  }

  /**
   * Reads the leaf of the data folder again, or makes a new one when it is missing or near its end, and shows it to who
   * connects from now on. Throws StorageError and TransportError `bad-certificate` with nothing changed; any other
   * TransportError means that nobody listens any more.
   */
  async renew(): Promise<CertificateNews> {
    const { authority, listener, tuner, clock, random } = this.#parts;
    const leaf = await openLeaf(this.#folder, authority, { nowMs: clock.nowMs(), random });
    const untilMs = readStoredLeaf(leaf.certificateChainPem)?.notAfterMs;
    if (leaf.certificateChainPem === this.#shown.certificateChainPem) {
      return { changed: false, untilMs };
    }
    await listener.renew(leaf, () => tuner.tune(listener.address.port));
    this.#shown = leaf;
    log.info("tls.renewed", { until: untilMs && new Date(untilMs).toISOString() });
    return { changed: true, untilMs };
  }
}
