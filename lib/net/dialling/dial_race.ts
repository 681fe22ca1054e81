/**
 * Several ways to one place, tried as RFC 8305 ("Happy Eyeballs") tries addresses: the one that is liked best goes first, the
 * next one a little later or when nothing else is under way, and the first that comes about is used.
 */

import type { Clock } from "../../base/clock.ts";
import { TrustError } from "../../base/errors.ts";
import { anySignal } from "../../base/scope.ts";

/** Connection attempt delay (RFC 8305 §5): whoever is started first has so long for itself. */
export const HEAD_START_MS = 250;
/**
 * Where the last way has said no, nobody may be there at all, and a datagram to nobody has no answer: the ways before it have
 * so long to say otherwise. With the head start it is enough for a handshake whose first datagram is lost, which takes 1 s.
 */
export const STRAGGLER_MS = 1_000;

/** How a race stands. */
export interface RaceFacts {
  /** Ways that are not started yet. */
  readonly left: number;
  /** Ways that are under way. */
  readonly running: number;
  /** Since the last one was started. */
  readonly sinceStartMs: number;
  /** Since the last way of all has failed; undefined while it has not. */
  readonly sinceLastFailedMs: number | undefined;
}

/** What comes next. `forMs`: how long nothing is to be done unless something happens. */
export type RaceStep =
  | { readonly do: "start" }
  | { readonly do: "wait"; readonly forMs: number | undefined }
  | { readonly do: "give-up" };

/** Who starts when, and when all is lost. Pure. */
export function nextStep({ left, running, sinceStartMs, sinceLastFailedMs }: RaceFacts): RaceStep {
  if (left > 0) {
    const headStartMs = running === 0 ? 0 : HEAD_START_MS - sinceStartMs;
    return headStartMs <= 0 ? { do: "start" } : { do: "wait", forMs: headStartMs };
  }
  if (running === 0) return { do: "give-up" };
  if (sinceLastFailedMs === undefined) return { do: "wait", forMs: undefined };
  const restMs = STRAGGLER_MS - sinceLastFailedMs;
  return restMs <= 0 ? { do: "give-up" } : { do: "wait", forMs: restMs };
}

/** One way. MUST end with the signal's reason when that aborts; what comes about all the same is given back. */
export type Way<T> = (signal: AbortSignal) => Promise<T>;

/** Whose time, until when, and who releases what came too late. */
export interface RaceOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly giveBack: (late: T) => void;
}

/**
 * What the first way comes to that comes about; the others are aborted. Rejects with the signal's reason, and when all have
 * failed with the first TrustError there is, else with the last way's error. `ways`: at least one, the best liked first.
 */
export async function raceDials<T>(ways: readonly Way<T>[], options: RaceOptions<T>): Promise<T> {
  const race = new DialRace(ways, options);
  try {
    return await race.result;
  } finally {
    race.end();
  }
}

/** Runs once. */
class DialRace<T> {
  readonly #ways: readonly Way<T>[];
  readonly #options: RaceOptions<T>;
  readonly #losers = new AbortController();
  readonly #signal: AbortSignal;
  readonly #result = Promise.withResolvers<T>();
  readonly #errors: unknown[];
  #started = 0;
  #running = 0;
  #startedAtMs = 0;
  #lastFailedAtMs: number | undefined;
  #isOver = false;
  #cancel = () => {};

  constructor(ways: readonly Way<T>[], options: RaceOptions<T>) {
    this.#ways = ways;
    this.#options = options;
    this.#errors = new Array(ways.length);
    this.#signal = anySignal(options.signal, this.#losers.signal);
    this.#step();
  }

  get result(): Promise<T> {
    return this.#result.promise;
  }

  end(): void {
    this.#isOver = true;
    this.#cancel();
    this.#losers.abort(new DOMException("Another way was taken", "AbortError"));
  }

  #step(): void {
    this.#cancel();
    if (this.#isOver) return;
    const nowMs = this.#options.clock.monotonicMs();
    const step = nextStep({
      left: this.#ways.length - this.#started,
      running: this.#running,
      sinceStartMs: nowMs - this.#startedAtMs,
      sinceLastFailedMs: this.#lastFailedAtMs === undefined
        ? undefined
        : nowMs - this.#lastFailedAtMs,
    });
    switch (step.do) {
      case "start":
        this.#start(this.#started++, nowMs);
        return this.#step();
      case "wait":
        if (step.forMs === undefined) return;
        this.#cancel = this.#options.clock.after(step.forMs, () => this.#step());
        return;
      case "give-up":
        return this.#result.reject(this.#reason());
    }
  }

  async #start(which: number, nowMs: number): Promise<void> {
    this.#startedAtMs = nowMs;
    this.#running++;
    try {
      const result = await this.#ways[which](this.#signal);
      if (this.#isOver) return this.#options.giveBack(result);
      this.#isOver = true;
      this.#result.resolve(result);
    } catch (error) {
      this.#running--;
      this.#errors[which] = error;
      if (which === this.#ways.length - 1) {
        this.#lastFailedAtMs = this.#options.clock.monotonicMs();
      }
      this.#step();
    }
  }

  #reason(): unknown {
    const { signal } = this.#options;
    if (signal.aborted) return signal.reason;
    return this.#errors.find((error) => error instanceof TrustError) ?? this.#errors.at(-1);
  }
}
