/** Whether there is room in the mailboxes of a conversation for one more envelope (SR-54). */

import type { Database } from "../../../storage/database.ts";
import { leftInMailbox, type MailboxLimits } from "../../../relay/log_rules.ts";
import type { EnvelopeLog } from "./envelope_log.ts";
import type { OpenConversations } from "./open_conversations.ts";
import type { Sender } from "./submissions.ts";

/** A conversation before the envelope. */
export interface QuotaSlot {
  readonly id: number;
  readonly sentBytes: number;
}

/**
 * A member that lacks less than this part of what may wait for a device in all is not looked at: so those who keep up cost
 * nothing. Of 256 MiB it is 1 MiB a conversation, by which a device may get more than it should.
 */
const OVERLOOKED_PART = 256;
/** A conversation is looked through once in this part of it: of 256 MiB, each 64 KiB. Members may be away by hundreds. */
const UNCHECKED_PART = 4096;
/** Devices and conversations that are remembered as far from their limit. */
const MAX_REMEMBERED = 20_000;

/** Finds the members without room. */
export class Quota {
  readonly #log: EnvelopeLog;
  readonly #places: OpenConversations;
  readonly #statements;
  /** By conversation: while the log has written less than this in all, nobody in it lacks room. */
  readonly #checkedUntilBytes = new Map<number, number>();
  /** By device: while the log has written less than this, what waits for it cannot have reached the limit. */
  readonly #roomUntilBytes = new Map<number, number>();
  /** The same by device and sending account, for those whose sums are over. */
  readonly #shareUntilBytes = new Map<string, number>();
  #limits: MailboxLimits | undefined;
  #seen: { readonly undone: number; readonly version: number } | undefined;

  constructor(
    database: Database,
    { log, places }: { log: EnvelopeLog; places: OpenConversations },
  ) {
    this.#log = log;
    this.#places = places;
    this.#statements = prepare(database);
  }

