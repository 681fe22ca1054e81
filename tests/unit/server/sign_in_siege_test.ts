/** Many networks guess the password of one account for hours, and its owner signs in on a new device (SR-40, decision 0052). */

import assert from "node:assert/strict";
import type { AccountId } from "../../../lib/base/ids.ts";
import { SignInGuard } from "../../../lib/server/counters/sign_in_guard.ts";
import { FakeClock } from "../../kit/clock.ts";
import { seeded } from "../../kit/seeded.ts";

const ALICE = "alice" as AccountId;
const OWNER = "203.0.113.0/24";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TICK_MS = 1000;
/** Refused tries change nothing, so of thousands that ask at once a part is enough, another one each time. */
const ASKING_AT_ONCE = 100;

/** Before: 30 at once, then one a minute (measured with the same guessers). */
const HOUR_BEFORE = { first: 89, later: 60 };

/** How the guessers use what they have. */
type Plan =
  /** Each asks all the time. */
  | "greedy"
  /** All but one wait for the owner, and are there first. */
  | "ambush";

/** Nothing waits for it, so it goes on without a turn of the event loop. */
class QuickClock extends FakeClock {
  #ms = 0;

  override monotonicMs(): number {
    return this.#ms;
  }

  skip(ms: number): void {
    this.#ms += ms;
  }
}

class Siege {
  readonly clock = new QuickClock();
  readonly guard = new SignInGuard(this.clock, { attempts: 3, lockSeconds: 60 });
  /** When each guess was answered. */
  readonly guessesMs: number[] = [];
  readonly #networks: readonly string[];
  readonly #below: (below: number) => number;

  constructor(networks: number, seed: number) {
    this.#below = seeded(seed);
    this.#networks = Array.from({ length: networks }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  }

  /** Goes on until `untilMs`. */
  guess(untilMs: number, plan: Plan): void {
    while (this.clock.monotonicMs() < untilMs) {
      this.#ask(plan === "greedy" ? this.#networks : this.#networks.slice(0, 1));
      this.clock.skip(TICK_MS);
    }
  }

  /** Everybody at once. */
  storm(): void {
    for (let i = 0; i < 3; i++) for (const network of this.#networks) this.#try(network);
  }

  #ask(networks: readonly string[]): void {
    const from = this.#below(networks.length);
    for (let i = 0; i < Math.min(ASKING_AT_ONCE, networks.length); i++) {
      this.#try(networks[(from + i) % networks.length]);
    }
  }

  #try(network: string): void {
    const charge = this.guard.charge(ALICE, network);
    if (charge.result !== "charged") return;
    this.guard.settle(charge.ticket, false);
    this.guessesMs.push(this.clock.monotonicMs());
  }

  /** How long the owner takes with the right password, trying again every 15 s or when told, as people do. */
  ownerComesIn(limitMs: number): number | undefined {
    const startMs = this.clock.monotonicMs();
    while (this.clock.monotonicMs() - startMs <= limitMs) {
      const charge = this.guard.charge(ALICE, OWNER);
      if (charge.result === "charged") {
        this.guard.settle(charge.ticket, true);
        return this.clock.monotonicMs() - startMs;
      }
      this.guess(this.clock.monotonicMs() + 15_000, "greedy");
    }
    return undefined;
  }

  /** The most guesses in any hour that begins in this span. */
  worstHour(fromMs: number, toMs: number): number {
    const starts = this.guessesMs.filter((atMs) => atMs >= fromMs && atMs < toMs);
    return Math.max(
      0,
      ...starts.map((start) =>
        this.guessesMs.filter((atMs) => atMs >= start && atMs < start + HOUR_MS).length
      ),
    );
  }
}

for (const networks of [1, 10, 60, 10_000]) {
  Deno.test(`SR-40: ${networks} networks guess no more passwords an hour than before`, () => {
    const siege = new Siege(networks, 1);
    siege.guess(3 * HOUR_MS, "greedy");
    const [first, later] = [siege.worstHour(0, 1), siege.worstHour(HOUR_MS, 3 * HOUR_MS)];
    assert.ok(first <= HOUR_BEFORE.first, `${first} in the first hour`);
    assert.ok(later <= HOUR_BEFORE.later, `${later} in a later hour`);
  });
}

for (const plan of ["greedy", "ambush"] as const) {
  for (const networks of [10, 60]) {
    Deno.test(`SR-40: the owner comes in from a network that is not known while ${networks} others guess, ${plan}`, () => {
      for (let seed = 1; seed <= 6; seed++) {
        const siege = new Siege(networks, seed);
        siege.guess(seeded(seed)(2 * HOUR_MS), plan);
        siege.storm();
        assert.equal(siege.ownerComesIn(5 * MINUTE_MS), 0, `seed ${seed}`);
      }
    });
  }
}

Deno.test("SR-40: the owner comes in from where they signed in before while 10,000 networks guess", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const siege = new Siege(10_000, seed);
    siege.guard.noteOwner(ALICE, OWNER);
    siege.guess(seeded(seed)(2 * HOUR_MS), "greedy");
    siege.storm();
    assert.equal(siege.ownerComesIn(5 * MINUTE_MS), 0, `seed ${seed}`);
  }
});
