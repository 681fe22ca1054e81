/** The server's clock, as far as it can be known from here: what those who watch together keep time by. */

import type { Clock } from "../../base/clock.ts";
import type { Link } from "../link/link.ts";

/** Asked so often: the fastest answer is the truest. */
const ROUNDS = 5;

/** One answer. */
interface Measured {
  readonly roundTripMs: number;
  /** Of the server's clock before the monotonic time here. */
  readonly offsetMs: number;
}

/** By the monotonic time of this machine, which nobody sets while a video plays. */
export class SharedClock {
  readonly #clock: Clock;
  #best: Measured;

  private constructor(clock: Clock, best: Measured) {
    this.#clock = clock;
    this.#best = best;
  }

  /** How long the server takes to answer, at best. */
  get roundTripMs(): number {
    return this.#best.roundTripMs;
  }

  /** Throws TransportError when the link ends. */
  static async measure(link: Link, clock: Clock): Promise<SharedClock> {
    return new SharedClock(clock, await measureOnce(link, clock));
  }

  /** Measures it again, over whatever link there is now. */
  async measureAgain(link: Link): Promise<void> {
    this.#best = await measureOnce(link, this.#clock);
  }

  /** What time it is at the server. */
  nowMs(): number {
    return this.#clock.monotonicMs() + this.#best.offsetMs;
  }

  /** A time of the server's clock by the monotonic one here. */
  localMs(sharedMs: number): number {
    return sharedMs - this.#best.offsetMs;
  }
}

/** How far the server's clock is ahead, by the answer that took least: what it took was half there and half back, or nearly. */
async function measureOnce(link: Link, clock: Clock): Promise<Measured> {
  let best: Measured = { roundTripMs: Infinity, offsetMs: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const askedMs = clock.monotonicMs();
    const { fields } = await link.ask("server.clock", {});
    const answeredMs = clock.monotonicMs();
    const roundTripMs = answeredMs - askedMs;
    if (roundTripMs >= best.roundTripMs) continue;
    best = { roundTripMs, offsetMs: fields.atMs - (askedMs + answeredMs) / 2 };
  }
  return best;
}
