/** What the person wants done about what others ask of them: told once, to nobody else, instead of every time. */

import type { AccountId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";

/** What others may ask. */
export const ASK_KINDS = ["files", "rooms", "streams"] as const;
/** One of them. */
export type AskKind = typeof ASK_KINDS[number];

/** What is done about it. */
export const ANSWERS = ["ask", "accept", "decline"] as const;
/** One of them. */
export type Answer = typeof ANSWERS[number];

/** A rule as it stands; without an account it is for everybody who has none. */
export interface AnswerRule {
  readonly account: AccountId | undefined;
  readonly kind: AskKind;
  readonly answer: Answer;
}

/** In table `mark`: how long a request waits before it is declined, in seconds. */
const LIMIT_MARK = "ask limit";
/** A week: what one comes back to after holidays is asked for again. */
const DEFAULT_LIMIT_MS = 7 * 86_400_000;

/** The rules of a profile. All methods are synchronous: they may be used in the middle of a transaction. */
export class AnswerPolicy {
  readonly #database: Database;

  constructor({ database }: { readonly database: Database }) {
    this.#database = database;
  }

  /** What is done about requests of an account; undefined where the person said nothing. */
  of(account: AccountId, kind: AskKind): Answer | undefined {
    return this.#database.query(
      "SELECT answer FROM answer_policy WHERE kind = ? AND account IN (?, '') ORDER BY account DESC",
      // The table's CHECK allows no others.
      (row) => row.text("answer") as Answer,
    ).first(kind, account);
  }

  /** From now on. Undefined account: of everybody who has no rule of their own. */
  set({ account, kind, answer }: AnswerRule): void {
    this.#database.command("INSERT OR REPLACE INTO answer_policy VALUES (?, ?, ?)")
      .run(account ?? "", kind, answer);
  }

  /** All rules, everybody's first. */
  list(): readonly AnswerRule[] {
    return this.#database.query(
      "SELECT account, kind, answer FROM answer_policy ORDER BY account, kind",
      (row) => {
        const account = row.text("account");
        return {
          // Written by `set` from branded values; the table's CHECK allows no others.
          account: account === "" ? undefined : account as AccountId,
          kind: row.text("kind") as AskKind,
          answer: row.text("answer") as Answer,
        };
      },
    ).all();
  }

  /** How long a request waits for an answer before it is declined. */
  get limitMs(): number {
    const seconds = this.#database.integer("SELECT value FROM mark WHERE name = ?", LIMIT_MARK);
    return seconds === undefined ? DEFAULT_LIMIT_MS : seconds * 1000;
  }

  set limitMs(limitMs: number) {
    this.#database.command("INSERT OR REPLACE INTO mark VALUES (?, ?)")
      .run(LIMIT_MARK, Math.ceil(limitMs / 1000));
  }

  /** When a request was first seen, which is now if it was not. `key`: its own. */
  firstSeenMs(key: string, nowMs: number): number {
    this.#database.command("INSERT OR IGNORE INTO asked VALUES (?, ?)").run(key, nowMs);
    return this.#database.integer("SELECT first_ms FROM asked WHERE key = ?", key) ?? nowMs;
  }

  /** Only these still wait. */
  keepOnly(keys: readonly string[]): void {
    this.#database.command("DELETE FROM asked WHERE key NOT IN (SELECT value FROM json_each(?))")
      .run(JSON.stringify(keys));
  }
}
