/**
 * Sources that come again as soon as they are sent away: what thousands of connections a second cost is the time of people who
 * sign in. The system drops what they begin for a while, and everybody else is served as if they were not there.
 */

import type { Clock } from "../../base/clock.ts";
import { type RateLimit, TokenBucket } from "../../base/rate.ts";
import { networkOf } from "../addresses/address.ts";
import type { Blame, DoorWatch } from "./admission.ts";
import { FILTER_ROOM, filterCost } from "./syn_filter.ts";

/**
 * Strangers who may go without having signed in before anybody is blocked: thousands who connect once and stay are sent away in
 * a second, and people behind their address come in at once.
 */
const GONE: RateLimit = { burst: 4096, perSecond: 200 };
/** Who has left so often within a minute is blocked then, and nobody else: people do not fail so often. */
const GONE_OF_SOURCE = 8;
/** A network whose sources have left so often together is blocked as a whole. Who comes once from each of thousands is met so. */
const GONE_OF_NETWORK = 64;
/** Who was blocked before is blocked again after so many. */
const GONE_OF_KNOWN = 64;
/** How long a source is blocked, and counted. */
const BLOCKED_MS = 60_000;
/** Sources that are counted at once, and networks. */
const SOURCES_MAX = 4096;
/** How often the system is told: each time the whole list. */
const TELL_MS = 200;

/** Blocks sources and networks at the system, all that are named and no others; returns how many of them it has blocked. */
export type BlockSources = (sources: readonly string[]) => number;

/** How often a network has been left. */
interface NetworkCount {
  times: number;
  /** The only source that it was left by; undefined when there are several. */
  only: string | undefined;
}

