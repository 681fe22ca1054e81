/**
 * With whom this person has to do, and whom they want to hear: decided by them alone and told to nobody, the server included
 * (docs/decisions/0025-message-requests.md).
 */

import { type AccountId, type Peer } from "../../base/ids.ts";
import type { Row } from "../../storage/row.ts";
import { noteChange } from "./account_data_changes.ts";
import type { Profile } from "../profile/profile.ts";
import { isDirect } from "./conversation_kinds.ts";

/** What the person decided about an account: by writing to it, verifying or accepting it, or against it. */
export type ContactStatus = "known" | "declined" | "blocked";

/** Whose first messages are taken: of everyone; of everyone once they are accepted; of nobody. */
export type RequestPolicy = "all" | "contacts" | "nobody";

/**
 * `asking`: what it says waits for the person's word. `unheard`: it is thrown away. `texts`: what it writes comes in, by the word of
 * the server; all else waits, nothing goes back, and it is no contact by that.
 */
export type Admission = "heard" | "texts" | "asking" | "unheard";

/** In table `mark`. The first one holds where nothing was said. */
const POLICIES: readonly RequestPolicy[] = ["contacts", "all", "nobody"];
const POLICY_MARK = "requests";
/** In table `mark`: 1 where the server says that its accounts know each other. */
const SERVER_MARK = "server requests";

/** A decision, and when it was taken by the clock of the device where it was; 0: found so, before anybody decided. */
export interface Decision {
  readonly account: AccountId;
  /** `none`: as if never met. */
  readonly standing: ContactStatus | "none";
  readonly decidedMs: number;
}

type Stores = Pick<Profile, "database" | "clock">;

/**
 * The decisions of a profile, and what the account's other devices told of theirs: the last one counts. All methods are
 * synchronous: they may be used in the middle of a transaction.
 */
export class ContactStatuses {
  readonly #database: Profile["database"];
  readonly #clock: Profile["clock"];

  constructor({ database, clock }: Stores) {
    this.#database = database;
    this.#clock = clock;
  }

  get policy(): RequestPolicy {
    const value = this.#database.integer("SELECT value FROM mark WHERE name = ?", POLICY_MARK);
    return POLICIES[value ?? 0] ?? POLICIES[0];
  }

  set policy(policy: RequestPolicy) {
    this.#database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)")
      .run(POLICY_MARK, POLICIES.indexOf(policy));
  }

  /** Whether the person chose it. */
  get isPolicyOwn(): boolean {
    return this.#database.has("SELECT 1 AS one FROM mark WHERE name = ?", POLICY_MARK);
  }

  /** The person takes back what they chose: the server's word counts again, as far as it goes. */
  forgetPolicy(): void {
    this.#database.command("DELETE FROM mark WHERE name = ?").run(POLICY_MARK);
  }

  /** Whether texts of strangers come in, since the server said so and the person nothing. */
  get opensTexts(): boolean {
    return !this.isPolicyOwn &&
      this.#database.integer("SELECT value FROM mark WHERE name = ?", SERVER_MARK) === 1;
  }

  /** What the server says of its accounts, for as long as it says nothing else. */
  takeServerWord(requests: "all" | "strangers"): void {
    this.#database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)")
      .run(SERVER_MARK, requests === "all" ? 1 : 0);
  }

  of(account: AccountId): ContactStatus | undefined {
    const standing = this.decision(account)?.standing;
    return standing === "none" ? undefined : standing;
  }

  /** What is known of it, with its time. */
  decision(account: AccountId): Decision | undefined {
    return this.#database.query("SELECT * FROM standing WHERE account = ?", read).first(account);
  }

  /** Every decision, the last one first. */
  decisions(): readonly Decision[] {
    return this.#database.query("SELECT * FROM standing ORDER BY decided_ms DESC, account", read)
      .all();
  }

  /** The person decides now. Undefined: as if never met. */
  set(account: AccountId, standing: ContactStatus | undefined): void {
    const before = this.decision(account);
    if (before?.standing === (standing ?? "none") && before.decidedMs > 0) return;
    // Later than what it changes, whatever the clocks of two devices say.
    const decidedMs = Math.max(this.#clock.nowMs(), (before?.decidedMs ?? 0) + 1);
    this.#put({ account, standing: standing ?? "none", decidedMs });
    noteChange(this.#database, "people");
  }

  /** The account is known without anybody's decision, which any decision overrules. */
  find(account: AccountId): void {
    if (this.decision(account) !== undefined) return;
    this.#put({ account, standing: "known", decidedMs: 0 });
    noteChange(this.#database, "people");
  }

  /** Takes over what another device of the account decided. False when what stands here is as late, or later. */
  take(decision: Decision): boolean {
    const before = this.decision(decision.account);
    if (before !== undefined && !isLater(decision, before)) return false;
    this.#put(decision);
    return true;
  }

  #put({ account, standing, decidedMs }: Decision): void {
    this.#database.command("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)")
      .run(account, standing, decidedMs);
  }

  list(standing: ContactStatus): readonly AccountId[] {
    return this.#database.query(
      "SELECT account FROM standing WHERE state = ? ORDER BY account",
      // Written by `set` from a branded value.
      (row) => row.text("account") as AccountId,
    ).all(standing);
  }

  /** Whether what an account says reaches the person. */
  hearing(account: AccountId): Admission {
    const standing = this.of(account);
    if (standing !== undefined) return standing === "known" ? "heard" : "unheard";
    if (this.opensTexts) return "texts";
    const { policy } = this;
    return policy === "all" ? "heard" : policy === "contacts" ? "asking" : "unheard";
  }

  /** Whether the person sees the conversation. */
  isShown(peer: Peer): boolean {
    if (!isDirect(peer)) return true;
    const hearing = this.hearing(peer);
    return hearing === "heard" || hearing === "texts";
  }

  /** Whether an own device may show itself to the other side of a conversation, e.g. by renewing its keys. */
  isOpenTo(peer: Peer): boolean {
    return !isDirect(peer) || this.hearing(peer) === "heard";
  }
}

/** In the order of what wins where two devices decided in the same millisecond: rather silence. */
const RANKS: readonly Decision["standing"][] = ["none", "known", "declined", "blocked"];

/** Whether a decision counts instead of another one. The same at every device. */
function isLater(one: Decision, other: Decision): boolean {
  if (one.decidedMs !== other.decidedMs) return one.decidedMs > other.decidedMs;
  return RANKS.indexOf(one.standing) > RANKS.indexOf(other.standing);
}

function read(row: Row): Decision {
  return {
    // Written by `#put` from a branded value; the table's CHECK allows no other words.
    account: row.text("account") as AccountId,
    standing: row.text("state") as Decision["standing"],
    decidedMs: row.integer("decided_ms"),
  };
}
