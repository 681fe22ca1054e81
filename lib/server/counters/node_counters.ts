/** The counters of one node among several: each tells the others what was taken there. */

import type { Clock } from "../../base/clock.ts";
import type { RateLimit } from "../../base/rate.ts";
import type { Counters, LocalCounters } from "./counters.ts";
import type { RateName } from "./rates.ts";

/** What is taken is told together, so often: a few words a second, however much is sent. Until then another node may give as much. */
const TOLD_EACH_MS = 200;
/** Told at once when there is so much: of 60 bytes each, a sixth of what a bus takes in one piece. */
const MAX_TAKEN = 2_000;

/** How much was taken of a rate for a key. */
export type Taken = [rate: RateName, key: string, count: number];

/** Its owner closes it. */
export class NodeCounters implements Counters {
  readonly #local: LocalCounters;
  readonly #clock: Clock;
  readonly #tellOthers: (taken: Taken[]) => void;
  readonly #taken = new Map<RateName, Map<string, number>>();
  #size = 0;
  #cancelTelling: (() => void) | undefined;

  /** `tell`: to all other nodes, which `hear` it. */
  constructor(local: LocalCounters, clock: Clock, tell: (taken: Taken[]) => void) {
    this.#local = local;
    this.#clock = clock;
    this.#tellOthers = tell;
  }

  /** What another node tells. */
  hear(taken: readonly Taken[]): void {
    for (const [rate, key, count] of taken) this.#local.charge(rate, key, count);
  }

  async take(rate: RateName, key: string, count = 1): Promise<number> {
    const waitSeconds = await this.#local.take(rate, key, count);
    if (waitSeconds === 0) this.#note(rate, key, count);
    return waitSeconds;
  }

  setLimit(rate: RateName, limit?: RateLimit): void {
    this.#local.setLimit(rate, limit);
  }

  /** Tells what it has not told. */
  close(): void {
    this.#tell();
  }

  #note(rate: RateName, key: string, count: number): void {
    let ofRate = this.#taken.get(rate);
    if (ofRate === undefined) this.#taken.set(rate, ofRate = new Map());
    const before = ofRate.get(key);
    ofRate.set(key, (before ?? 0) + count);
    if (before === undefined) this.#size++;
    if (this.#size >= MAX_TAKEN) this.#tell();
    else this.#cancelTelling ??= this.#clock.after(TOLD_EACH_MS, () => this.#tell());
  }

  #tell(): void {
    this.#cancelTelling?.();
    this.#cancelTelling = undefined;
    if (this.#size === 0) return;
    const taken: Taken[] = [];
    for (const [rate, ofRate] of this.#taken) {
      for (const [key, count] of ofRate) taken.push([rate, key, count]);
    }
    this.#taken.clear();
    this.#size = 0;
    this.#tellOthers(taken);
  }
}
