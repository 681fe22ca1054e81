/**
 * Health and metrics by HTTP: `/healthz` says that the process answers, `/readyz` that clients are welcome and the store
 * answers, `/metrics` counts. On this machine, or elsewhere with a token and TLS (SR-59).
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError, UsageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { isSameSecret } from "../../crypto/keys/same_secret.ts";
import { readStoredLeaf } from "../../crypto/certificates/stored_leaf.ts";
import {
  formatHostPort,
  type HostPort,
  isLoopback,
  parseHostPort,
} from "../../net/addresses/address.ts";
import type { HealthCredentials } from "./credentials.ts";
import { type HttpAnswer, HttpDoor, type HttpHead } from "./http_door.ts";
import type { Operator } from "./operator.ts";
import { collectMetrics } from "./metrics.ts";

const log = logger("server", "health");

/** How often the event loop is asked how late it is. */
const LAG_EVERY_MS = 1000;
/** How often the files are read again: whatever renews a certificate need not tell us. */
const RENEW_EVERY_MS = 3600_000;

/** How often the files of the spool are looked at, at most. */
const SPOOL_LOOK_MS = 60_000;

/** What a health server is opened with. */
export interface HealthOptions {
  readonly clock: Clock;
  /** Reads token and certificate, once at the start and at each renewal. */
  readonly credentials: () => Promise<HealthCredentials>;
}

/** What a look at its certificate came to. */
export interface HealthRenewal {
  readonly changed: boolean;
  readonly untilMs: number | undefined;
}

