/**
 * Health and metrics by HTTP, on this machine only (SR-59): `/healthz` says that the process answers, `/readyz` that clients
 * are welcome and the store answers, `/metrics` counts.
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, TransportError, UsageError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { formatHostPort, type HostPort, isLoopback } from "../../net/address.ts";
import type { Operator } from "./operator.ts";
import { collectMetrics } from "./metrics.ts";

const log = logger("server", "health");

/** How often the event loop is asked how late it is. */
const LAG_EVERY_MS = 1000;
const PLAIN = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const METRICS = { ...PLAIN, "content-type": "text/plain; version=0.0.4; charset=utf-8" };

/** Owns its listener. */
export class HealthServer implements AsyncDisposable {
  /** With the port that was really taken. */
  readonly address: HostPort;
  readonly #operator: Operator;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #cancelLag: () => void = () => {};
  #loopLagSeconds = 0;

  private constructor(address: HostPort, operator: Operator, clock: Clock) {
    this.#operator = operator;
    const { host: hostname, port } = address;
    const options = { hostname, port, onListen: () => {}, onError: failed };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
    const { addr } = this.#server;
    this.address = { host: addr.hostname, port: addr.port };
    this.#watchLag(clock);
  }

  /** Throws UsageError `not-loopback`, TransportError `address-in-use` or `listen-failed`. */
  static open(address: HostPort, operator: Operator, clock: Clock): HealthServer {
    if (!isLoopback(address.host)) {
      throw new UsageError(
        "not-loopback",
        `Cannot show metrics on ${
          formatHostPort(address)
        }: only 127.0.0.1 and [::1] are this machine's alone`,
      );
    }
    try {
      const opened = new HealthServer(address, operator, clock);
      log.info("metrics", { address: formatHostPort(opened.address) });
      return opened;
    } catch (error) {
      const isTaken = error instanceof Deno.errors.AddrInUse;
      const why = isTaken ? "port is already in use" : describeError(error);
      throw new TransportError(
        isTaken ? "address-in-use" : "listen-failed",
        `Cannot show metrics on ${formatHostPort(address)}: ${why}`,
        { cause: error },
      );
    }
  }

  /** Closing twice is fine. */
  async close(): Promise<void> {
    this.#cancelLag();
    await this.#server.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    // A page in somebody's browser must not read this by a name of its own that leads here.
    const name = url.hostname.replace(/^\[|\]$/g, "");
    if (name !== "localhost" && !isLoopback(name)) return text(403, "This machine only");
    if (request.method !== "GET" && request.method !== "HEAD") return text(405, "Read only");
    switch (url.pathname) {
      case "/healthz":
        return text(200, "ok");
      case "/readyz": {
        const problem = await this.#problem();
        return problem === undefined ? text(200, "ready") : text(503, problem);
      }
      case "/metrics": {
        const process = { loopLagSeconds: this.#loopLagSeconds };
        const body = await collectMetrics(this.#operator, process);
        return new Response(body, { headers: METRICS });
      }
      default:
        return text(404, "There are /healthz, /readyz and /metrics");
    }
  }

  /** Why clients are not welcome. */
  async #problem(): Promise<string | undefined> {
    const { database, ending, store } = this.#operator.parts;
    if (ending.planned !== undefined) return "draining";
    try {
      if (await database.place() !== "in-place") return "database";
      await store.listAccounts({ limit: 1 });
      return undefined;
    } catch (error) {
      log.warn("not ready", { reason: describeError(error) });
      return "store";
    }
  }

  #watchLag(clock: Clock): void {
    const askedMs = clock.monotonicMs();
    this.#cancelLag = clock.after(LAG_EVERY_MS, () => {
      const lateMs = clock.monotonicMs() - askedMs - LAG_EVERY_MS;
      this.#loopLagSeconds = Math.max(0, lateMs) / 1000;
      this.#watchLag(clock);
    });
  }
}

function text(status: number, body: string): Response {
  return new Response(`${body}\n`, { status, headers: PLAIN });
}

function failed(error: unknown): Response {
  log.error("no answer", { reason: describeError(error) });
  return text(500, "Something went wrong: see the log");
}
