/** Whether there is room in the mailboxes of a conversation for one more envelope (SR-54). */

import type { Database } from "../../storage/database.ts";
import type { MailboxLimits } from "../store.ts";
import type { EnvelopeLog } from "./envelope_log.ts";

/** A conversation before the envelope. */
export interface QuotaPlace {
  readonly id: number;
  readonly sentBytes: number;
}

/**
 * A member that lacks less than this part of what may wait for a device in all is not looked at: so those who keep up cost
 * nothing. Of 256 MiB it is 1 MiB a conversation, by which a device may get more than it should.
 */
const OVERLOOKED_PART = 256;
/** Devices that are remembered as far from their limit. */
const MAX_REMEMBERED = 20_000;

/** Finds the members without room. */
export class Quota {
  readonly #log: EnvelopeLog;
  readonly #statements;
  /**
   * By device: while the log has written less than this in all, what waits for the device cannot have reached the limit. So
   * those who are away in a large room are not summed up for each message.
   */
  readonly #roomUntilBytes = new Map<number, number>();
  #limitBytes = 0;

  constructor(database: Database, log: EnvelopeLog) {
    this.#log = log;
    this.#statements = prepare(database);
  }

  /** The members other than the sender that have no room for `sizeBytes` more. */
  listFull(
    place: QuotaPlace,
    envelope: { sender: number; sizeBytes: number },
    limits: MailboxLimits,
  ): readonly number[] {
    const { sender, sizeBytes } = envelope;
    const uptoBytes = place.sentBytes + sizeBytes;
    const overlooked = Math.floor(limits.perDeviceBytes / OVERLOOKED_PART);
    const behind = this.#statements.listBehind.all(
      place.id,
      uptoBytes - Math.min(overlooked, limits.perConversationBytes),
      sender,
    );
    return behind
      .filter(({ device, cursorBytes }) =>
        uptoBytes - cursorBytes > limits.perConversationBytes ||
        !this.#hasRoom(device, sizeBytes, limits)
      )
      .map(({ device }) => device);
  }

  #hasRoom(device: number, sizeBytes: number, { perDeviceBytes }: MailboxLimits): boolean {
    if (perDeviceBytes !== this.#limitBytes || this.#roomUntilBytes.size >= MAX_REMEMBERED) {
      this.#roomUntilBytes.clear();
      this.#limitBytes = perDeviceBytes;
    }
    const { writtenBytes } = this.#log;
    if (writtenBytes + sizeBytes <= (this.#roomUntilBytes.get(device) ?? 0)) return true;
    const waitingBytes = this.#statements.sumWaiting.first(device) ?? 0;
    this.#roomUntilBytes.set(device, writtenBytes + perDeviceBytes - waitingBytes);
    return waitingBytes + sizeBytes <= perDeviceBytes;
  }
}

function prepare(database: Database) {
  return {
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
