/** One timer for all connections: with 10,000 of them, a timer each would cost more than the connections do. */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";

const log = logger("net", "timer_wheel");

const TICK_MS = 1000;

/** Is told the monotonic time once a second. */
export interface Ticking {
  tick(nowMs: number): void;
}

/**
 * Turns once a second while anybody watches; without watchers it holds no timer. Deadlines kept by it are late by up to one
 * second, never early.
 */
export class TimerWheel {
  readonly #members = new Set<Ticking>();
  #nextTickMs = 0;
  #cancel: (() => void) | undefined;

  constructor(readonly clock: Clock) {}

  /**
   * What to stamp an event with that a `tick` measures from: the time of the next tick. Costs no clock reading, and makes a
   * deadline late by less than a second instead of early.
   */
  get stampMs(): number {
    return this.#nextTickMs;
  }

  add(member: Ticking): void {
    this.#members.add(member);
    if (this.#cancel === undefined) this.#arm(this.clock.monotonicMs());
  }

  /** Removing twice is fine. */
  remove(member: Ticking): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(nowMs: number): void {
    this.#nextTickMs = nowMs + TICK_MS;
    this.#cancel = this.clock.after(TICK_MS, () => this.#turn());
  }

  #turn(): void {
    const nowMs = this.clock.monotonicMs();
    // Armed first: a member may remove itself, and with the last one the timer.
    this.#arm(nowMs);
    for (const member of this.#members) {
      try {
        member.tick(nowMs);
      } catch (error) {
        log.error("tick failed", { reason: describeError(error) });
      }
    }
  }
}
