/**
 * Ending connections that Deno does not let go of: a TLS connection that is closed inside its handshake, or with something
 * unwritten, keeps its descriptor until the other side moves (Deno 2.4.2 and 2.9.6, measured). The system's `shutdown` ends
 * them, by descriptors that have to be looked for: many are cut at one look (decision 0048).
 */

import type { Clock } from "../../base/clock.ts";
import type { HostPort } from "../addresses/address.ts";

/** What finds and ends them; `SocketTuner` does. */
export interface SocketCutter {
  /** Ends the connections of this process's listener on `port` with these addresses. Those that are gone are left out. */
  cut(port: number, remotes: readonly HostPort[]): void;
  /**
   * Drops what begins a connection to `port` from these sources and networks, as `sourceOf` and `networkOf` name them, and from no
   * others any more. Returns how many of them the system has taken.
   */
  block(port: number, sources: readonly string[]): number;
}

/** So many that wait are cut at once: what a flood can hold beyond all limits. */
export const CUT_BATCH = 32;
/** How long fewer wait for others. */
const CUT_PAUSE_MS = 10;

/** The connections of one listener that are to be cut. */
export class CutQueue {
  readonly #clock: Clock;
  readonly #cut: (remotes: readonly HostPort[]) => void;
  #waiting: HostPort[] = [];
  #cancel: (() => void) | undefined;

  constructor(
    clock: Clock,
    cut: (remotes: readonly HostPort[]) => void,
  ) {
    this.#clock = clock;
    this.#cut = cut;
  }

  /** Cuts it soon. */
  add(remote: HostPort): void {
    this.#waiting.push(remote);
    if (this.#waiting.length >= CUT_BATCH) return this.flush();
    this.#cancel ??= this.#clock.after(CUT_PAUSE_MS, () => this.flush());
  }

  /** Cuts all at once. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#cut(waiting);
  }
}
