/** A whole running server. */

import { describeError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { Scope, untilAborted } from "../base/scope.ts";
import type { Accepted } from "../net/listening/arrivals.ts";
import { Connections } from "./serving/connections.ts";
import { emptyInWaves } from "./serving/draining.ts";
import { farewellOf, type PlannedEnd } from "./serving/ending.ts";
import { Operator } from "./health/operator.ts";
import { type Opened, openServerParts } from "./opened.ts";
import { repair } from "./serving/repair.ts";
import type { ServerServices } from "./serving/server_services.ts";
import type { LivePolicy, ServerOptions } from "./config/server_options.ts";
import { NOTICES, ROUTES } from "./routes/mod.ts";
import { Router } from "./serving/router.ts";
import { SessionHost } from "./serving/session_host.ts";

const log = logger("server");

/** How long closing clients may take to read what is queued for them; with the wait for their end it is 10 s. */
const DRAIN_MS = 8_000;
/** Upkeep of the store: deleting what is older than its time, a part at a time. */
const EXPIRE_EVERY_MS = 3600_000;
const EXPIRE_PAUSE_MS = 200;
/** How often to look whether the certificate must be renewed; it is, months before its end. */
const RENEW_EVERY_MS = 3600_000;
/** The collector has gone over what starting left behind by then. */
const SETTLED_MS = 20_000;
/** Rare enough that nobody notices the moment that it takes. */
const GIVE_BACK_EVERY_MS = 600_000;

/** Owns everything that it opened; whoever opened it closes it. */
export class Server implements AsyncDisposable {
  /** With the port that was really taken. */
  readonly address: Opened["listener"]["address"];
  readonly parts: ServerServices;
  readonly ffmpeg: Opened["ffmpeg"];
  /** For the operator's own process and console only. */
  readonly operator: Operator;
  readonly #opened: Opened;
  readonly #host: SessionHost;
  readonly #connections: Connections;
  readonly #scope = new Scope();
  #closing: Promise<void> | undefined;

  private constructor(opened: Opened, { simulate }: ServerOptions) {
    const { parts } = opened;
    this.#opened = opened;
    this.parts = parts;
    this.ffmpeg = opened.ffmpeg;
    this.address = opened.listener.address;
    this.#connections = new Connections(parts, simulate);
    this.#host = new SessionHost(parts, new Router(parts, ROUTES, NOTICES));
    const { listener } = opened;
    this.operator = new Operator(parts, this.#host, {
      tasks: () => this.#scope.names,
      strangers: () => {
        const { desk: { displaced, refused }, overdue, blocked } = listener;
        return { displaced, refused, blocked, overdue: overdue + this.#host.overdue };
      },
      certificates: () => this.certificate?.untilMs,
    });
  }

  /** Opens everything and begins to accept. Throws what `openServerParts` throws. */
  static async open(options: ServerOptions): Promise<Server> {
    const server = new Server(await openServerParts(options), options);
    server.#start();
    return server;
  }

  get connections(): number {
    return this.parts.sessions.count;
  }

  /** Places that are taken: connections, handshakes, and those whose socket the system has not given back. */
  get places(): number {
    return this.#opened.listener.desk.connections;
  }

  /** What may change while it runs, from now on. Everything else needs a restart. Throws StorageError. */
  async setPolicy(policy: LivePolicy): Promise<void> {
    const { accounts, invites, signIns, counters, motd, lobby, accountPolicy } = this.parts;
    const { loginAttempts: attempts, lockSeconds, messageRate, registrationRate } = policy;
    signIns.guard.setLimits({ attempts, lockSeconds });
    counters.setLimit("messages", messageRate);
    counters.setLimit("registrations", registrationRate);
    invites.setLimit(policy.invites);
    motd.text = policy.motd ?? "";
    lobby.text = policy.lobby ?? "";
    accountPolicy.requests = policy.requests ?? "strangers";
    await accounts.setPolicy(policy);
  }

  /** What who connects sees. Undefined without TLS. */
  get certificate(): Opened["certificate"] {
    return this.#opened.certificate;
  }

  /**
   * What another process, the operator's, does to accounts takes hold from now on. `isTold`: it has this server do it, and only
   * what was written down before that is looked for; else the record is looked at twice a second.
   */
  followRecord({ isTold }: { readonly isTold: boolean }): void {
    const { bus, moderationEffects } = this.parts;
    this.#scope.run(
      "record",
      // Another node's operator tells this one by news, which may be lost.
      (signal) =>
        isTold && bus.isAlone ? moderationEffects.look() : moderationEffects.follow(signal),
    );
  }

  /** Rejects when the server cannot go on: its store is lost, or one of its tasks has failed. Never resolves. */
  async failed(): Promise<never> {
    // The listener's task goes on until it is closed, whatever fails beside it.
    return await Promise.race([this.#opened.lost, this.#scope.failed]);
  }

  /** Tells the clients, drains for at most 10 s, closes everything. Closing twice is fine. */
  close(end: Pick<PlannedEnd, "kind" | "reason"> = { kind: "stop", reason: "" }): Promise<void> {
    this.#closing ??= this.#close(farewellOf(end));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(reason: string): Promise<void> {
    this.parts.ending.close();
    await this.#opened.listener.close();
    await this.#host.close(reason, DRAIN_MS);
    await this.#scope.close();
    await this.#opened.owned.disposeAsync();
  }

  #start(): void {
    const { listener } = this.#opened;
    // First: a kick by another process came before this look, and is seen at sign-in, or comes after it.
    this.#scope.run("kicks", () => this.parts.moderationEffects.look());
    this.#scope.run("listener", () => listener.run((accepted) => this.#serve(accepted)));
    if (!this.parts.bus.isAlone) {
      this.#scope.run("repair", (signal) => repair(this.parts, signal));
      this.#scope.run("drain", (signal) => this.#drain(signal));
    }
    this.#scope.run("database", (signal) => this.parts.database.watch(this.parts.clock, signal));
    this.#scope.run("upkeep", (signal) => this.#keepUp(signal));
    this.#scope.run("certificate", (signal) => this.#renewInTime(signal));
    if (this.#opened.tuner.canGiveBack) {
      this.#scope.run("memory", (signal) => this.#giveBackMemory(signal));
    }
    const { library, clock } = this.parts;
    this.#scope.run("library", (signal) => library.prepareAhead(clock, signal));
  }

  #serve({ stream, remoteAddress, remotePort, acceptedAtMs, admission, cut }: Accepted): void {
    const connection = this.#connections.make(stream, remoteAddress);
    const remote = { address: remoteAddress, port: remotePort, acceptedAtMs };
    this.#host.serve(connection, remote, admission)
      .catch((error) => log.error("session failed", { reason: describeError(error) }))
      .finally(() => {
        // Else the system would keep its socket for as long as the other side does not read.
        if (connection.wasCut) cut();
        admission.release();
      });
  }

  /** Once it is ordered: gives its people to the other nodes. */
  async #drain(signal: AbortSignal): Promise<void> {
    const { clock, draining, sessions } = this.parts;
    await untilAborted(draining.ordered, signal);
    await this.#opened.listener.close();
    await emptyInWaves({ clock, sessions, host: this.#host, patienceMs: DRAIN_MS }, signal);
  }

  /** A server that runs for a year must not stand there with a certificate that has ended. */
  async #renewInTime(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.certificate?.renew();
      } catch (error) {
        // A file that cannot be used: the one that is shown is good for months yet.
        log.error("certificate not renewed", { reason: describeError(error) });
      }
      await this.parts.clock.sleep(RENEW_EVERY_MS, { signal });
    }
  }

  /** What starting took is given back once the collector has been there too, and later what busy times took. */
  async #giveBackMemory(signal: AbortSignal): Promise<void> {
    for (let pauseMs = SETTLED_MS;; pauseMs = GIVE_BACK_EVERY_MS) {
      await this.parts.clock.sleep(pauseMs, { signal });
      this.#opened.tuner.giveBackMemory();
    }
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    const { clock, store, spool, moderationEffects } = this.parts;
    for (;;) {
      let more = false;
      await moderationEffects.look();
      try {
        more = (await store.expire(clock.nowMs())).more;
        await spool.expire(clock.nowMs());
      } catch (error) {
        // A full disk: what expires later is no reason to stop now.
        log.error("upkeep failed", { reason: describeError(error) });
      }
      await clock.sleep(more ? EXPIRE_PAUSE_MS : EXPIRE_EVERY_MS, { signal });
    }
  }
}
