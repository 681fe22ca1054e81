/** Which counters of one key have been seen: the newest 128, as a window that moves with the highest (SR-65). Pure. */

/** Counters that are told apart. What is further behind counts as seen. */
export const REPLAY_WINDOW = 128;

/** `late`: it was not seen, and a higher one was. */
export type Freshness = "new" | "late" | "repeated";

/** Ask with `judge` before opening, and `note` what was opened: what is forged must not move the window. */
export class ReplayWindow {
  #highest = -1n;
  /** Bit n: the counter `highest - n` was seen. */
  #seen = 0n;

  /** The highest that was seen; -1 for none. */
  get highest(): bigint {
    return this.#highest;
  }

  judge(counter: bigint): Freshness {
    if (counter > this.#highest) return "new";
    const behind = this.#highest - counter;
    if (behind >= REPLAY_WINDOW) return "repeated";
    return (this.#seen >> behind & 1n) === 1n ? "repeated" : "late";
  }

  note(counter: bigint): void {
    if (counter > this.#highest) {
      const step = counter - this.#highest;
      this.#seen = step >= REPLAY_WINDOW ? 0n : BigInt.asUintN(REPLAY_WINDOW, this.#seen << step);
      this.#highest = counter;
    }
    const behind = this.#highest - counter;
    if (behind < REPLAY_WINDOW) this.#seen |= 1n << behind;
  }
}
