/** Who may connect: so many in all, so many that have not signed in, and so many of those from one source. */

import { UNAUTHENTICATED_MAX, UNAUTHENTICATED_PER_ADDRESS_MAX } from "../protocol/limits.ts";
import { sourceOf } from "./address.ts";

/** How many connections there may be at once. */
export interface AdmissionLimits {
  /** All connections. Keep it below the descriptor limit: at that, `accept` fails for everybody. */
  readonly connections: number;
  readonly unauthenticated?: number;
  readonly unauthenticatedPerAddress?: number;
}

/** The place of one connection. It counts as unauthenticated until `signIn`; `release` gives the place back. */
export interface Admission {
  /** Calling twice is fine. */
  signIn(): void;
  /**
   * Its handshake is overdue and its descriptor cannot be given back yet: it does not keep newcomers out any more, but still
   * counts for its source and in all. Calling twice is fine.
   */
  overdue(): void;
  /** Calling twice is fine. */
  release(): void;
}

/** Which limit keeps a newcomer out. */
export type AdmissionRefusal = "server-full" | "too-many-unauthenticated" | "too-many-from-address";

/** Counts the connections of one server. Everything is decided at once, without waiting. */
export class AdmissionDesk {
  readonly #limits: Required<AdmissionLimits>;
  #connections = 0;
  #unauthenticated = 0;
  readonly #bySource = new Map<string, number>();

  constructor(limits: AdmissionLimits) {
    this.#limits = {
      unauthenticated: UNAUTHENTICATED_MAX,
      unauthenticatedPerAddress: UNAUTHENTICATED_PER_ADDRESS_MAX,
      ...limits,
    };
  }

  get connections(): number {
    return this.#connections;
  }

  get unauthenticated(): number {
    return this.#unauthenticated;
  }

  /** A place for a connection from `ip`, or why there is none. */
  admit(ip: string): Admission | AdmissionRefusal {
    const source = sourceOf(ip);
    const fromSource = this.#bySource.get(source) ?? 0;
    if (this.#connections >= this.#limits.connections) return "server-full";
    if (this.#unauthenticated >= this.#limits.unauthenticated) return "too-many-unauthenticated";
    if (fromSource >= this.#limits.unauthenticatedPerAddress) return "too-many-from-address";
    this.#connections++;
    this.#unauthenticated++;
    this.#bySource.set(source, fromSource + 1);
    return this.#place(source);
  }

  #place(source: string): Admission {
    let state: "unauthenticated" | "overdue" | "signed-in" | "released" = "unauthenticated";
    const become = (next: "overdue" | "signed-in" | "released") => {
      if (state === "unauthenticated") this.#unauthenticated--;
      const countedForSource = state === "unauthenticated" || state === "overdue";
      if (countedForSource && next !== "overdue") this.#leaveSource(source);
      state = next;
    };
    return {
      signIn: () => {
        if (state === "unauthenticated") become("signed-in");
      },
      overdue: () => {
        if (state === "unauthenticated") become("overdue");
      },
      release: () => {
        if (state === "released") return;
        become("released");
        this.#connections--;
      },
    };
  }

  #leaveSource(source: string): void {
    const rest = (this.#bySource.get(source) ?? 1) - 1;
    if (rest === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, rest);
  }
}
