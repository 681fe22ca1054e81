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
  readonly #counts = new Counts();

  constructor(limits: AdmissionLimits) {
    this.#limits = {
      unauthenticated: UNAUTHENTICATED_MAX,
      unauthenticatedPerAddress: UNAUTHENTICATED_PER_ADDRESS_MAX,
      ...limits,
    };
  }

  get connections(): number {
    return this.#counts.connections;
  }

  get unauthenticated(): number {
    return this.#counts.unauthenticated;
  }

  /** A place for a connection from `ip`, or why there is none. */
  admit(ip: string): Admission | AdmissionRefusal {
    const source = sourceOf(ip);
    const counts = this.#counts;
    const fromSource = counts.bySource.get(source) ?? 0;
    if (counts.connections >= this.#limits.connections) return "server-full";
    if (counts.unauthenticated >= this.#limits.unauthenticated) return "too-many-unauthenticated";
    if (fromSource >= this.#limits.unauthenticatedPerAddress) return "too-many-from-address";
    counts.connections++;
    counts.unauthenticated++;
    counts.bySource.set(source, fromSource + 1);
    return new Place(source, counts);
  }
}

/** How many there are, and how many of those who count for their source are of each. */
class Counts {
  connections = 0;
  unauthenticated = 0;
  readonly bySource = new Map<string, number>();

  leaveSource(source: string): void {
    const rest = (this.bySource.get(source) ?? 1) - 1;
    if (rest === 0) this.bySource.delete(source);
    else this.bySource.set(source, rest);
  }
}

/** One for each connection: a class, so that ten thousand of them do not have their functions each. */
class Place implements Admission {
  readonly #source: string;
  readonly #counts: Counts;
  #state: "unauthenticated" | "overdue" | "signed-in" | "released" = "unauthenticated";

  constructor(source: string, counts: Counts) {
    this.#source = source;
    this.#counts = counts;
  }

  signIn(): void {
    if (this.#state === "unauthenticated") this.#become("signed-in");
  }

  overdue(): void {
    if (this.#state === "unauthenticated") this.#become("overdue");
  }

  release(): void {
    if (this.#state === "released") return;
    this.#become("released");
    this.#counts.connections--;
  }

  #become(next: "overdue" | "signed-in" | "released"): void {
    const state = this.#state;
    if (state === "unauthenticated") this.#counts.unauthenticated--;
    const countedForSource = state === "unauthenticated" || state === "overdue";
    if (countedForSource && next !== "overdue") this.#counts.leaveSource(this.#source);
    this.#state = next;
  }
}