/** Owns its door. */
export class HealthServer implements AsyncDisposable {
  readonly #operator: Operator;
  readonly #options: HealthOptions;
  readonly #door: HttpDoor;
  #shown: HealthCredentials;
  #cancelLag: () => void = () => {};
  #cancelRenewal: () => void = () => {};
  #loopLagSeconds = 0;
  #spool: { readonly bytes: number | undefined; readonly atMs: number } = {
    bytes: undefined,
    atMs: -Infinity,
  };

  private constructor(
    address: HostPort,
    operator: Operator,
    options: HealthOptions & { shown: HealthCredentials },
  ) {
    const { clock, shown } = options;
    this.#operator = operator;
    this.#options = options;
    this.#shown = shown;
    const answer = (head: HttpHead) => this.#answer(head);
    this.#door = HttpDoor.open(address, { clock, tls: shown.tls, answer });
    this.#watchLag(clock);
    if (shown.tls !== undefined) this.#renewInTime(clock);
  }

  /**
   * Throws UsageError `not-loopback` for another address than loopback without a token or without TLS, what `credentials`
   * throws, and TransportError `address-in-use` or `listen-failed`.
   */
  static async open(
    address: HostPort,
    operator: Operator,
    options: HealthOptions,
  ): Promise<HealthServer> {
    const shown = await options.credentials();
    if (!isLoopback(address.host) && (shown.token === undefined || shown.tls === undefined)) {
      throw new UsageError(
        "not-loopback",
        `Cannot show metrics on ${
          formatHostPort(address)
        }: elsewhere than on 127.0.0.1 and [::1] they need a token and TLS`,
      );
    }
    try {
      const opened = new HealthServer(address, operator, { ...options, shown });
      log.info("metrics", { address: formatHostPort(opened.address) });
      return opened;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      const why = error.code === "address-in-use" ? "port is already in use" : error.message;
      throw new TransportError(
        error.code,
        `Cannot show metrics on ${formatHostPort(address)}: ${why}`,
        { cause: error },
      );
    }
  }

  /** With the port that was really taken. */
  get address(): HostPort {
    return this.#door.address;
  }

  /**
   * Reads token and certificate again; both hold for who asks from now on. Undefined without TLS. Throws what `credentials` throws
   * with nothing changed.
   */
  async renew(): Promise<HealthRenewal | undefined> {
    const next = await this.#options.credentials();
    const { tls } = this.#shown;
    if (tls === undefined || next.tls === undefined) {
      this.#shown = { ...next, tls };
      return undefined;
    }
    const changed = next.tls.certificateChainPem !== tls.certificateChainPem;
    if (changed) await this.#door.renew(next.tls);
    this.#shown = next;
    return { changed, untilMs: this.#untilMs };
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    this.#cancelLag();
    this.#cancelRenewal();
    await this.#door.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #untilMs(): number | undefined {
    const { tls } = this.#shown;
    return tls && readStoredLeaf(tls.certificateChainPem)?.notAfterMs;
  }

  async #answer({ method, path, host, token }: HttpHead): Promise<HttpAnswer> {
    const { token: known } = this.#shown;
    if (known !== undefined) {
      if (token === undefined || !isSameSecret(token, known)) {
        const fields = { "www-authenticate": "Bearer" };
        return { status: 401, body: "Say the token: Authorization: Bearer TOKEN\n", fields };
      }
    } else if (!isThisMachine(host)) {
      // A page in somebody's browser must not read this by a name of its own that leads here.
      return { status: 403, body: "This machine only\n" };
    }
    if (method !== "GET" && method !== "HEAD") return { status: 405, body: "Read only\n" };
    switch (path) {
      case "/healthz":
        return { status: 200, body: "ok\n" };
      case "/readyz": {
        const problem = await this.#problem();
        return problem === undefined
          ? { status: 200, body: "ready\n" }
          : { status: 503, body: `${problem}\n` };
      }
      case "/metrics": {
        const untilMs = this.#untilMs;
        const body = await collectMetrics(this.#operator, {
          loopLagSeconds: this.#loopLagSeconds,
          metricsCertificateUntilMs: untilMs,
          spoolBytes: await this.#spoolBytes(),
        });
        return { status: 200, body, type: "text/plain; version=0.0.4; charset=utf-8" };
      }
      default:
        return { status: 404, body: "There are /healthz, /readyz and /metrics\n" };
    }
  }

  /** Why clients are not welcome. */
  async #problem(): Promise<string | undefined> {
    const { database, draining, ending, store } = this.#operator.parts;
    if (ending.planned !== undefined || draining.isOrdered) return "draining";
    try {
      if (!await database.isInPlace()) return "database";
      await store.listAccounts({ limit: 1 });
      return undefined;
    } catch (error) {
      log.warn("not ready", { reason: describeError(error) });
      return "store";
    }
  }

  /** As it was when it was looked at last, at most a minute ago: who asks often must not have every file looked at. */
  async #spoolBytes(): Promise<number | undefined> {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#spool.atMs < SPOOL_LOOK_MS) return this.#spool.bytes;
    this.#spool = { ...this.#spool, atMs: nowMs };
    try {
      const bytes = await this.#operator.parts.spool.storedBytes();
      this.#spool = { bytes, atMs: nowMs };
    } catch (error) {
      log.debug("spool not measured", { reason: describeError(error) });
    }
    return this.#spool.bytes;
  }

  #watchLag(clock: Clock): void {
    const askedMs = clock.monotonicMs();
    this.#cancelLag = clock.after(LAG_EVERY_MS, () => {
      const lateMs = clock.monotonicMs() - askedMs - LAG_EVERY_MS;
      this.#loopLagSeconds = Math.max(0, lateMs) / 1000;
      this.#watchLag(clock);
    });
  }

  #renewInTime(clock: Clock): void {
    this.#cancelRenewal = clock.after(RENEW_EVERY_MS, () => {
      this.#renewInTime(clock);
      // What is shown is shown on.
      this.renew().catch((error) =>
        log.error("certificate not renewed", { reason: describeError(error) })
      );
    });
  }
}

function isThisMachine(host: string | undefined): boolean {
  const name = host === undefined ? undefined : parseHostPort(host)?.host;
  return name !== undefined && (name === "localhost" || isLoopback(name));
}
