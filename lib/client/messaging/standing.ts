/**
 * With whom this person has to do, and whom they want to hear: decided by them alone and told to nobody, the server included
 * (docs/decisions/0025-message-requests.md).
 */

import type { AccountId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";

/** What the person decided about an account: by writing to it, verifying or accepting it, or against it. */
export type Standing = "known" | "declined" | "blocked";

/** Whose first messages are taken: of everyone; of everyone once they are accepted; of nobody. */
export type RequestPolicy = "all" | "contacts" | "nobody";

/** `asking`: what it says waits for the person's word. `unheard`: it is thrown away. */
export type Hearing = "heard" | "asking" | "unheard";

/** In table `mark`. The first one holds where nothing was said. */
const POLICIES: readonly RequestPolicy[] = ["contacts", "all", "nobody"];
const POLICY_MARK = "requests";

/** The decisions of a profile. All methods are synchronous: they may be used in the middle of a transaction. */
export class Standings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get policy(): RequestPolicy {
    const value = this.#database.query(
      "SELECT value FROM mark WHERE name = ?",
      (row) => row.integer("value"),
    ).first(POLICY_MARK);
    return POLICIES[value ?? 0] ?? POLICIES[0];
  }

  set policy(policy: RequestPolicy) {
    this.#database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)")
      .run(POLICY_MARK, POLICIES.indexOf(policy));
  }

  of(account: AccountId): Standing | undefined {
    return this.#database.query(
      "SELECT state FROM standing WHERE account = ?",
      // The table's CHECK allows no others.
      (row) => row.text("state") as Standing,
    ).first(account);
  }

  /** Undefined: as if never met. */
  set(account: AccountId, standing: Standing | undefined): void {
    if (standing === undefined) {
      this.#database.command("DELETE FROM standing WHERE account = ?").run(account);
    } else {
      this.#database.command("INSERT OR REPLACE INTO standing VALUES (?, ?)")
        .run(account, standing);
    }
  }

  list(standing: Standing): readonly AccountId[] {
    return this.#database.query(
      "SELECT account FROM standing WHERE state = ? ORDER BY account",
      // Written by `set` from a branded value.
      (row) => row.text("account") as AccountId,
    ).all(standing);
  }

  /** Whether what an account says reaches the person. */
  hearing(account: AccountId): Hearing {
    const standing = this.of(account);
    if (standing !== undefined) return standing === "known" ? "heard" : "unheard";
    const { policy } = this;
    return policy === "all" ? "heard" : policy === "contacts" ? "asking" : "unheard";
  }
}
