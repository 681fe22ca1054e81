/** The time of the database: what several nodes keep and judge by it ends for all of them at once, however their clocks go. */

import type { Clock } from "../../../base/clock.ts";
import type { Statements } from "./database.ts";

/** Waits and measures by the machine's clock; only what time it is comes from the database, as it was read last. */
export class StoreClock implements Clock {
  readonly #clock: Clock;
  /** By which the database's time is ahead of what never goes back here. */
  #aheadMs: number;

  private constructor(clock: Clock, aheadMs: number) {
    this.#clock = clock;
    this.#aheadMs = aheadMs;
  }

  static async read(database: Statements, clock: Clock): Promise<StoreClock> {
    return new StoreClock(clock, await readAhead(database, clock));
  }

  /** Reads it again: clocks drift, and another server may have taken the place of the first. */
  async readAgain(database: Statements): Promise<void> {
    this.#aheadMs = await readAhead(database, this.#clock);
  }

  nowMs(): number {
    return Math.floor(this.#clock.monotonicMs() + this.#aheadMs);
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(durationMs: number, options?: { signal?: AbortSignal }): Promise<void> {
    return this.#clock.sleep(durationMs, options);
  }

  after(durationMs: number, action: () => void): () => void {
    return this.#clock.after(durationMs, action);
  }

  deadline(durationMs: number): AbortSignal {
    return this.#clock.deadline(durationMs);
  }
}

/** It is read somewhere between question and answer: in the middle, by what is known here. */
async function readAhead(database: Statements, clock: Clock): Promise<number> {
  const askedMs = clock.monotonicMs();
  const nowMs = await database.integer(NOW) ?? 0;
  return nowMs - (askedMs + clock.monotonicMs()) / 2;
}

const NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