  /** The members other than the sender that have no room for `sizeBytes` more. */
  listFull(
    place: QuotaSlot,
    envelope: { sender: Sender; sizeBytes: number },
    limits: MailboxLimits,
  ): readonly number[] {
    this.#forgetWhatOthersChanged();
    this.#forget(limits);
    const upToNow = this.#log.writtenBytes + envelope.sizeBytes;
    if (upToNow <= (this.#checkedUntilBytes.get(place.id) ?? 0)) return [];
    this.#places.settle();
    const { full, leastLeftBytes } = this.#check(place, envelope, limits);
    if (full.length === 0) {
      const unchecked = Math.floor(limits.perDeviceBytes / UNCHECKED_PART);
      this.#checkedUntilBytes.set(place.id, upToNow + Math.min(unchecked, leastLeftBytes));
    }
    return full;
  }

  #check(
    place: QuotaSlot,
    { sender, sizeBytes }: { sender: Sender; sizeBytes: number },
    { perDeviceBytes, perSenderBytes }: MailboxLimits,
  ): { full: readonly number[]; leastLeftBytes: number } {
    const uptoBytes = place.sentBytes + sizeBytes;
    const overlooked = Math.floor(perDeviceBytes / OVERLOOKED_PART);
    const full: number[] = [];
    let leastLeftBytes = Math.max(0, Math.min(overlooked, perSenderBytes));
    const before = uptoBytes - leastLeftBytes;
    for (
      const { device, cursorBytes } of this.#statements.listBehind.all(place.id, before, sender.id)
    ) {
      const lagBytes = uptoBytes - cursorBytes;
      let leftBytes = Math.min(
        perSenderBytes - lagBytes,
        this.#leftOf(device, sizeBytes, perDeviceBytes),
      );
      // The sums count what others said, and the device itself: only when they are over is it worth to look.
      if (leftBytes < 0) {
        leftBytes = this.#leftExactly({ device, sender: sender.owner }, sizeBytes, {
          perDeviceBytes,
          perSenderBytes,
        });
      }
      if (leftBytes < 0) full.push(device);
      leastLeftBytes = Math.min(leastLeftBytes, leftBytes);
    }
    return { full, leastLeftBytes };
  }

  /** What may still be written before the device has reached its limit, at least; below 0 when there is no room. */
  #leftOf(device: number, sizeBytes: number, perDeviceBytes: number): number {
    const written = this.#log.writtenBytes + sizeBytes;
    const known = (this.#roomUntilBytes.get(device) ?? 0) - written;
    if (known >= 0) return known;
    const waitingBytes = this.#statements.sumWaiting.first(device) ?? 0;
    const leftBytes = perDeviceBytes - waitingBytes - sizeBytes;
    this.#roomUntilBytes.set(device, written + leftBytes);
    return leftBytes;
  }

  /** The same by what really waits, and for the sender's share of it. */
  #leftExactly(
    { device, sender }: { device: number; sender: number },
    sizeBytes: number,
    limits: MailboxLimits,
  ): number {
    const written = this.#log.writtenBytes + sizeBytes;
    const key = `${device}:${sender}`;
    const known = (this.#shareUntilBytes.get(key) ?? 0) - written;
    if (known >= 0) return known;
    const waiting = this.#statements.countWaiting.first(sender, device) ?? NOTHING_WAITS;
    const leftBytes = leftInMailbox(waiting, sizeBytes, limits);
    this.#shareUntilBytes.set(key, written + leftBytes);
    return leftBytes;
  }

  /** What is remembered holds as long as this connection alone writes, and what it wrote is not undone. */
  #forgetWhatOthersChanged(): void {
    const { version, undone } = this.#places;
    const seen = this.#seen;
    if (seen?.version === version && seen.undone === undone) return;
    this.#seen = { undone, version };
    if (seen !== undefined) this.#forgetAll();
  }

  #forgetAll(): void {
    this.#checkedUntilBytes.clear();
    this.#roomUntilBytes.clear();
    this.#shareUntilBytes.clear();
  }

  #forget(limits: MailboxLimits): void {
    const isOther = this.#limits?.perDeviceBytes !== limits.perDeviceBytes ||
      this.#limits.perSenderBytes !== limits.perSenderBytes;
    this.#limits = limits;
    for (const known of [this.#checkedUntilBytes, this.#roomUntilBytes, this.#shareUntilBytes]) {
      if (isOther || known.size >= MAX_REMEMBERED) known.clear();
    }
  }
}

const NOTHING_WAITS = { fromAllBytes: 0, fromSenderBytes: 0 };

function prepare(database: Database) {
  return {
    countWaiting: database.query(
      `SELECT coalesce(sum(e.size_bytes), 0) AS from_all,
          coalesce(sum(e.size_bytes) FILTER (WHERE d.owner = ?), 0) AS from_sender
        FROM conversation_member m
        JOIN envelope e ON e.conversation = m.conversation AND e.seq > m.cursor
        JOIN device d ON d.id = e.sender
        WHERE m.device = ? AND e.body IS NOT NULL AND e.sender <> m.device
          AND (e.recipient IS NULL OR e.recipient = m.device)`,
      (row) => ({
        fromAllBytes: row.integer("from_all"),
        fromSenderBytes: row.integer("from_sender"),
      }),
    ),
    listBehind: database.query(
      `SELECT device, cursor_bytes FROM conversation_member
        WHERE conversation = ? AND cursor_bytes < ? AND device <> ?`,
      (row) => ({ device: row.integer("device"), cursorBytes: row.integer("cursor_bytes") }),
    ),
    sumWaiting: database.query(
      `SELECT coalesce(sum(c.sent_bytes - m.cursor_bytes), 0) AS waiting_bytes
        FROM conversation_member m JOIN conversation c ON c.id = m.conversation
        WHERE m.device = ?`,
      (row) => row.integer("waiting_bytes"),
    ),
  };
}
