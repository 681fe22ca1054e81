/** Accepting connections, plain on loopback or with TLS, whatever strangers do to the accept loop. */

import type { Clock } from "../../base/clock.ts";
import { TransportError, TrustError } from "../../base/errors.ts";
import {
  type AcceptedConn,
  type Acceptor,
  checkIdentity,
  openAcceptor,
  type TlsIdentity,
} from "./acceptor.ts";
import { type HostPort, isLoopback } from "../addresses/address.ts";
import type { AddressList } from "../addresses/address_list.ts";
import { AdmissionControl, type AdmissionLimits } from "./admission.ts";
import { type Accepted, Arrivals } from "./arrivals.ts";
import { CutQueue, type SocketCutter } from "./cutting.ts";
import { Hammering } from "./hammering.ts";
import { TurnedAway } from "./turned_away.ts";

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
  /**
   * Who may say by a PROXY header for whom they connect, and must. Connections of theirs count with the client that they name, so
   * blocking at the system (`cutter`) would meet the wrong ones: in TLS there must be none.
   */
  readonly proxies?: AddressList;
  /** See `openAcceptor`. */
  readonly sharesPort?: boolean;
  /** Ends TLS connections that Deno does not let go of. Without it they are relayed (`tls_relay.ts`). */
  readonly cutter?: SocketCutter;
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
  /** While the acceptor is being replaced; resolves when the loop may go on. */
  #renewal: { readonly parked: () => void; readonly done: Promise<void> } | undefined;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #arrivals: Arrivals;
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
    this.#listen = (tls) => openAcceptor(address, { ...options, tls });
    this.#arrivals = new Arrivals({
      ...{ clock, desk: this.desk, turnedAway: this.#turnedAway, proxies: options.proxies },
      cuts: cutter && new CutQueue(clock, (remotes) => cutter.cut(address.port, remotes)),
    });
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
    }
    const gone = this.#arrivals.close();
    await this.#loop;
    await gone;
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
      for (let i = 0; i < LEAVING_PAUSES && this.#arrivals.leaving >= LEAVING_MAX; i++) {
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
      this.#arrivals.receive(stream, onAccepted);
    }
  }
}
