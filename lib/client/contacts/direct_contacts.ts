/**
 * To whom this person shows their address: decided by them alone, for each contact, and by default to nobody (SR-77). Their
 * devices tell each other (decision 0038).
 */

import type { Clock } from "../../base/clock.ts";
import type { AccountId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";
import { noteChange } from "../store/account_data_changes.ts";

/** What a person can say of somebody. */
export type DirectWord = "allowed" | "denied";

/** What was said, and when. Without a word it was taken back. */
export interface DirectDecision {
  readonly account: AccountId;
  readonly word: DirectWord | undefined;
  readonly decidedMs: number;
}

/** Of a profile. All methods are synchronous: they may be used in the middle of a transaction. */
export class DirectContacts {
  readonly #onDecided: () => void;
  readonly #database: Database;
  readonly #clock: Clock;

  /** `onDecided`: something was decided here. */
  constructor(
    { database, clock }: { readonly database: Database; readonly clock: Clock },
    onDecided: () => void = () => {},
  ) {
    this.#onDecided = onDecided;
    this.#database = database;
    this.#clock = clock;
  }

  /** Undefined: the person has not said. */
  of(account: AccountId): DirectWord | undefined {
    return this.#decision(account)?.word;
  }

  /** Undefined: as if nothing had been said. */
  set(account: AccountId, word: DirectWord | undefined): void {
    // Later than what it changes, whatever the clocks of two devices say.
    const beforeMs = this.#decision(account)?.decidedMs ?? 0;
    this.#put({ account, word, decidedMs: Math.max(this.#clock.nowMs(), beforeMs + 1) });
    noteChange(this.#database, "people");
    this.#onDecided();
  }

  /** What another device of this account decided, unless this one did later. */
  take(decision: DirectDecision): void {
    const beforeMs = this.#decision(decision.account)?.decidedMs ?? -1;
    if (decision.decidedMs > beforeMs) this.#put(decision);
  }

  /** Those who were told to be allowed, or denied. */
  list(word: DirectWord): readonly AccountId[] {
    return this.#database.query(
      "SELECT account FROM direct_contact WHERE allows = ? ORDER BY account",
      // Written by `#put` from a branded value.
      (row) => row.text("account") as AccountId,
    ).all(word === "allowed" ? 1 : 0);
  }

  /** All that was ever decided. */
  decisions(): readonly DirectDecision[] {
    return this.#database.query("SELECT * FROM direct_contact ORDER BY account", readDecision)
      .all();
  }

  #decision(account: AccountId): DirectDecision | undefined {
    return this.#database.query("SELECT * FROM direct_contact WHERE account = ?", readDecision)
      .first(account);
  }

  #put({ account, word, decidedMs }: DirectDecision): void {
    const allows = word === undefined ? null : word === "allowed" ? 1 : 0;
    this.#database.command("INSERT OR REPLACE INTO direct_contact VALUES (?, ?, ?)")
      .run(account, allows, decidedMs);
  }
}

function readDecision(row: Row): DirectDecision {
  const allows = row.optionalInteger("allows");
  return {
    // Written by `#put` from a branded value.
    account: row.text("account") as AccountId,
    word: allows === undefined ? undefined : allows === 1 ? "allowed" : "denied",
    decidedMs: row.integer("decided_ms"),
  };
}
