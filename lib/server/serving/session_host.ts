/** The life of one connection on the server: from accepted to closed, and what its end leaves to do. */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import type { Histogram } from "../../base/histogram.ts";
import type { Admission } from "../../net/listening/admission.ts";
import type { Connection } from "../../net/connections/connection.ts";
import { AUTH_DEADLINE_MS, HANDSHAKE_DEADLINE_MS } from "../../protocol/limits.ts";
import type { Packet } from "../../protocol/packet.ts";
import { noteSeen } from "../auth/entry.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { SignIns } from "../auth/sign_ins.ts";
import type { Mailboxes } from "../delivery/mailbox.ts";
import type { Presence } from "../presence/presence.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { AccountStore } from "../store/account_store.ts";
import type { Router } from "./router.ts";
import { Session } from "../sessions/session.ts";

const log = logger("server", "session");

const NOTHING = () => {};

/** What the life of a connection touches. */
export interface HostServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: AccountStore;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly mailboxes: Mailboxes;
  readonly signIns: SignIns;
}

/** The sessions of a server. Each has one task, which reads. */
export class SessionHost {
  readonly #services: HostServices;
  readonly #router: Pick<Router<never>, "handle" | "refusals" | "requestSeconds">;

  /** Who has gone, and is being written down as seen until then. */
  readonly #leaving = new Set<Promise<void>>();
  #accepted = 0;
  #overdue = 0;
  #packets = 0;

  constructor(
    services: HostServices,
    router: Pick<Router<never>, "handle" | "refusals" | "requestSeconds">,
  ) {
    this.#services = services;
    this.#router = router;
  }

  /** Connections since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Packets from clients since the start. */
  get packets(): number {
    return this.#packets;
  }

  /** Requests that were refused since the start, by the failure code. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#router.refusals;
  }

  /** How long requests were handled. */
  get requestSeconds(): Histogram {
    return this.#router.requestSeconds;
  }

  /** Connections that had not signed in at their deadline, since the start. */
  get overdue(): number {
    return this.#overdue;
  }

  /**
   * Serves a connection until it ends. The deadline of its first packet counts from `acceptedAtMs`, by the monotonic clock, or
   * from now on. `admission` is told how far it has come.
   */
  async serve(
    connection: Connection,
    remote: { readonly address: string; readonly port: number; readonly acceptedAtMs?: number },
    admission: Pick<Admission, "advance" | "signIn">,
  ): Promise<void> {
    const { clock } = this.#services;
    const session = new Session(connection, remote);
    const { address, acceptedAtMs = clock.monotonicMs() } = remote;
    this.#services.sessions.add(session);
    this.#accepted++;
    // Not where everybody reads: strangers come as often as they like.
    log.debug("conn.open", { address });
    const overdue = (why: string) => () => {
      this.#overdue++;
      // At once: who has not signed in is told nothing that could be lost.
      connection.close(why, 0);
    };
    let cancelDeadline = clock.after(
      Math.max(0, acceptedAtMs + HANDSHAKE_DEADLINE_MS - clock.monotonicMs()),
      overdue("handshake-timeout"),
    );
    let signedIn = false;
    const step = () => {
      const { name } = session.state;
      if (name === "new" || signedIn) return;
      cancelDeadline();
      if (name === "stranger") {
        log.debug("auth.wait", { address });
        admission.advance();
        cancelDeadline = clock.after(AUTH_DEADLINE_MS, overdue("sign-in-timeout"));
        return;
      }
      signedIn = true;
      // The timer that was, and all that it holds, would stay as long as the session.
      cancelDeadline = NOTHING;
      admission.signIn();
    };
    try {
      const reason = await connection.run((packet) => this.#handle(session, packet, step));
      log.debug("conn.close", { reason: reason.kind });
      if (reason.kind === "protocol-error" && signedIn) {
        log.info("protocol error", { code: reason.error.code, reason: reason.error.message });
      }
    } finally {
      cancelDeadline();
      this.#end(session);
      await session.closeAttached();
    }
  }

  /** Tells every client why, and closes; waits until what was queued is sent or the deadline passed. */
  async close(reason: string, drainMs: number): Promise<void> {
    await this.dismiss([...this.#services.sessions], reason, drainMs);
    // Whoever closes the store next waits for what is still written to it.
    await Promise.all(this.#leaving);
  }

  /** The same of these sessions. */
  async dismiss(sessions: readonly Session[], reason: string, drainMs: number): Promise<void> {
    await Promise.all(sessions.map((session) => {
      // Spread over two seconds, so that all clients of a restarted server do not come back at once.
      const reconnectAfterMs = Math.round(500 + this.#services.random.fraction() * 2000);
      session.push("server.going-away", { reason, reconnectAfterMs });
      return session.connection.close("server-going-away", drainMs);
    }));
  }

  #handle(session: Session, packet: Packet, step: () => void): Promise<void> | void {
    this.#packets++;
    const before = session.state;
    const after = () => {
      if (session.state !== before) step();
      // It was told why. A stranger that breaks the rules is not worth a second packet.
      if (session.state.name === "new") session.connection.close("no-hello");
    };
    const handled = this.#router.handle(session, packet);
    return handled === undefined ? after() : handled.then(after);
  }

  #end(session: Session): void {
    this.#services.mailboxes.unsubscribe(session);
    const { state } = session;
    if (state.name === "stranger" && state.pending !== undefined) {
      this.#services.signIns.abandon(state.pending);
    }
    this.#services.sessions.remove(session);
    if (state.name !== "ready") return;
    this.#services.presence.leave(session, state.account);
    const { account, device, accountName: name, sessionNumber } = state;
    log.info("logout", { name, session: sessionNumber });
    const leaving = noteSeen(this.#services.store, {
      account,
      device,
      nowMs: this.#services.clock.nowMs(),
    })
      .catch((error) => log.error("last seen not stored", { reason: describeError(error) }))
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}
