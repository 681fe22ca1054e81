/** How long what is said in a conversation stays, as the last one who set it said. */

import type { ConversationId, Peer } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import { durationWords } from "../../commands/when.ts";

/** A timer as it was set. */
interface StoredTimer {
  readonly peer: Peer;
  /** Undefined: set before there was one. */
  readonly conversation: ConversationId | undefined;
  /** 0: what is said stays for good. */
  readonly seconds: number;
  readonly revision: number;
  readonly id: string;
}

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class Timers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Undefined when it was never set. */
  find(peer: Peer): StoredTimer | undefined {
    return this.#database.query("SELECT * FROM timer WHERE peer = ?", (row) => {
      const conversation = row.text("conversation");
      return {
        peer,
        // Written by `put` from a branded value.
        conversation: conversation === "" ? undefined : conversation as ConversationId,
        seconds: row.integer("seconds"),
        revision: row.integer("revision"),
        id: row.text("id"),
      };
    }).first(peer);
  }

  /** Seconds that a text said now stays; undefined for good. */
  of(peer: Peer): number | undefined {
    return this.find(peer)?.seconds || undefined;
  }

  /** Takes a timer unless a later one of its conversation is here; false then. One that begins anew keeps the time. */
  put({ peer, conversation, seconds, revision, id }: StoredTimer): boolean {
    return this.#database.command(`
      INSERT INTO timer (peer, conversation, seconds, revision, id) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET conversation = excluded.conversation, seconds = excluded.seconds,
        revision = excluded.revision, id = excluded.id
      WHERE excluded.conversation <> timer.conversation
        OR (excluded.revision, excluded.id) > (timer.revision, timer.id)
    `).run(peer, conversation ?? "", seconds, revision, id) > 0;
  }

  /** An own one was sealed. */
  sealed(id: string, conversation: ConversationId): void {
    this.#database.command("UPDATE timer SET conversation = ? WHERE id = ?").run(conversation, id);
  }
}

/** The line that everybody sees. */
export function timerWords(who: string, seconds: number): string {
  return seconds === 0
    ? `${who} set messages to stay`
    : `${who} set messages to disappear ${durationWords(seconds)} after they are read`;
}
