/** Core NATS between the nodes of a server: one small program that keeps nothing. */

import type { NatsConnection } from "@nats-io/nats-core";
import { NatsConnectionImpl, setTransportFactory } from "@nats-io/nats-core/internal";
import { describeError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { BusLine } from "./bus_line.ts";
import { NatsTransport } from "./nats_transport.ts";
import type { BusChoice } from "../config/bus_url.ts";
import { readPassword, readTrusted } from "../config/opening_files.ts";

const log = logger("server", "bus");

/** For the first connection: a NATS that is there answers in milliseconds. */
const CONNECT_MS = 5_000;
/** Tried again so often, for ever: it is back within a moment of the server. */
const RECONNECT_MS = 100;
/** Half-open connections are noticed after some three of these. */
const PING_MS = 2_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

/** Its owner closes it. */
export class NatsLine implements BusLine {
  readonly #connection: NatsConnection;
  readonly #ended: Promise<void>;
  #isUp = true;
  #returned = () => {};

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#ended = this.#watch();
  }

  /** Rejects with TransportError `unreachable` or `not-allowed`; for a file that cannot be used with StorageError or UsageError. */
  static async open({ place, passwordFile }: BusChoice): Promise<NatsLine> {
    const { hostname, port, user, isEncrypted, caFile } = place;
    const pass = await readPassword(passwordFile);
    const caCerts = await readTrusted(caFile);
    // For the connection and all that follow it; a process has one bus.
    setTransportFactory({ factory: () => new NatsTransport(caCerts) });
    try {
      return new NatsLine(
        await NatsConnectionImpl.connect({
          servers: `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
          ...(user === undefined ? {} : { user }),
          ...(pass === undefined ? {} : { pass }),
          tls: isEncrypted ? {} : null,
          name: "heliograph-server",
          noEcho: true,
          timeout: CONNECT_MS,
          maxReconnectAttempts: -1,
          reconnectTimeWait: RECONNECT_MS,
          reconnectJitter: 0,
          reconnectJitterTLS: 0,
          // A password that was wrong for a moment is no reason to stay away for ever.
          ignoreAuthErrorAbort: true,
          pingInterval: PING_MS,
          maxPingOut: 2,
        }),
      );
    } catch (error) {
      const isRefused = error instanceof Error && error.name === "AuthorizationError";
      throw new TransportError(
        isRefused ? "not-allowed" : "unreachable",
        `Cannot reach NATS at ${hostname}:${port}: ${
          isRefused ? "it refuses the name or the password" : describeError(error)
        }`,
        { cause: error },
      );
    }
  }

  get maxBytes(): number {
    return this.#connection.info?.max_payload ?? DEFAULT_MAX_BYTES;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  publish(subject: string, bytes: Uint8Array): void {
    // There is nobody to take it, and the client keeps nothing.
    if (!this.#isUp || this.#connection.isClosed()) return;
    try {
      this.#connection.publish(subject, bytes);
    } catch (error) {
      log.debug("not published", { bytes: bytes.length, reason: describeError(error) });
    }
  }

  subscribe(subject: string, heard: (bytes: Uint8Array) => void): void {
    this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) heard(message.data);
        else log.error("not subscribed", { reason: describeError(error) });
      },
    });
  }

  onReturn(run: () => void): void {
    this.#returned = run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was published is on its way, where there is one.
    if (this.#isUp && !this.#connection.isClosed()) await this.#connection.flush().catch(() => {});
    await this.#connection.close();
    await this.#ended;
  }

  async #watch(): Promise<void> {
    const server = this.#connection.getServer();
    for await (const { type } of this.#connection.status()) {
      if (type === "disconnect" && this.#isUp) {
        this.#isUp = false;
        log.error("bus unreachable", { server });
      } else if (type === "reconnect") {
        this.#isUp = true;
        log.info("bus reachable", { server });
        this.#returned();
      }
    }
  }
}
