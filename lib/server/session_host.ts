/** The life of one connection on the server: from accepted to closed, and what its end leaves to do. */

import { logger } from "../base/log.ts";
import type { Connection } from "../net/connection.ts";
import { AUTH_DEADLINE_MS, HANDSHAKE_DEADLINE_MS } from "../protocol/limits.ts";
import type { Packet } from "../protocol/packet.ts";
import type { Parts } from "./parts.ts";
import { Router } from "./router.ts";
import { NOTICES, ROUTES } from "./routes/mod.ts";
import { Session } from "./session.ts";

const log = logger("server", "session");

const NOTHING = () => {};

/** The sessions of a server. Each has one task, which reads. */
export class SessionHost {
  readonly #parts: Parts;
  readonly #router: Router;
  /** When each was accepted. */
  readonly #sessions = new Map<Session, number>();

  #accepted = 0;
  #packets = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#router = new Router(parts, ROUTES, NOTICES);
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** Connections since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Packets from clients since the start. */
  get packets(): number {
    return this.#packets;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.keys();
  }

  /** When a session was accepted; undefined when it has ended. */
  acceptedAtMs(session: Session): number | undefined {
    return this.#sessions.get(session);
  }

  /** Serves a connection until it ends. `onSignedIn` is called once, when it is no stranger any more. */
  async serve(
    connection: Connection,
    remote: { readonly address: string; readonly port: number },
    onSignedIn: () => void,
  ): Promise<void> {
    const session = new Session(connection, remote);
    const { address } = remote;
    this.#sessions.set(session, this.#parts.clock.nowMs());
    this.#accepted++;
    log.info("conn.open", { address });
    let cancelDeadline = this.#parts.clock.after(
      HANDSHAKE_DEADLINE_MS,
      () => connection.close("handshake-timeout"),
    );
    let signedIn = false;
    const step = () => {
      const { name } = session.state;
      if (name === "new" || signedIn) return;
      cancelDeadline();
      if (name === "stranger") {
        log.debug("auth.wait", { address });
        cancelDeadline = this.#parts.clock.after(
          AUTH_DEADLINE_MS,
          () => connection.close("sign-in-timeout"),
        );
        return;
      }
      signedIn = true;
      // The timer that was, and all that it holds, would stay as long as the session.
      cancelDeadline = NOTHING;
      onSignedIn();
    };
    try {
      const reason = await connection.run((packet) => this.#handle(session, packet, step));
      log.debug("conn.close", { reason: reason.kind });
    } finally {
      cancelDeadline();
      this.#end(session);
      await session.spoolDesk?.close();
      await session.streamDesk?.close();
    }
  }

  /** Tells every client why, and closes; waits until what was queued is sent or the deadline passed. */
  async close(reason: string, drainMs: number): Promise<void> {
    await Promise.all([...this.#sessions.keys()].map((session) => {
      // Spread over two seconds, so that all clients of a restarted server do not come back at once.
      const reconnectAfterMs = Math.round(500 + this.#parts.random.fraction() * 2000);
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
    this.#sessions.delete(session);
    if (session.subscription !== undefined) this.#parts.mailboxes.unsubscribe(session.subscription);
    session.closeStreams();
    const { state } = session;
    if (state.name === "stranger" && state.pending !== undefined) {
      this.#parts.signIns.abandon(state.pending);
    }
    if (state.name === "unlinked" || state.name === "ready") {
      this.#parts.sessions.leave(session, state.account);
    }
    if (state.name === "ready") this.#parts.presence.leave(session, state.account);
  }
}
