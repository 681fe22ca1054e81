/**
 * Slows down guessing of passwords (SR-38 to SR-42). In OPAQUE the client learns whether a guess was right before the
 * server does, so every try is charged when it starts and given back when it turns out good. Unknown names are counted
 * like known ones.
 */

import type { AccountId } from "../../base/ids.ts";
import { type Clock } from "../../base/clock.ts";
import { TokenBucket } from "../../base/rate.ts";
import { AccountTries } from "./account_tries.ts";
import { KnownNetworks } from "./known_networks.ts";
import { TriedAccounts } from "./tried_accounts.ts";

/** What an operator may choose. */
export interface SignInLimits {
  /** Failures from one source network before its lock. */
  readonly attempts: number;
  /** Length of the first lock; each further one is twice as long, up to `MAX_LOCK_SECONDS`. */
  readonly lockSeconds: number;
}

const MAX_LOCK_SECONDS = 900;
/** Tries that one source may have under way for one account (SR-38). */
const MAX_PENDING = 2;
/** Tries per source network over all accounts: a burst of 20, then 20 a minute. */
const SOURCE_LIMIT = { burst: 20, perSecond: 20 / 60 };
/** Entries that are remembered of each kind; the longest unused go first. */
const MAX_ENTRIES = 10_000;

interface Entry {
  failures: number;
  lockedUntilMs: number;
  lockSeconds: number;
  pending: number;
}

/** Whether a try may begin. */
export type Charge =
  | {
    readonly result: "charged";
    readonly attemptsLeft: number;
    /** Of the lock that this try leaves behind if it fails; undefined while others remain. */
    readonly lockSeconds: number | undefined;
    readonly ticket: Ticket;
  }
  | { readonly result: "locked"; readonly retryAfterSeconds: number }
  | { readonly result: "busy" };

/** What `settle` needs to give a try back. */
export interface Ticket {
  readonly account: AccountId;
  readonly source: string;
}

/** What a node tells the others of tries at it, so that who guesses at several has no more tries than at one. */
export type TryNews = {
  /** A try ended; its owner was proven there otherwise; an account was unlocked. */
  readonly what: "failed" | "good" | "owner" | "unlocked";
  readonly account: AccountId;
  /** None of what was unlocked. */
  readonly source: string;
};

/** Counts tries, in memory: a restart forgives all. */
export class SignInGuard {
  readonly #clock: Clock;
  #limits: SignInLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #accounts = new TriedAccounts();
  readonly #known: KnownNetworks;
  readonly #sources = new Map<string, TokenBucket>();
  readonly #tell: (news: TryNews) => void;

  /** `tell`: to all other nodes, whose news `hear` takes. */
  constructor(clock: Clock, limits: SignInLimits, tell: (news: TryNews) => void = () => {}) {
    this.#tell = tell;
    this.#clock = clock;
    this.#limits = limits;
    this.#known = new KnownNetworks(clock);
  }

  /** Failures from one source before its lock, now. */
  get attempts(): number {
    return this.#limits.attempts;
  }

  /** From the next try on; a lock that holds keeps its length. */
  setLimits(limits: SignInLimits): void {
    this.#limits = limits;
  }

  /**
   * Charges a try of `account` from `source` (see `sourceNetwork`), or says why it may not begin. A try that may not begin
   * leaves no trace: else a flood of names would push the locks out of memory.
   */
  charge(account: AccountId, source: string): Charge {
    const nowMs = this.#clock.monotonicMs();
    const refusal = this.#refusal(account, source, nowMs);
    if (refusal !== undefined) return refusal;
    const { entry, attemptsLeft, lockSeconds } = this.#fail(account, source, nowMs);
    entry.pending++;
    return {
      result: "charged",
      attemptsLeft: Math.max(0, attemptsLeft),
      lockSeconds,
      ticket: { account, source },
    };
  }

  /** Counts a try that failed, or may yet fail. */
  #fail(account: AccountId, source: string, nowMs: number) {
    const { isSpent, isKnown } = this.#count(account, source);
    const entry = touch(this.#entries, keyOf(source, account), () => newEntry(this.#limits));
    entry.failures++;
    const attemptsLeft = this.#limits.attempts - entry.failures;
    // Tries from there do not wait for those of others: then a lock is as long as it gets.
    if (isKnown && isSpent) entry.lockSeconds = Math.max(entry.lockSeconds, MAX_LOCK_SECONDS);
    const lockSeconds = attemptsLeft <= 0 ? entry.lockSeconds : undefined;
    if (attemptsLeft <= 0) {
      entry.lockedUntilMs = nowMs + entry.lockSeconds * 1000;
      entry.lockSeconds = Math.min(MAX_LOCK_SECONDS, entry.lockSeconds * 2);
      entry.failures = 0;
    }
    return { entry, attemptsLeft, lockSeconds };
  }

  /** What another node tells. A try is counted there when it begins and here when it ends: one whose end is lost blocks nobody here. */
  hear({ what, account, source }: TryNews): void {
    switch (what) {
      case "failed":
        this.#fail(account, source, this.#clock.monotonicMs());
        return;
      case "good":
        this.#forgive({ account, source });
        this.takeFailures(account);
        return;
      case "owner":
        return this.#known.note(account, source);
      case "unlocked":
        this.#unlock(account);
    }
  }

