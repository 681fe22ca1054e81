/**
 * From a socket that the system gave to a connection that is served: for whom a proxy connects, a place, the TLS handshake; whoever takes
 * too long at it, or has no place, is ended (decision 0048).
 */

import type { Clock } from "../../base/clock.ts";
import { describeError, ProtocolError, TransportError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { HANDSHAKE_DEADLINE_MS, UNAUTHENTICATED_MAX } from "../../protocol/limits.ts";
import type { AcceptedConn } from "./acceptor.ts";
import type { HostPort } from "../addresses/address.ts";
import type { AddressList } from "../addresses/address_list.ts";
import type { Admission, AdmissionControl } from "./admission.ts";
import type { ByteStream } from "../streams/byte_stream.ts";
import type { CutQueue } from "./cutting.ts";
import { readProxyHeader } from "./proxy_header.ts";
import type { TurnedAway } from "./turned_away.ts";

const log = logger("net", "listener");

/** A connection that passed admission and the TLS handshake. */
export interface Accepted {
  /** Belongs to whoever accepted it. */
  readonly stream: ByteStream;
  /** Address without port: the client's, where it came through a proxy. */
  readonly remoteAddress: string;
  /** Theirs; 0 where there is none. */
  readonly remotePort: number;
  /** When it was accepted, by the monotonic clock: its deadlines count from then. */
  readonly acceptedAtMs: number;
  /** The receiver calls `signIn` and, when the stream is closed, `release`. */
  readonly admission: Admission;
  /** Ends it at once, with all that the system would keep of it. Closing twice is fine. */
  readonly cut: () => void;
}

/** One that has just come. */
interface Arrival {
  readonly stream: AcceptedConn;
  /** Of its socket: the proxy's, where it came through one. */
  readonly remote: HostPort;
  readonly acceptedAtMs: number;
  readonly due: Due | undefined;
}

/** The deadline of a handshake, and of the header before it. */
interface Due {
  isOver: boolean;
  onOver: () => void;
  cancel: () => void;
}

/** What arrivals are judged by. */
export interface ArrivalParts {
  readonly clock: Clock;
  readonly desk: AdmissionControl;
  readonly turnedAway: TurnedAway;
  readonly proxies: AddressList | undefined;
  /** Those that only the system can end. Undefined where all end when they are closed. */
  readonly cuts: CutQueue | undefined;
}

/** Owns what arrives until it is accepted. */
export class Arrivals {
  readonly #parts: ArrivalParts;
  readonly #deadlines: DeadlineQueue;
  /** How each of them is stopped. */
  readonly #handshakes = new Map<Promise<void>, () => void>();
  /** Connections of proxies that have not said yet for whom they come, the oldest first. */
  readonly #unnamed = new Set<() => void>();
  /** Found no place, and still have a descriptor. */
  #refused = 0;
  #isStopped = false;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
    this.#deadlines = new DeadlineQueue(parts.clock, HANDSHAKE_DEADLINE_MS);
  }

  /** Those who were told to go and whose descriptors are not back. */
  get leaving(): number {
    return this.#parts.desk.leaving + this.#refused;
  }

  /** Stops all of them, and whoever comes. Resolves when they are gone. Closing twice is fine. */
  async close(): Promise<void> {
    const isFirst = !this.#isStopped;
    this.#isStopped = true;
    if (isFirst) { for (const stop of this.#handshakes.values()) stop(); }
    this.#parts.cuts?.flush();
    await Promise.all(this.#handshakes.keys());
  }

  /** `onAccepted` must not throw. */
  receive(stream: AcceptedConn, onAccepted: (accepted: Accepted) => void): void {
    // Accepted in the moment of closing: its handshake would hear of no stop any more.
    if (this.#isStopped) return close(stream);
    const { remoteAddr } = stream;
    const host = "hostname" in remoteAddr ? remoteAddr.hostname : "";
    const remote = { host, port: "port" in remoteAddr ? remoteAddr.port : 0 };
    const acceptedAtMs = this.#parts.clock.monotonicMs();
    if (this.#parts.proxies?.has(host) !== true) {
      return this.#admit({ stream, remote, acceptedAtMs, due: undefined }, remote, onAccepted);
    }
    const due = this.#due(() => stop());
    const stop = () => {
      this.#cut(stream, remote);
      close(stream);
    };
    this.#unnamed.add(stop);
    // A proxy says it at once: whoever is there longest has said nothing for longest.
    const [oldest] = this.#unnamed.size > UNAUTHENTICATED_MAX ? this.#unnamed : [];
    oldest?.();
    const named = this.#name({ stream, remote, acceptedAtMs, due }, onAccepted).finally(() => {
      this.#unnamed.delete(stop);
      this.#handshakes.delete(named);
    });
    this.#handshakes.set(named, stop);
  }

  /** Reads for whom a proxy connects, and goes on with that address. Never rejects. */
  async #name(arrival: Arrival, onAccepted: (accepted: Accepted) => void): Promise<void> {
    const { stream, remote, due } = arrival;
    try {
      const source = await readProxyHeader({
        read: (buffer) => stream.readPlain?.(buffer) ?? stream.read(buffer),
      });
      if (this.#isStopped) return close(stream);
      this.#admit(arrival, source === "proxy" ? remote : source, onAccepted);
    } catch (error) {
      due?.cancel();
      if (error instanceof ProtocolError) {
        log.warn("proxy not understood", { reason: describeError(error) });
      } else log.debug("proxy gone", { reason: describeError(error) });
      this.#cut(stream, remote);
      close(stream);
    }
  }

  #admit(arrival: Arrival, source: HostPort, onAccepted: (accepted: Accepted) => void): void {
    const { stream, remote, acceptedAtMs, due } = arrival;
    const cut = () => this.#cut(stream, remote);
    const admission = this.#parts.desk.admit(source.host, cut);
    this.#parts.turnedAway.look();
    if (typeof admission === "string") {
      due?.cancel();
      log.debug("connection refused", { reason: admission });
      cut();
      if (stream.handshake === undefined) return;
      // Its descriptor goes with its handshake.
      this.#refused++;
      const done = () => {
        this.#refused--;
        close(stream);
      };
      stream.handshake().then(done, done);
      return;
    }
    const { host: remoteAddress, port: remotePort } = source;
    const handshake = this.#prepare(stream, { admission, cut, due }).then(
      () => {
        // Its stream was closed in the moment of closing.
        if (this.#isStopped) admission.release();
        else onAccepted({ stream, remoteAddress, remotePort, acceptedAtMs, admission, cut });
      },
      (error) => {
        // A port scan, a client that does not trust us, or one that is gone already: nothing to do about it.
        log.debug("handshake failed", { reason: describeError(error) });
        admission.release();
        close(stream);
      },
    ).finally(() => this.#handshakes.delete(handshake));
    this.#handshakes.set(handshake, () => {
      cut();
      close(stream);
    });
  }

  /** Whoever is overdue, or displaced, is cut: then the handshake fails, and the place is given back with the descriptor. */
  async #prepare(
    stream: AcceptedConn,
    { admission, cut, due = this.#dueIn(stream) }: Pick<Accepted, "admission" | "cut"> & {
      due: Due | undefined;
    },
  ): Promise<void> {
    if (due !== undefined) {
      due.onOver = () => {
        admission.leave();
        cut();
      };
    }
    try {
      // TLS connections have neither; they inherit both from the listening socket (`nodelay.ts`).
      stream.setNoDelay?.(true);
      stream.setKeepAlive?.(true);
      if (stream.handshake !== undefined) await stream.handshake();
    } finally {
      due?.cancel();
    }
    if (due?.isOver === true) {
      throw new TransportError(
        "timed-out",
        "Cannot accept connection: the handshake took too long",
      );
    }
  }

  #dueIn(stream: AcceptedConn): Due | undefined {
    return stream.handshake === undefined ? undefined : this.#due(() => {});
  }

  #due(onOver: () => void): Due {
    const due: Due = { isOver: false, onOver, cancel: () => {} };
    due.cancel = this.#deadlines.add(() => {
      due.isOver = true;
      this.#parts.turnedAway.late();
      due.onOver();
    });
    return due;
  }

  #cut(stream: AcceptedConn, remote: HostPort): void {
    if (stream.cut !== undefined) return stream.cut();
    // TLS ends by itself once the system has ended it; closed before that, it would never be heard of again.
    if (stream.handshake === undefined || this.#parts.cuts === undefined) close(stream);
    this.#parts.cuts?.add(remote);
  }
}

