/** Commits of rooms: one wins each epoch and each version of the membership log, and with it who is in (SR-21, SR-34, SR-35). */

import type { Database } from "../../../storage/database.ts";
import { readRoomPlace } from "../room_rows.ts";
import { judgeRoomCommit } from "../room_rules.ts";
import type { RoomStore } from "../room_store.ts";
import type { CommitTable } from "./commits.ts";
import type { SubmissionTable } from "./submissions.ts";

type RoomCommit = Parameters<RoomStore["commitToRoom"]>[0];
type Committed = Awaited<ReturnType<RoomStore["commitToRoom"]>>;

/** Appends what `Rooms` judged, if the room is still where it was judged. */
export class RoomCommits {
  readonly #submissions: SubmissionTable;
  readonly #commits: CommitTable;
  readonly #statements;

  constructor(
    database: Database,
    parts: { submissions: SubmissionTable; commits: CommitTable },
  ) {
    this.#submissions = parts.submissions;
    this.#commits = parts.commits;
    this.#statements = prepare(database);
  }

  commit(submission: RoomCommit): Committed {
    const { conversation, epoch, change } = submission;
    const { sender, first } = this.#submissions.find(submission, "commit");
    const found = this.#statements.findPlace.first(sender.id, sender.owner, conversation);
    const judged = judgeRoomCommit(submission, { first, found });
    if (judged.result !== "fits") return judged;
    const { place, version } = judged;
    this.#enter(place.id, change);
    const recipients = this.#commits.append(submission, place, { sender });
    return {
      result: "committed",
      seq: place.lastSeq + 1,
      epoch: epoch + 1,
      version,
      recipients,
    };
  }

  #enter(id: number, { version, entry, admits, expels }: RoomCommit["change"]): void {
    if (entry === undefined) return;
    this.#statements.insertEntry.run(id, version + 1, entry);
    this.#statements.setVersion.run(version + 1, id);
    if (admits !== undefined) {
      this.#statements.admit.run(id, admits);
      this.#statements.dropInvitation.run(id, admits);
    }
    if (expels !== undefined) {
      this.#statements.expel.run(id, expels);
      this.#statements.dropInvitation.run(id, expels);
      this.#statements.dropRemoval.run(id, expels);
    }
  }
}

function prepare(database: Database) {
  const ofAccount = "conversation = ? AND account = (SELECT id FROM account WHERE account = ?)";
  return {
    findPlace: database.query(
      `SELECT c.id, c.epoch, c.last_seq, r.version,
          EXISTS (SELECT 1 FROM conversation_member m WHERE m.conversation = c.id AND m.device = ?) AS is_member,
          EXISTS (SELECT 1 FROM conversation_account p WHERE p.conversation = c.id AND p.account = own.id
            AND NOT EXISTS (SELECT 1 FROM room_removal x WHERE x.conversation = c.id AND x.account = own.id)) AS is_in
        FROM conversation c JOIN room r ON r.conversation = c.id JOIN account own
        WHERE own.id = ? AND c.conversation = ? AND c.open = 1`,
      readRoomPlace,
    ),
    insertEntry: database.command(
      "INSERT INTO room_entry (conversation, version, entry) VALUES (?, ?, ?)",
    ),
    setVersion: database.command("UPDATE room SET version = ? WHERE conversation = ?"),
    admit: database.command(
      `INSERT INTO conversation_account (conversation, account)
        SELECT ?, id FROM account WHERE account = ? ON CONFLICT DO NOTHING`,
    ),
    expel: database.command(`DELETE FROM conversation_account WHERE ${ofAccount}`),
    dropInvitation: database.command(`DELETE FROM room_invitation WHERE ${ofAccount}`),
    dropRemoval: database.command(`DELETE FROM room_removal WHERE ${ofAccount}`),
  };
}