  /** Why a try may not begin; takes one of the source's tries when it may. */
  #refusal(account: AccountId, source: string, nowMs: number): Charge | undefined {
    const entry = this.#entries.get(keyOf(source, account));
    if (entry !== undefined && entry.lockedUntilMs > nowMs) {
      return locked(entry.lockedUntilMs - nowMs);
    }
    if (entry !== undefined && entry.pending >= MAX_PENDING) return { result: "busy" };
    const tries = this.#known.has(account, source) ? undefined : this.#accounts.get(account)?.tries;
    const waitMs = tries?.waitMs(wideNetwork(source)) ?? 0;
    if (waitMs > 0) return locked(waitMs);
    const bucket = touch(this.#sources, source, () => new TokenBucket(this.#clock, SOURCE_LIMIT));
    return bucket.take() ? undefined : locked(bucket.waitMs());
  }

  /** A device of the account signed in from `source`: from there its owner may try whatever others do. */
  noteOwner(account: AccountId, source: string): void {
    this.#known.note(account, source);
    this.#tell({ what: "owner", account, source });
  }

  /** Counts a try that begins. */
  #count(account: AccountId, source: string) {
    const whole = this.#accounts.get(account) ??
      { failures: 0, tries: this.#newTries(), worth: 0 };
    whole.failures++;
    const isKnown = this.#known.has(account, source);
    if (isKnown) whole.tries.beginKnown();
    else whole.tries.begin(wideNetwork(source));
    this.#accounts.keep(account, whole);
    return { isSpent: whole.tries.isSpent, isKnown };
  }

  #newTries(): AccountTries {
    return new AccountTries(this.#clock, this.#limits.attempts);
  }

  /**
   * Ends a try. A good one clears the source's failures and lock; returns how many tries failed since the last good one,
   * this one not counted.
   */
  settle(ticket: Ticket, good: boolean): number {
    const key = keyOf(ticket.source, ticket.account);
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.pending = Math.max(0, entry.pending - 1);
    this.#tell({ what: good ? "good" : "failed", ...ticket });
    if (!good) return 0;
    this.#forgive(ticket);
    return Math.max(0, this.takeFailures(ticket.account) - 1);
  }

  #forgive(ticket: Ticket): void {
    const key = keyOf(ticket.source, ticket.account);
    const entry = this.#entries.get(key);
    // Other tries that are under way keep their place.
    if (entry !== undefined && entry.pending > 0) {
      this.#entries.set(key, { ...newEntry(this.#limits), pending: entry.pending });
    } else this.#entries.delete(key);
    this.#known.note(ticket.account, ticket.source);
    this.#accounts.get(ticket.account)?.tries.forgive(wideNetwork(ticket.source));
  }

  /**
   * Forgets what locks or slows an account, from all sources; tries under way stay counted. False when nothing did. What a
   * source may try over all accounts stays.
   */
  unlock(account: AccountId): boolean {
    this.#tell({ what: "unlocked", account, source: "" });
    return this.#unlock(account);
  }

  #unlock(account: AccountId): boolean {
    const nowMs = this.#clock.monotonicMs();
    const whole = this.#accounts.get(account);
    let wasLocked = whole?.tries.isSpent ?? false;
    if (whole !== undefined) whole.tries = this.#newTries();
    for (const [key, entry] of this.#entries) {
      // A source has no blank.
      if (key.slice(key.indexOf(" ") + 1) !== account) continue;
      wasLocked ||= entry.lockedUntilMs > nowMs;
      if (entry.pending === 0) this.#entries.delete(key);
      else this.#entries.set(key, { ...newEntry(this.#limits), pending: entry.pending });
    }
    return wasLocked;
  }

  /** The number of failed tries since the last good sign-in, told once. What slows the account stays. */
  takeFailures(account: AccountId): number {
    const whole = this.#accounts.get(account);
    if (whole === undefined) return 0;
    const { failures } = whole;
    whole.failures = 0;
    return failures;
  }

  /** The accounts that somebody cannot sign in to now, with the longest time that one of them must wait, in that order. */
  locks(): readonly { account: AccountId; retryAfterSeconds: number }[] {
    const nowMs = this.#clock.monotonicMs();
    const waitMs = new Map<AccountId, number>();
    const note = (account: AccountId, ms: number) => {
      if (ms > 0) waitMs.set(account, Math.max(ms, waitMs.get(account) ?? 0));
    };
    for (const [key, { lockedUntilMs }] of this.#entries) {
      // A source has no blank: what stands behind the first one was an account when it was put there.
      note(key.slice(key.indexOf(" ") + 1) as AccountId, lockedUntilMs - nowMs);
    }
    for (const [account, { tries }] of this.#accounts) note(account, tries.furtherMs);
    return [...waitMs].sort(([, left], [, right]) => right - left)
      .map(([account, ms]) => ({ account, retryAfterSeconds: Math.ceil(ms / 1000) }));
  }
}

/** A source has no blank. */
function keyOf(source: string, account: AccountId): string {
  return `${source} ${account}`;
}

function newEntry(limits: SignInLimits): Entry {
  return { failures: 0, lockedUntilMs: 0, lockSeconds: limits.lockSeconds, pending: 0 };
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

/** A /48 is what one customer gets, with 65,536 networks; of IPv4 the network itself. */
function wideNetwork(source: string): string {
  return source.endsWith("::/64") ? source.split(":").slice(0, 3).join(":") : source;
}
