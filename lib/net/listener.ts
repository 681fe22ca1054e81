/** Accepting connections, plain on loopback or with TLS, whatever strangers do to the accept loop. */

import type { Clock } from "../base/clock.ts";
import { describeError, TransportError, TrustError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { HANDSHAKE_DEADLINE_MS } from "../protocol/limits.ts";
import {
  type AcceptedConn,
  type Acceptor,
  checkIdentity,
  openAcceptor,
  type TlsIdentity,
} from "./acceptor.ts";
import { type HostPort, isLoopback } from "./address.ts";
import { type Admission, AdmissionControl, type AdmissionLimits } from "./admission.ts";
import type { ByteStream } from "./byte_stream.ts";
import { CutQueue, type SocketCutter } from "./cutting.ts";
import { DeadlineQueue } from "./deadline_queue.ts";
import { Hammering } from "./hammering.ts";
import { TurnedAway } from "./turned_away.ts";

const log = logger("net", "listener");

/** How long to try for the port again when the listener is renewed. A pending accept holds it for a moment. */
const LISTEN_AGAIN_MS = 1_000;
const LISTEN_PAUSE_MS = 10;
/** Pause after a failed accept: without descriptors (EMFILE) it would fail again at once, for ever. */
const ACCEPT_PAUSE_MS = 100;
/** So many who were told to go may still have a descriptor each; then nobody is accepted until the event loop has turned. */
const LEAVING_MAX = 64;
const LEAVING_PAUSE_MS = 1;
/** Then it goes on all the same: one that the system does not give back must not keep everybody out. */
const LEAVING_PAUSES = 100;

/** How many may connect, and whether they are spoken to in TLS. */
export interface ListenerOptions {
  readonly clock: Clock;
  readonly limits: AdmissionLimits;
  /** Left out: plain TCP, which is refused unless the address is this machine (SR-49). */
  readonly tls?: TlsIdentity;
  /** Ends TLS connections that Deno does not let go of. Without it they are relayed (`tls_relay.ts`). */
  readonly cutter?: SocketCutter;
}

/** A connection that passed admission and the TLS handshake. */
export interface Accepted {
  /** Belongs to whoever accepted it. */
  readonly stream: ByteStream;
  /** Address without port. */
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

/** Owns the listening socket and the handshakes under way, not what was accepted. */
export class Listener implements AsyncDisposable {
  /** With the port that was really taken. */
  readonly address: HostPort;
  readonly desk: AdmissionControl;
  readonly #turnedAway: TurnedAway;
  /** Undefined where nobody can be blocked. */
  readonly #hammering: Hammering | undefined;
  #acceptor: Acceptor;
  /** How the acceptor is made again. */
  readonly #listen: (tls: TlsIdentity) => Acceptor;
  /** Those that only the system can end. Undefined where all end when they are closed. */
  readonly #cuts: CutQueue | undefined;
  /** While the acceptor is being replaced; resolves when the loop may go on. */
  #renewal: { readonly parked: () => void; readonly done: Promise<void> } | undefined;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #deadlines: DeadlineQueue;
  /** Found no place, and still have a descriptor. */
  #refused = 0;
  /** How each of them is stopped. */
  readonly #handshakes = new Map<Promise<void>, () => void>();
  #loop: Promise<void> | undefined;

  constructor(acceptor: Acceptor, address: HostPort, options: ListenerOptions) {
    const { clock, cutter, tls } = options;
    this.#acceptor = acceptor;
    this.address = address;
    this.#clock = clock;
    // Without TLS all come from this machine, through a proxy if they are many: it speaks for everybody.
    this.#hammering = tls && cutter &&
      new Hammering(clock, (sources) => cutter.block(address.port, sources));
    this.desk = new AdmissionControl(options.limits, this.#hammering);
    this.#turnedAway = new TurnedAway(clock, this.desk, () => this.blocked);
    this.#deadlines = new DeadlineQueue(clock, HANDSHAKE_DEADLINE_MS);
    this.#listen = (tls) => openAcceptor(address, { ...options, tls });
    this.#cuts = cutter && new CutQueue(clock, (remotes) => cutter.cut(address.port, remotes));
  }

  /** Sources that are blocked now, because they came again and again. */
  get blocked(): number {
    return this.#hammering?.blocked ?? 0;
  }

  /** Connections that were not signed in, or not even out of their handshake, at their deadline: so far, here. */
  get overdue(): number {
    return this.#turnedAway.overdue;
  }

  /**
   * Listens. Throws `TransportError` `address-in-use`, `permission-denied` or `address-not-available`, and `TrustError`
   * `plain-not-loopback`. Nobody is accepted before `run`, so the socket can be prepared (`nodelay.ts`).
   */
  static open(address: HostPort, options: ListenerOptions): Listener {
    const { tls } = options;
    const listener = openAcceptor(address, options);
    const { addr } = listener;
    if (tls === undefined && !isLoopback(addr.hostname)) {
      listener.close();
      throw new TrustError(
        "plain-not-loopback",
        `Cannot listen without TLS: ${addr.hostname} is not this machine only`,
      );
    }
    return new Listener(listener, { host: addr.hostname, port: addr.port }, options);
  }

  /** Accepts until closed. `onAccepted` must not throw; TLS connections come when their handshake is done. */
  run(onAccepted: (accepted: Accepted) => void): Promise<void> {
    this.#loop ??= this.#accept(onAccepted);
    return this.#loop;
  }

  /**
   * Shows `tls` to everyone who connects from now on, on the same port. Connections and handshakes that are there are not
   * touched. Deno fixes a listener's certificate when it is made, so for a moment, under a millisecond, nobody listens and
   * who connects is refused (decision 0026). `prepare` is called before the first is accepted. Throws TransportError:
   * `bad-certificate` with nothing changed; otherwise the listener has ended.
   */
  async renew(tls: TlsIdentity, prepare: () => void): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted || this.#renewal !== undefined) return;
    checkIdentity(tls);
    const parked = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    // The loop hears of a failure; without a loop nobody does.
    done.promise.catch(() => {});
    this.#renewal = { parked: parked.resolve, done: done.promise };
    this.#acceptor.close();
    try {
      if (this.#loop !== undefined) await parked.promise;
      this.#acceptor = await this.#listenAgain(tls);
      prepare();
      done.resolve();
    } catch (error) {
      done.reject(error);
      throw error;
    } finally {
      this.#renewal = undefined;
    }
  }

  /**
   * Stops listening and waits for the end of the loop and of the handshakes, so that the port can be taken again. Closing
   * twice is fine.
   */
  async close(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stop.abort(new DOMException("Listener closed", "AbortError"));
      // While it is renewed, the old one is closed already and the new one not there.
      if (this.#renewal === undefined) this.#acceptor.close();
      for (const stop of this.#handshakes.values()) stop();
    }
    await this.#loop;
    this.#cuts?.flush();
    await Promise.all(this.#handshakes.keys());
    this.#turnedAway.close();
    this.#hammering?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listenAgain(tls: TlsIdentity): Promise<Acceptor> {
    const { signal } = this.#stop;
    const untilMs = this.#clock.monotonicMs() + LISTEN_AGAIN_MS;
    for (;;) {
      signal.throwIfAborted();
      try {
        return this.#listen(tls);
      } catch (error) {
        const isBusy = error instanceof TransportError && error.code === "address-in-use";
        if (!isBusy || this.#clock.monotonicMs() >= untilMs) throw error;
        await this.#clock.sleep(LISTEN_PAUSE_MS, { signal });
      }
    }
  }

  async #accept(onAccepted: (accepted: Accepted) => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let stream: AcceptedConn;
      for (let i = 0; i < LEAVING_PAUSES && this.#leaving >= LEAVING_MAX; i++) {
        await this.#clock.sleep(LEAVING_PAUSE_MS, { signal }).catch(() => {});
      }
      try {
        stream = await this.#acceptor.accept();
      } catch (error) {
        const renewal = this.#renewal;
        renewal?.parked();
        if (signal.aborted) return;
        if (renewal !== undefined) {
          try {
            await renewal.done;
          } catch (failure) {
            if (signal.aborted) return;
            throw failure;
          }
          continue;
        }
        this.#turnedAway.acceptFailed(error);
        // Ends early, by the same signal, when the listener is closed.
        await this.#clock.sleep(ACCEPT_PAUSE_MS, { signal }).catch(() => {});
        continue;
      }
      // Accepted in the moment of closing: its handshake would hear of no stop any more.
      if (signal.aborted) return close(stream);
      this.#receive(stream, onAccepted);
    }
  }

  get #leaving(): number {
    return this.desk.leaving + this.#refused;
  }

  #receive(stream: AcceptedConn, onAccepted: (accepted: Accepted) => void): void {
    const remoteAddress = "hostname" in stream.remoteAddr ? stream.remoteAddr.hostname : "";
    const remotePort = "port" in stream.remoteAddr ? stream.remoteAddr.port : 0;
    const acceptedAtMs = this.#clock.monotonicMs();
    const cut = () => this.#cut(stream, { host: remoteAddress, port: remotePort });
    const admission = this.desk.admit(remoteAddress, cut);
    this.#turnedAway.look();
    if (typeof admission === "string") {
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
    const handshake = this.#prepare(stream, { admission, cut }).then(
      () => onAccepted({ stream, remoteAddress, remotePort, acceptedAtMs, admission, cut }),
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
    { admission, cut }: Pick<Accepted, "admission" | "cut">,
  ): Promise<void> {
    // TLS connections have neither; they inherit both from the listening socket (`nodelay.ts`).
    stream.setNoDelay?.(true);
    stream.setKeepAlive?.(true);
    if (stream.handshake === undefined) return;
    let isOverdue = false;
    const cancel = this.#deadlines.add(() => {
      isOverdue = true;
      this.#turnedAway.late();
      admission.leave();
      cut();
    });
    try {
      await stream.handshake();
    } finally {
      cancel();
    }
    if (isOverdue) {
      throw new TransportError(
        "timed-out",
        "Cannot accept connection: the handshake took too long",
      );
    }
  }

  #cut(stream: AcceptedConn, remote: HostPort): void {
    if (stream.cut !== undefined) return stream.cut();
    // TLS ends by itself once the system has ended it; closed before that, it would never be heard of again.
    if (stream.handshake === undefined || this.#cuts === undefined) close(stream);
    this.#cuts?.add(remote);
  }
}

function close(stream: ByteStream): void {
  try {
    stream.close();
  } catch (error) {
    log.debug("close failed", { reason: describeError(error) });
  }
}
