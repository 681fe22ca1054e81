/** To whom this person shows their address: decided by them alone, for each contact, and by default to nobody (SR-77). */

import type { AccountId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";

/** Of a profile. All methods are synchronous: they may be used in the middle of a transaction. */
export class DirectContacts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined: the person has not said. */
  of(account: AccountId): "allowed" | "denied" | undefined {
    const allows = this.#database.query(
      "SELECT allows FROM direct_contact WHERE account = ?",
      (row) => row.integer("allows"),
    ).first(account);
    return allows === undefined ? undefined : allows === 1 ? "allowed" : "denied";
  }

  /** Undefined: as if nothing had been said. */
  set(account: AccountId, word: "allowed" | "denied" | undefined): void {
    if (word === undefined) {
      this.#database.command("DELETE FROM direct_contact WHERE account = ?").run(account);
    } else {
      this.#database.command("INSERT OR REPLACE INTO direct_contact VALUES (?, ?)")
        .run(account, word === "allowed" ? 1 : 0);
    }
  }

  /** Those who were told to be allowed, or denied. */
  list(word: "allowed" | "denied"): readonly AccountId[] {
    return this.#database.query(
      "SELECT account FROM direct_contact WHERE allows = ? ORDER BY account",
      // Written by `set` from a branded value.
      (row) => row.text("account") as AccountId,
    ).all(word === "allowed" ? 1 : 0);
  }
}
