/**
 * How many tries an account has left for all the networks together (SR-40, decision 0052). Who guesses passwords from many
 * networks has one try from each, and then few: so somebody at a network that has not failed yet comes in at once, though
 * sixty others guess. In an hour that is 88 tries at most and 13 in each later one, with three before a lock; it was 89 and 60.
 */

import type { Clock } from "../../base/clock.ts";
import { type RateLimit, TokenBucket } from "../../base/rate.ts";

const HOUR_SECONDS = 3600;
/** First tries of a network: those of sixty guessers, and the owner's. They come back in two and a half days. */
const FIRST_TRIES = { burst: 61, perSecond: 1 / HOUR_SECONDS };
/**
 * Further tries, for each that a network has before its lock: what one network alone gets through its locks of 60 to 900 s, so
 * that it never waits for anything else.
 */
const FURTHER_BURST = 16 / 3;
const FURTHER_AN_HOUR = 4;
/** Networks that are known to have failed; the oldest go first. More than a day of first tries brings. */
const FAILED_MAX = 256;

/** The tries of one account. */
export class AccountTries {
  readonly #first: TokenBucket;
  readonly #further: TokenBucket;
  readonly #furtherTries: RateLimit;
  readonly #failed = new Set<string>();

  /** `attempts`: how many a network has before its lock. */
  constructor(clock: Clock, attempts: number) {
    this.#first = new TokenBucket(clock, FIRST_TRIES);
    this.#furtherTries = {
      burst: Math.ceil(FURTHER_BURST * attempts),
      perSecond: FURTHER_AN_HOUR * attempts / HOUR_SECONDS,
    };
    this.#further = new TokenBucket(clock, this.#furtherTries);
  }

  /** Milliseconds until somebody at `network` may try; 0 for now. */
  waitMs(network: string): number {
    const waitMs = this.#further.waitMs();
    return this.#failed.has(network) ? waitMs : Math.min(waitMs, this.#first.waitMs());
  }

  /** A try begins at `network`, which has failed until `forgive` says otherwise. */
  begin(network: string): void {
    if (this.#failed.has(network) || !this.#first.take()) this.#further.take();
    this.#failed.delete(network);
    this.#failed.add(network);
    if (this.#failed.size > FAILED_MAX) {
      for (const oldest of this.#failed) {
        this.#failed.delete(oldest);
        break;
      }
    }
  }

  /** A try begins where the account's owner is known to be: it never waits, and counts with the others. */
  beginKnown(): void {
    this.#further.take();
  }

  /** The password was right there. */
  forgive(network: string): void {
    this.#failed.delete(network);
  }

  /** Whether a network that has failed has to wait. */
  get isSpent(): boolean {
    return this.#further.waitMs() > 0;
  }

  /** How many tries it would forgive to forget this. */
  get spent(): number {
    return missing(this.#first, FIRST_TRIES) + missing(this.#further, this.#furtherTries);
  }

  /** How long somebody waits at a network that has failed. */
  get furtherMs(): number {
    return this.#further.waitMs();
  }
}

function missing(bucket: TokenBucket, { burst, perSecond }: RateLimit): number {
  return bucket.waitMs(burst) / 1000 * perSecond;
}