function close(stream: ByteStream): void {
  try {
    stream.close();
  } catch (error) {
    log.debug("close failed", { reason: describeError(error) });
  }
}

// Deadlines that are all equally far away: one timer for all of them, since a flood begins and ends thousands a second.

interface Pending {
  readonly atMs: number;
  readonly onLate: () => void;
}

/** Holds a timer while anything is pending. */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #durationMs: number;
  /** In the order in which they end. */
  readonly #pending = new Set<Pending>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, durationMs: number) {
    this.#clock = clock;
    this.#durationMs = durationMs;
  }

  /** Calls `onLate` once, unless what is returned was called first. Calling that twice is fine. */
  add(onLate: () => void): () => void {
    const pending = { atMs: this.#clock.monotonicMs() + this.#durationMs, onLate };
    this.#pending.add(pending);
    this.#cancel ??= this.#clock.after(this.#durationMs, () => this.#turn());
    return () => {
      if (!this.#pending.delete(pending) || this.#pending.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #turn(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#cancel = undefined;
    for (const pending of this.#pending) {
      if (pending.atMs > nowMs) {
        this.#cancel ??= this.#clock.after(pending.atMs - nowMs, () => this.#turn());
        return;
      }
      this.#pending.delete(pending);
      pending.onLate();
    }
  }
}
