/**
 * What the person chose for the list of conversations: of whom a notification tells, who stands on top, which headings are folded.
 * It holds for this device alone.
 */

import type { Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";

/** Of what a notification tells: of everything, of what has the person's name or a word of theirs, of nothing. */
export const NOTIFY_LEVELS = ["all", "mentions", "none"] as const;

/** One of them. */
export type NotifyLevel = typeof NOTIFY_LEVELS[number];

/** Of one conversation. */
export interface ListChoice {
  /** Undefined: as it is without a choice. */
  readonly notify: NotifyLevel | undefined;
  readonly isPinned: boolean;
}

const NOTHING_CHOSEN: ListChoice = { notify: undefined, isPinned: false };

/** The choices of a profile. All methods are synchronous. */
export class ListChoices {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What was chosen for a conversation. */
  of(peer: Peer): ListChoice {
    return this.all().get(peer) ?? NOTHING_CHOSEN;
  }

  /** Every conversation for which something was ever chosen. */
  all(): ReadonlyMap<Peer, ListChoice> {
    const rows = this.#database.query(
      "SELECT peer, notify, pinned FROM list_choice ORDER BY peer",
      (row): [Peer, ListChoice] => [
        // Written by this class only, from values of these types; the table's CHECK allows no other words.
        row.text("peer") as Peer,
        {
          notify: row.optionalText("notify") as NotifyLevel | undefined,
          isPinned: row.boolean("pinned"),
        },
      ],
    ).all();
    return new Map(rows);
  }

  /** Undefined takes the choice back. */
  setNotify(peer: Peer, notify: NotifyLevel | undefined): void {
    this.#database.command(`
      INSERT INTO list_choice (peer, notify) VALUES (?1, ?2)
      ON CONFLICT DO UPDATE SET notify = ?2
    `).run(peer, notify ?? null);
  }

  /** On top of the list, or where it stands by itself. */
  setPinned(peer: Peer, isPinned: boolean): void {
    this.#database.command(`
      INSERT INTO list_choice (peer, pinned) VALUES (?1, ?2)
      ON CONFLICT DO UPDATE SET pinned = ?2
    `).run(peer, Number(isPinned));
  }

  /** The headings below which nothing is shown that is not new. */
  folded(): ReadonlySet<string> {
    const headings = this.#database.query(
      "SELECT heading FROM list_fold ORDER BY heading",
      (row) => row.text("heading"),
    ).all();
    return new Set(headings);
  }

  /** Folds a heading, or shows all that is below it. */
  setFolded(heading: string, isFolded: boolean): void {
    this.#database.command(
      isFolded
        ? "INSERT OR IGNORE INTO list_fold VALUES (?)"
        : "DELETE FROM list_fold WHERE heading = ?",
    ).run(heading);
  }
}
