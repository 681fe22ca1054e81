/** Whether there is room in the mailboxes of conversations for the messages that are written together (SR-54). */

import type { ConversationId } from "../../../base/ids.ts";
import {
  ENVELOPE_OVERHEAD_BYTES,
  leftInMailbox,
  type MailboxLimits,
  OVERLOOKED_PART,
  UNCHECKED_PART,
} from "../../../relay/log_rules.ts";
import type { MessageSubmission } from "../../../relay/message_log.ts";
import type { Sender } from "../columns.ts";
import { integerArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";
import { lockMailboxes } from "./locks.ts";
import type { MessageFacts, Place } from "./message_facts.ts";

/** Conversations that are remembered. */
const MAX_REMEMBERED = 20_000;

/**
 * Up to which sum of bytes nobody in a conversation lacks room, of those that this node has looked through. By at most the part
 * that is not checked a device may get more than it should, whichever node wrote it.
 */
export class CheckedConversations {
  readonly #until = new Map<number, { readonly bytes: number; readonly limits: MailboxLimits }>();

  isChecked(conversation: number, uptoBytes: number, limits: MailboxLimits): boolean {
    const known = this.#until.get(conversation);
    return known !== undefined && uptoBytes <= known.bytes && areSame(known.limits, limits);
  }

  remember(conversation: number, bytes: number, limits: MailboxLimits): void {
    if (this.#until.size >= MAX_REMEMBERED) this.#until.clear();
    this.#until.set(conversation, { bytes, limits });
  }
}

const areSame = (one: MailboxLimits, other: MailboxLimits) =>
  one.perDeviceBytes === other.perDeviceBytes && one.perSenderBytes === other.perSenderBytes;

/**
 * Of its limits. Who has more waiting is crowded: those who add to its mailbox wait for each other, in whichever conversations and
 * nodes they do. The other half is more than all that is written at the same time, so nobody gets too much without a lock.
 */
const CROWDED_PART = 1 / 2;

/** A member that lacks so much that it is worth to look. */
interface Lagging {
  readonly conversation: number;
  readonly device: number;
  readonly cursorBytes: number;
  /** Of all conversations of the device, what it said itself too: at least what waits for it. */
  readonly atMostBytes: number;
}

/** What really waits for a device, by the account that sent it. */
interface Waiting {
  readonly fromAllBytes: number;
  readonly bySender: ReadonlyMap<number, number>;
}

/** The members without room, as the messages so far leave their mailboxes. */
export class Quota {
  readonly #checked: CheckedConversations;
  readonly #lagging: Map<number, readonly Lagging[]>;
  readonly #waiting: ReadonlyMap<number, Waiting>;
  /** What the messages so far have added, by device, and by device and sending account. */
  readonly #added = new Map<string, number>();
  readonly #found: Parameters<CheckedConversations["remember"]>[] = [];

  private constructor(
    checked: CheckedConversations,
    lagging: readonly Lagging[],
    waiting: ReadonlyMap<number, Waiting>,
  ) {
    this.#checked = checked;
    this.#lagging = Map.groupBy(lagging, ({ conversation }) => conversation);
    this.#waiting = waiting;
  }

  /** Reads what is needed to judge these messages, in this order or with some left out. */
  static async read(
    transaction: Transaction,
    messages: readonly MessageSubmission[],
    { facts, checked }: { readonly facts: MessageFacts; readonly checked: CheckedConversations },
  ): Promise<Quota> {
    const growing = listUnchecked(messages, facts, checked);
    if (growing.length === 0) return new Quota(checked, [], new Map());
    const lagging = await readLagging(transaction, growing);
    const waiting = await readWaiting(transaction, listOver(lagging, growing, 1));
    return new Quota(checked, lagging, waiting);
  }

  /** The members other than the sender that have no room for `sizeBytes` more. */
  listFull(
    place: Place,
    { sender, sizeBytes }: { readonly sender: Sender; readonly sizeBytes: number },
    limits: MailboxLimits,
  ): readonly number[] {
    const uptoBytes = place.sentBytes + sizeBytes;
    const full: number[] = [];
    let leastLeftBytes = overlookedOf(limits);
    for (const member of this.#lagging.get(place.id) ?? []) {
      if (member.device === sender.id) continue;
      const leftBytes = this.#leftOf(member, { sender, sizeBytes, uptoBytes }, limits);
      if (leftBytes < 0) full.push(member.device);
      leastLeftBytes = Math.min(leastLeftBytes, leftBytes);
    }
    if (full.length === 0 && !this.#checked.isChecked(place.id, uptoBytes, limits)) {
      const unchecked = Math.floor(limits.perDeviceBytes / UNCHECKED_PART);
      this.#found.push([place.id, uptoBytes + Math.min(unchecked, leastLeftBytes), limits]);
    }
    return full;
  }

  /** After a message was taken. */
  add(place: Place, { sender, sizeBytes }: { sender: Sender; sizeBytes: number }): void {
    for (const { device } of this.#lagging.get(place.id) ?? []) {
      if (device === sender.id) continue;
      for (const key of [`${device}`, `${device} ${sender.owner}`]) {
        this.#added.set(key, (this.#added.get(key) ?? 0) + sizeBytes);
      }
    }
  }

  /** After devices were taken off the list. */
  forgetMembers(place: Place, devices: readonly number[]): void {
    const members = this.#lagging.get(place.id) ?? [];
    this.#lagging.set(place.id, members.filter(({ device }) => !devices.includes(device)));
  }

  /** After all was committed: who was found to have room has it for a while. */
  remember(): void {
    for (const found of this.#found) this.#checked.remember(...found);
  }

  /** What may still be written before the member has reached its limit, at least; below 0 when there is no room. */
  #leftOf(
    { device, cursorBytes, atMostBytes }: Lagging,
    { sender, sizeBytes, uptoBytes }: { sender: Sender; sizeBytes: number; uptoBytes: number },
    limits: MailboxLimits,
  ): number {
    const added = this.#added.get(`${device}`) ?? 0;
    const leftBytes = Math.min(
      limits.perSenderBytes - (uptoBytes - cursorBytes),
      limits.perDeviceBytes - atMostBytes - added - sizeBytes,
    );
    if (leftBytes >= 0) return leftBytes;
    // The sums count what others said, and the device itself: only when they are over is it worth to look.
    const waiting = this.#waiting.get(device);
    return leftInMailbox(
      {
        fromAllBytes: (waiting?.fromAllBytes ?? 0) + added,
        fromSenderBytes: (waiting?.bySender.get(sender.owner) ?? 0) +
          (this.#added.get(`${device} ${sender.owner}`) ?? 0),
      },
      sizeBytes,
      limits,
    );
  }
}

/** A conversation with all of its messages written, by the strictest of their limits. */
interface Growing {
  readonly place: Place;
  readonly uptoBytes: number;
  readonly limits: MailboxLimits;
}

function listUnchecked(
  messages: readonly MessageSubmission[],
  facts: MessageFacts,
  checked: CheckedConversations,
): readonly Growing[] {
  const growing = new Map<ConversationId, Growing>();
  for (const { conversation, body, limits } of messages) {
    const place = facts.findPlace(conversation);
    if (place === undefined) continue;
    const before = growing.get(conversation) ?? { uptoBytes: place.sentBytes, limits };
    growing.set(conversation, {
      place,
      uptoBytes: before.uptoBytes + body.length + ENVELOPE_OVERHEAD_BYTES,
      limits: {
        perDeviceBytes: Math.min(before.limits.perDeviceBytes, limits.perDeviceBytes),
        perSenderBytes: Math.min(before.limits.perSenderBytes, limits.perSenderBytes),
      },
    });
  }
  return [...growing.values()].filter(({ place, uptoBytes, limits }) =>
    !checked.isChecked(place.id, uptoBytes, limits)
  );
}

async function readLagging(
  transaction: Transaction,
  growing: readonly Growing[],
): Promise<readonly Lagging[]> {
  const read = () =>
    transaction.all(
      LAGGING,
      integerArray(growing.map(({ place }) => place.id)),
      integerArray(growing.map(({ uptoBytes, limits }) => uptoBytes - overlookedOf(limits))),
    );
  const lagging = await read();
  const crowded = listOver(lagging, growing, CROWDED_PART);
  if (crowded.length === 0) return lagging;
  await lockMailboxes(transaction, crowded);
  // What others have added until they let go.
  return await read();
}

/** The devices whose sums would be over this part of their limits with everything written. */
function listOver(
  lagging: readonly Lagging[],
  growing: readonly Growing[],
  part: number,
): readonly number[] {
  const byPlace = new Map(growing.map((one) => [one.place.id, one]));
  const allBytes = growing.reduce(
    (sum, { place, uptoBytes }) => sum + uptoBytes - place.sentBytes,
    0,
  );
  const over = lagging.filter(({ conversation, atMostBytes }) => {
    const limits = byPlace.get(conversation)?.limits;
    const leastBytes = Math.min(limits?.perDeviceBytes ?? 0, limits?.perSenderBytes ?? 0);
    return atMostBytes + allBytes > part * leastBytes;
  });
  return [...new Set(over.map(({ device }) => device))];
}

async function readWaiting(
  transaction: Transaction,
  devices: readonly number[],
): Promise<ReadonlyMap<number, Waiting>> {
  if (devices.length === 0) return new Map();
  const sums = await transaction.all(WAITING, integerArray(devices));
  const byDevice = Map.groupBy(sums, ({ device }) => device);
  return new Map([...byDevice].map(([device, ofDevice]) => [device, {
    fromAllBytes: ofDevice.reduce((sum, { bytes }) => sum + bytes, 0),
    bySender: new Map(ofDevice.map(({ owner, bytes }) => [owner, bytes])),
  }]));
}

function overlookedOf({ perDeviceBytes, perSenderBytes }: MailboxLimits): number {
  return Math.max(0, Math.min(Math.floor(perDeviceBytes / OVERLOOKED_PART), perSenderBytes));
}

const LAGGING = query(
  `SELECT m.conversation, m.device, m.cursor_bytes, (
      SELECT coalesce(sum(c.sent_bytes - o.cursor_bytes), 0) FROM conversation_member o
        JOIN conversation c ON c.id = o.conversation WHERE o.device = m.device) AS at_most
    FROM unnest($1::bigint[], $2::bigint[]) AS growing(conversation, before_bytes)
    JOIN conversation_member m ON m.conversation = growing.conversation
      AND m.cursor_bytes < growing.before_bytes`,
  (row): Lagging => ({
    conversation: row.integer("conversation"),
    device: row.integer("device"),
    cursorBytes: row.integer("cursor_bytes"),
    atMostBytes: row.integer("at_most"),
  }),
);

const WAITING = query(
  `SELECT m.device, d.owner, sum(e.size_bytes) AS bytes FROM conversation_member m
    JOIN envelope e ON e.conversation = m.conversation AND e.seq > m.cursor
    JOIN device d ON d.id = e.sender
    WHERE m.device = ANY ($1::bigint[]) AND e.body IS NOT NULL AND e.sender <> m.device
      AND (e.recipient IS NULL OR e.recipient = m.device)
    GROUP BY m.device, d.owner`,
  (row) => ({
    device: row.integer("device"),
    owner: row.integer("owner"),
    bytes: row.integer("bytes"),
  }),
);
