/**
 * Edits, deletions and reactions on disk. Of each account the last one of its kind about a text is kept, by revision and id:
 * so every device comes to the same, in whatever order they and their text arrive (SR-37).
 */

import type { Bytes } from "../../base/bytes.ts";
import type { AccountId, ConversationId } from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import type { Row } from "../../storage/row.ts";

/** What can be done to a text. */
export type ChangeKind = "edit" | "delete" | "reaction";
/** `waiting`: not judged, mostly since its text is not here. `counts`: done, and not told yet. */
export type ChangeState = "waiting" | "counts" | "told";

/** One change. */
export interface StoredChange {
  /** Undefined: of a draft, which no other device knows. */
  readonly conversation: ConversationId | undefined;
  /** The text's id. */
  readonly target: string;
  readonly kind: ChangeKind;
  readonly account: AccountId;
  readonly revision: number;
  /** The envelope's. */
  readonly id: string;
  /** In which it was sealed; undefined for an own one, which was judged when it was made. */
  readonly epoch: number | undefined;
  readonly atMs: number;
  readonly state: ChangeState;
  /** The new text, or the emoji. */
  readonly sealed: Bytes;
}

/** Changes of one account in one conversation whose text is not here: more are not kept. */
const MAX_WAITING_CHANGES = 1000;
const NOTHING: Bytes = new Uint8Array(0);
const NO_EPOCH = -1;

/** All methods are synchronous: they may be used in the middle of a transaction. */
export class ChangeStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes a change unless a later one of its kind is here. */
  put(change: Omit<StoredChange, "state">): void {
    const { conversation, target, kind, account, revision, id, epoch, atMs, sealed } = change;
    if (this.#waitingOf(change) >= MAX_WAITING_CHANGES) return;
    this.#database.command(`
      INSERT INTO change (conversation, target, kind, account, revision, id, epoch, at_ms, state, sealed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?)
      ON CONFLICT DO UPDATE SET revision = excluded.revision, id = excluded.id, epoch = excluded.epoch,
        at_ms = excluded.at_ms, state = 'waiting', sealed = excluded.sealed
      WHERE (excluded.revision, excluded.id) > (change.revision, change.id)
    `).run(
      conversation ?? "",
      target,
      kind,
      account,
      revision,
      id,
      epoch ?? NO_EPOCH,
      atMs,
      sealed,
    );
  }

  /** Those that can be judged: their text was here at some time. */
  due(): readonly StoredChange[] {
    // `<> 'told'` is said again, since SQLite then finds them by the index of these alone: asked after each write.
    return this.#database.query(
      `SELECT change.* FROM change WHERE state = 'waiting' AND state <> 'told'
        AND EXISTS (SELECT 1 FROM entry WHERE entry.id = change.target AND entry.kind = 'text')
        ORDER BY at_ms, id`,
      read,
    ).all();
  }

  /** Those that count and were not told yet. */
  untold(): readonly StoredChange[] {
    return this.#database.query(
      "SELECT * FROM change WHERE state = 'counts' AND state <> 'told' ORDER BY at_ms, id",
      read,
    ).all();
  }

  /** Goes on with a change that is as it was read; false when another process did, or a later one took its place. */
  setState({ target, id, state: before }: StoredChange, state: ChangeState): boolean {
    return this.#database.command(
      "UPDATE change SET state = ? WHERE target = ? AND id = ? AND state = ?",
    ).run(state, target, id, before) > 0;
  }

  /** What it said stands in the history now. */
  clear({ target, id }: StoredChange): void {
    this.#database.command("UPDATE change SET sealed = ? WHERE target = ? AND id = ?")
      .run(NOTHING, target, id);
  }

  remove({ target, id }: Pick<StoredChange, "target" | "id">): void {
    this.#database.command("DELETE FROM change WHERE target = ? AND id = ?").run(target, id);
  }

  /** What else was done to a text that this change took away. */
  forgetBut({ target, id }: StoredChange): void {
    this.#database.command("DELETE FROM change WHERE target = ? AND id <> ?").run(target, id);
  }

  /** What was done to a text that is gone. */
  forget(target: string): void {
    this.#database.command("DELETE FROM change WHERE target = ?").run(target);
  }

  /** What will never be judged: no text of this conversation comes any more. */
  giveUp(conversation: ConversationId): void {
    this.#database.command("DELETE FROM change WHERE state = 'waiting' AND conversation = ?")
      .run(conversation);
  }

  /** A text was sealed in a conversation, or was not after all: what was done to it here goes with it. */
  move(target: string, conversation: ConversationId | undefined): void {
    this.#database.command("UPDATE change SET conversation = ? WHERE target = ?")
      .run(conversation ?? "", target);
  }

  /** What accounts say by emoji of texts, in one look. */
  reactionsToEach(targets: readonly string[]): readonly StoredChange[] {
    return this.#database.query(
      `SELECT * FROM change WHERE target IN (SELECT value FROM json_each(?)) AND kind = 'reaction'
        AND state <> 'waiting' ORDER BY at_ms, id`,
      read,
    ).all(JSON.stringify(targets));
  }

  /** The last change of a kind by an account. */
  last(target: string, kind: ChangeKind, account: AccountId): StoredChange | undefined {
    return this.#database.query(
      "SELECT * FROM change WHERE target = ? AND kind = ? AND account = ?",
      read,
    ).first(target, kind, account);
  }

  /** The text that an edit of this id changed last of all. */
  targetOfEdit(id: string): string | undefined {
    return this.#database.text("SELECT target FROM change WHERE id = ? AND kind = 'edit'", id);
  }

  #waitingOf({ conversation, account }: Pick<StoredChange, "conversation" | "account">): number {
    return this.#database.integer(
      `SELECT count(*) AS changes FROM change
        WHERE state = 'waiting' AND conversation = ? AND account = ?`,
      conversation ?? "",
      account,
    ) ?? 0;
  }
}

function read(row: Row): StoredChange {
  const conversation = row.text("conversation");
  const epoch = row.integer("epoch");
  return {
    // Written by `put` from branded values; the table's CHECKs allow no other words.
    conversation: conversation === "" ? undefined : conversation as ConversationId,
    target: row.text("target"),
    kind: row.text("kind") as ChangeKind,
    account: row.text("account") as AccountId,
    revision: row.integer("revision"),
    id: row.text("id"),
    epoch: epoch === NO_EPOCH ? undefined : epoch,
    atMs: row.integer("at_ms"),
    state: row.text("state") as ChangeState,
    sealed: row.bytes("sealed"),
  };
}
