/** Sealed messages for all other member devices. */

import type { Database } from "../../storage/database.ts";
import type { Store } from "../store.ts";
import { ENVELOPE_OVERHEAD_BYTES } from "../store.ts";
import { member } from "./columns.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import { Quota } from "./quota.ts";
import type { SanctionTable } from "./sanctions.ts";
import type { SubmissionTable } from "./submissions.ts";

/** Members keep the secrets of as many epochs (e2ee.md §1.3); what is sealed in an older one nobody can open. */
const OPEN_PAST_EPOCHS = 3;

/** Judges messages by membership, epoch and room in the mailboxes, and appends them. */
export class MessageTable {
  readonly #log: EnvelopeLog;
  readonly #submissions: SubmissionTable;
  readonly #sanctions: SanctionTable;
  readonly #quota: Quota;
  readonly #statements;

  constructor(
    database: Database,
    tables: { log: EnvelopeLog; submissions: SubmissionTable; sanctions: SanctionTable },
  ) {
    this.#log = tables.log;
    this.#submissions = tables.submissions;
    this.#sanctions = tables.sanctions;
    this.#quota = new Quota(database, tables.log);
    this.#statements = prepare(database);
  }

  append(submission: Parameters<Store["append"]>[0]): Awaited<ReturnType<Store["append"]>> {
    const { conversation, epoch, body, limits, nowMs: atMs } = submission;
    const { sender, first } = this.#submissions.find(submission, "message");
    if (first !== undefined) {
      const { seq, atMs, place } = first;
      return { result: "known", seq, atMs, place };
    }
    const mute = this.#sanctions.findByNumber("mute", sender.owner, atMs);
    if (mute !== undefined) return { result: "muted", mute };
    const place = this.#statements.findPlace.first(conversation, sender.id);
    if (place === undefined) return { result: "not-member" };
    if (epoch > place.epoch || epoch < place.epoch - OPEN_PAST_EPOCHS) {
      return { result: "stale-epoch", epoch: place.epoch };
    }
    const sizeBytes = body.length + ENVELOPE_OVERHEAD_BYTES;
    const full = this.#quota.listFull(place, { sender, sizeBytes }, limits);
    if (full.length > 0 && place.lastPlace === undefined) return { result: "quota-exceeded" };
    for (const device of full) this.#log.leave(place, device);
    const seq = place.lastSeq + 1;
    const number = submission.counts === true ? this.#count(place) : undefined;
    this.#log.write({
      conversation: place.id,
      seq,
      envelope: submission.envelope,
      type: "message",
      epoch,
      sender,
      number: submission.number,
      recipient: undefined,
      atMs,
      place: number,
      body,
    });
    this.#log.follow(place, sender.id, seq);
    const listVersion = place.listVersion + full.length;
    const recipients = submission.knownList === listVersion
      ? undefined
      : this.#statements.listOthers.all(place.id, sender.id);
    const { room } = place;
    const told = room === undefined ? {} : { room };
    return { result: "appended", seq, atMs, place: number, listVersion, recipients, ...told };
  }

  /** The next number of a room; a direct conversation has none. */
  #count({ id, lastPlace }: { id: number; lastPlace: number | undefined }): number | undefined {
    if (lastPlace === undefined) return undefined;
    this.#statements.setLastPlace.run(lastPlace + 1, id);
    return lastPlace + 1;
  }
}

function prepare(database: Database) {
  return {
    findPlace: database.query(
      `SELECT c.id, c.epoch, c.last_seq, c.sent_bytes, c.list_version, r.last_place, r.number
        FROM conversation c
        JOIN conversation_member m ON m.conversation = c.id
        LEFT JOIN room r ON r.conversation = c.id
        WHERE c.conversation = ? AND c.open = 1 AND m.device = ?`,
      (row) => ({
        id: row.integer("id"),
        epoch: row.integer("epoch"),
        lastSeq: row.integer("last_seq"),
        sentBytes: row.integer("sent_bytes"),
        listVersion: row.integer("list_version"),
        lastPlace: row.optionalInteger("last_place"),
        room: row.optionalInteger("number"),
      }),
    ),
    setLastPlace: database.command("UPDATE room SET last_place = ? WHERE conversation = ?"),
    listOthers: database.query(
      `SELECT a.account, d.device FROM conversation_member m
        JOIN device d ON d.id = m.device JOIN account a ON a.id = d.owner
        WHERE m.conversation = ? AND m.device <> ? ORDER BY m.device`,
      member,
    ),
  };
}
