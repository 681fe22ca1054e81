/** Sealed messages for all other member devices. */

import { Bug } from "../../../base/errors.ts";
import type { ConversationId } from "../../../base/ids.ts";
import type { Database } from "../../../storage/database.ts";
import type { MessageSubmission } from "../../../relay/message_log.ts";
import type { Store } from "../store.ts";
import { ENVELOPE_OVERHEAD_BYTES, judgeMessage } from "../../../relay/log_rules.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import type { OpenConversation, OpenConversations } from "./open_conversations.ts";
import { Quota } from "./quota.ts";
import type { Sanction } from "../moderation_store.ts";
import { RowMemory } from "./row_memory.ts";
import type { SanctionTable } from "./sanctions.ts";
import type { Sender, SubmissionTable } from "./submissions.ts";

type Appended = Awaited<ReturnType<Store["append"]>>;

/** Judges messages by membership, epoch and room in the mailboxes, and appends them. */
export class MessageTable {
  readonly #database: Database;
  readonly #log: EnvelopeLog;
  readonly #places: OpenConversations;
  readonly #submissions: SubmissionTable;
  /** By the account's row, one that has ended too. */
  readonly #mutes: RowMemory<number, Sanction | undefined>;
  readonly #quota: Quota;

  constructor(
    database: Database,
    tables: {
      log: EnvelopeLog;
      places: OpenConversations;
      submissions: SubmissionTable;
      sanctions: SanctionTable;
    },
  ) {
    this.#database = database;
    this.#log = tables.log;
    this.#places = tables.places;
    this.#submissions = tables.submissions;
    // No time is before: what has ended since is no mute any more.
    this.#mutes = new RowMemory(
      tables.places,
      (owner) => tables.sanctions.findByNumber("mute", owner, -Infinity),
    );
    this.#quota = new Quota(database, tables);
  }

  append(submission: MessageSubmission): Appended {
    const { conversation, epoch, body, limits, nowMs: atMs } = submission;
    const sizeBytes = body.length + ENVELOPE_OVERHEAD_BYTES;
    const { sender, first } = this.#submissions.findKnown(submission, "message");
    const found = this.#places.find(conversation);
    const isMember = found?.isOpen === true && this.#places.hasMember(found, sender.id);
    const judged = judgeMessage({
      first,
      mute: this.#findMute(sender, atMs),
      epoch,
      place: isMember ? found : undefined,
      listFull: (place) => this.#quota.listFull(place, { sender, sizeBytes }, limits),
    });
    if (judged.result === "known") {
      const { seq, atMs, place } = judged.first;
      return { result: "known", seq, atMs, place };
    }
    if (judged.result !== "fits") return judged;
    const { place, full } = judged;
    if (full.length === 0) return this.#write(submission, place, sender);
    return this.#writeWithout(submission, { sender, full });
  }

  #findMute({ owner }: Sender, nowMs: number): Sanction | undefined {
    const mute = this.#mutes.get(owner);
    const hasEnded = mute?.untilMs !== undefined && mute.untilMs <= nowMs;
    return hasEnded ? undefined : mute;
  }

  /** Takes the members without room off the list first; both or nothing. */
  #writeWithout(
    submission: MessageSubmission,
    { sender, full }: { sender: Sender; full: readonly number[] },
  ): Appended {
    this.#places.settle();
    this.#places.forget();
    try {
      return this.#database.transaction(() => {
        const place = this.#findOpen(submission.conversation);
        for (const device of full) this.#log.leave(place, device);
        this.#places.forget();
        const appended = this.#write(submission, this.#findOpen(submission.conversation), sender);
        this.#places.settle();
        return appended;
      });
    } finally {
      this.#places.forget();
    }
  }

  #findOpen(conversation: ConversationId): OpenConversation {
    const place = this.#places.find(conversation);
    if (place === undefined) throw new Bug("Cannot append: the conversation is gone");
    return place;
  }

  /** Nothing is changed when it throws. */
  #write(submission: MessageSubmission, place: OpenConversation, sender: Sender): Appended {
    const { body, nowMs: atMs, knownList } = submission;
    const seq = place.lastSeq + 1;
    const counts = submission.counts === true && place.lastPlace !== undefined;
    const number = counts ? place.lastPlace + 1 : undefined;
    const uptoBytes = place.sentBytes + body.length + ENVELOPE_OVERHEAD_BYTES;
    this.#log.insert({
      conversation: place.id,
      seq,
      envelope: submission.envelope,
      type: "message",
      epoch: submission.epoch,
      sender,
      number: submission.number,
      recipient: undefined,
      atMs,
      place: number,
      body,
    }, { uptoBytes, isWanted: this.#places.hasOtherMember(place, sender.id) });
    this.#submissions.wrote(submission);
    this.#places.grow(place, { sender: sender.id, uptoBytes, isCounted: counts });
    const { listVersion, room } = place;
    const recipients = knownList === listVersion
      ? undefined
      : this.#submissions.recipients(place.id, sender);
    const told = room === undefined ? {} : { room };
    return { result: "appended", seq, atMs, place: number, listVersion, recipients, ...told };
  }
}
