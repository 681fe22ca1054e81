/**
 * Slows down guessing of passwords (SR-38 to SR-42). In OPAQUE the client learns whether a guess was right before the
 * server does, so every try is charged when it starts and given back when it turns out good. Unknown names are counted
 * like known ones.
 */

import type { AccountId } from "../base/ids.ts";
import { type Clock } from "../base/clock.ts";
import { TokenBucket } from "../base/rate.ts";

export interface SignInLimits {
  /** Failures from one source network before its lock. */
  readonly attempts: number;
  /** Length of the first lock; each further one is twice as long, up to `MAX_LOCK_SECONDS`. */
  readonly lockSeconds: number;
}

const MAX_LOCK_SECONDS = 900;
/** Failures of an account over all sources before it slows to one try a minute. */
const ACCOUNT_SLOW_FACTOR = 10;
const ACCOUNT_SLOW_MS = 60_000;
/** Tries that one source may have under way for one account (SR-38). */
const MAX_PENDING = 2;
/** Tries per source network over all accounts: a burst of 20, then 20 a minute. */
const SOURCE_LIMIT = { burst: 20, perSecond: 20 / 60 };
/** Entries that are remembered; the longest unused go first. */
const MAX_ENTRIES = 10_000;

interface Entry {
  failures: number;
  lockedUntilMs: number;
  lockSeconds: number;
  pending: number;
}

interface AccountEntry {
  /** Failures since the account's owner was last told. */
  failures: number;
  total: number;
  lastTryMs: number;
}

export type Charge =
  | { readonly result: "charged"; readonly attemptsLeft: number; readonly ticket: Ticket }
  | { readonly result: "locked"; readonly retryAfterSeconds: number }
  | { readonly result: "busy" };

/** What `settle` needs to give a try back. */
export interface Ticket {
  readonly account: AccountId;
  readonly source: string;
}

export class SignInGuard {
  readonly #clock: Clock;
  readonly #limits: SignInLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #accounts = new Map<AccountId, AccountEntry>();
  readonly #sources = new Map<string, TokenBucket>();

  constructor(clock: Clock, limits: SignInLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Charges a try of `account` from `source` (see `sourceNetwork`), or says why it may not begin. */
  charge(account: AccountId, source: string): Charge {
    const nowMs = this.#clock.monotonicMs();
    const entry = touch(this.#entries, `${source} ${account}`, () => newEntry(this.#limits));
    if (entry.lockedUntilMs > nowMs) return locked(entry.lockedUntilMs - nowMs);
    if (entry.pending >= MAX_PENDING) return { result: "busy" };
    const bucket = touch(this.#sources, source, () => new TokenBucket(this.#clock, SOURCE_LIMIT));
    if (!bucket.take()) return locked(bucket.waitMs());
    const whole = touch(this.#accounts, account, newAccountEntry);
    const slowMs = whole.lastTryMs + ACCOUNT_SLOW_MS - nowMs;
    if (whole.total >= this.#limits.attempts * ACCOUNT_SLOW_FACTOR && slowMs > 0) {
      return locked(slowMs);
    }

    whole.total++;
    whole.failures++;
    whole.lastTryMs = nowMs;
    entry.pending++;
    entry.failures++;
    const attemptsLeft = this.#limits.attempts - entry.failures;
    if (attemptsLeft <= 0) {
      entry.lockedUntilMs = nowMs + entry.lockSeconds * 1000;
      entry.lockSeconds = Math.min(MAX_LOCK_SECONDS, entry.lockSeconds * 2);
      entry.failures = 0;
    }
    return {
      result: "charged",
      attemptsLeft: Math.max(0, attemptsLeft),
      ticket: { account, source },
    };
  }

  /**
   * Ends a try. A good one clears the source's failures and lock; returns how many tries failed since the last good one,
   * this one not counted.
   */
  settle(ticket: Ticket, good: boolean): number {
    const key = `${ticket.source} ${ticket.account}`;
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.pending = Math.max(0, entry.pending - 1);
    if (!good) return 0;
    this.#entries.delete(key);
    return this.takeFailures(ticket.account) - 1;
  }

  /** The number of failed tries since the last good sign-in, told once. */
  takeFailures(account: AccountId): number {
    const failures = this.#accounts.get(account)?.failures ?? 0;
    this.#accounts.delete(account);
    return failures;
  }

  /** Lifts every lock of an account. */
  unlock(account: AccountId): void {
    this.#accounts.delete(account);
    for (const key of this.#entries.keys()) {
      if (key.endsWith(` ${account}`)) this.#entries.delete(key);
    }
  }
}

function newEntry(limits: SignInLimits): Entry {
  return { failures: 0, lockedUntilMs: 0, lockSeconds: limits.lockSeconds, pending: 0 };
}

function newAccountEntry(): AccountEntry {
  return { failures: 0, total: 0, lastTryMs: 0 };
}

function locked(forMs: number): Charge {
  return { result: "locked", retryAfterSeconds: Math.max(1, Math.ceil(forMs / 1000)) };
}

/** Gets or makes an entry and moves it to the end; the oldest goes when there are too many. */
function touch<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_ENTRIES) {
    for (const oldest of map.keys()) {
      map.delete(oldest);
      break;
    }
  }
  return value;
}

/**
 * The network that a try is counted by: IPv4 /24, IPv6 /64 (SR-40). Text that is no address (a memory transport) is its
 * own network.
 */
export function sourceNetwork(address: string): string {
  const mapped = address.match(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i)?.[1] ?? address;
  const v4 = mapped.match(/^(\d+)\.(\d+)\.(\d+)\.\d+$/);
  if (v4 !== null) return `${v4[1]}.${v4[2]}.${v4[3]}.0/24`;
  if (!mapped.includes(":")) return mapped;
  const [head, tail = ""] = mapped.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = tail.split(":").filter((group) => group !== "");
  const zeros = mapped.includes("::") ? 8 - left.length - right.length : 0;
  const groups = [...left, ...Array<string>(Math.max(0, zeros)).fill("0"), ...right];
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":")}::/64`;
}