/** Of one listener. Whoever made it closes it. */
export class Hammering implements DoorWatch {
  readonly #clock: Clock;
  readonly #block: BlockSources;
  readonly #left: TokenBucket;
  readonly #people: SignedInSources;
  /** How many of each source have gone. */
  readonly #gone = new Map<string, number>();
  readonly #goneOfNetwork = new Map<string, NetworkCount>();
  #countedFromMs: number;
  /** Until when each is blocked, in the order in which they were. */
  readonly #blocked = new Map<string, number>();
  /** Of the room for them. */
  #used = 0;
  /** So many of them the system has blocked. */
  #enforced = 0;
  /** Those who were blocked at some time. */
  readonly #known = new Set<string>();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(clock: Clock, block: BlockSources) {
    this.#clock = clock;
    this.#block = block;
    this.#left = new TokenBucket(clock, GONE);
    this.#people = new SignedInSources(clock);
    this.#countedFromMs = clock.monotonicMs();
  }

  /** Sources and networks that the system has blocked now. */
  get blocked(): number {
    return this.#enforced;
  }

  /**
   * A stranger has gone, or was sent away. Who was sent away for others is not counted: it would be the newcomer that attackers
   * push out at each try. Where people are signed in nobody is counted.
   */
  gone(source: string, blame: Blame): void {
    const isCalm = this.#left.take();
    if (blame === "others" || this.#people.has(source)) return;
    const network = networkOf(source);
    if (this.#blocked.has(network)) return;
    this.#beginMinute();
    const times = blame === "source" ? this.#countSource(source, isCalm) : 0;
    // One source alone does not get its neighbours blocked.
    if (times <= GONE_OF_SOURCE) this.#countNetwork(source, network, isCalm);
  }

  /** What was blocked there is so no more. */
  signedIn(source: string): void {
    this.#people.came(source);
    for (const key of [source, networkOf(source)]) {
      if (!this.#blocked.has(key)) continue;
      this.#unblock(key);
      this.#tellSoon();
    }
  }

  left(source: string): void {
    this.#people.left(source);
  }

  /** Blocks nobody any more, whoever goes yet. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#blocked.clear();
    this.#used = this.#enforced = 0;
  }

  #beginMinute(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#countedFromMs < BLOCKED_MS) return;
    this.#gone.clear();
    this.#goneOfNetwork.clear();
    this.#countedFromMs = nowMs;
  }

  #countSource(source: string, isCalm: boolean): number {
    const times = (this.#gone.get(source) ?? 0) + 1;
    if (times > 1 || this.#gone.size < SOURCES_MAX) this.#gone.set(source, times);
    // What they did before counts no more when they come again.
    if (this.#isDue(source, times, { least: GONE_OF_SOURCE, isCalm })) this.#gone.delete(source);
    return times;
  }

  #countNetwork(source: string, network: string, isCalm: boolean): void {
    if (network === source || this.#people.has(network)) return;
    const counts = this.#goneOfNetwork;
    const count = counts.get(network) ?? { times: 0, only: source };
    if (count.times > 0 || counts.size < SOURCES_MAX) counts.set(network, count);
    count.times++;
    if (count.only !== source) count.only = undefined;
    const whole = count.only ?? network;
    if (!this.#isDue(whole, count.times, { least: GONE_OF_NETWORK, isCalm })) return;
    counts.delete(network);
    if (whole === source) return;
    for (const key of this.#blocked.keys()) {
      if (key !== network && networkOf(key) === network) this.#unblock(key);
    }
  }

  /** Blocks `key` when it has gone too often. */
  #isDue(key: string, times: number, limit: { least: number; isCalm: boolean }): boolean {
    const isCalm = limit.isCalm && !(this.#known.has(key) && times >= GONE_OF_KNOWN);
    if (isCalm || times < limit.least || this.#blocked.has(key)) return false;
    if (this.#used + filterCost(key) > FILTER_ROOM) return false;
    if (this.#known.size >= SOURCES_MAX) this.#known.clear();
    this.#known.add(key);
    this.#blocked.set(key, this.#clock.monotonicMs() + BLOCKED_MS);
    this.#used += filterCost(key);
    this.#tellSoon();
    return true;
  }

  #unblock(key: string): void {
    if (this.#blocked.delete(key)) this.#used -= filterCost(key);
  }

  #tellSoon(): void {
    // Connections outlive their listener, and are told of when they go.
    if (this.#isClosed) return;
    this.#cancel ??= this.#clock.after(TELL_MS, () => this.#tell());
  }

  #tell(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, untilMs] of this.#blocked) {
      if (untilMs > nowMs) break;
      this.#unblock(key);
    }
    this.#enforced = this.#block([...this.#blocked.keys()]);
    const next = this.#blocked.values().next().value;
    this.#cancel = next === undefined
      ? undefined
      : this.#clock.after(Math.max(TELL_MS, Math.min(next - nowMs, 1000)), () => this.#tell());
  }
}

// Where people are signed in, or were within the hour: whatever strangers do there, those come back and must find the door open.

/** Longer than a journey through a tunnel, and than a restart of their machine. */
const REMEMBERED_MS = 3_600_000;
/** Of those who have left. */
const LEFT_MAX = 4096;

/** By sources and by their networks. In memory only. */
export class SignedInSources {
  readonly #clock: Clock;
  /** How many are signed in. */
  readonly #here = new Map<string, number>();
  /** When the last of them has left, in that order. */
  readonly #left = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody has signed in. */
  came(source: string): void {
    for (const key of keysOf(source)) this.#here.set(key, (this.#here.get(key) ?? 0) + 1);
  }

  /** One of them has left. */
  left(source: string): void {
    for (const key of keysOf(source)) {
      const rest = (this.#here.get(key) ?? 0) - 1;
      if (rest > 0) {
        this.#here.set(key, rest);
        continue;
      }
      this.#here.delete(key);
      this.#left.delete(key);
      this.#left.set(key, this.#clock.monotonicMs());
    }
    this.#forget();
  }

  /** `key`: a source, or a network. */
  has(key: string): boolean {
    if (this.#here.has(key)) return true;
    const leftAtMs = this.#left.get(key);
    return leftAtMs !== undefined && this.#clock.monotonicMs() - leftAtMs < REMEMBERED_MS;
  }

  #forget(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, leftAtMs] of this.#left) {
      if (this.#left.size <= LEFT_MAX && nowMs - leftAtMs < REMEMBERED_MS) break;
      this.#left.delete(key);
    }
  }
}

function keysOf(source: string): ReadonlySet<string> {
  return new Set([source, networkOf(source)]);
}
