/**
 * What messages are judged by: read at once for as many as go together, after everything was locked that they name, and kept in
 * step with what those before them change.
 */

import type { ConversationId, DeviceId } from "../../../base/ids.ts";
import type { MessageSubmission } from "../../../relay/message_log.ts";
import {
  conversationId,
  deviceId,
  envelopeId,
  type FirstAnswer,
  firstAnswer,
  member,
  type Sender,
  sender,
} from "../columns.ts";
import { readSanction, SANCTION_COLUMNS } from "../moderation_rows.ts";
import type { Sanction } from "../moderation_store.ts";
import { integerArray, textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";

/** A conversation as the messages so far leave it. */
export interface Place {
  readonly id: number;
  readonly isOpen: boolean;
  readonly epoch: number;
  /** Of a room: its number, and the number of what was said last. */
  readonly room: number | undefined;
  lastPlace: number | undefined;
  /** Before all of these messages. */
  readonly lastSeqBefore: number;
  lastSeq: number;
  sentBytes: number;
  listVersion: number;
  /** Any two members; the same one twice, or none, when there are not as many. */
  readonly anyTwo: readonly (number | undefined)[];
}

/** A sender in a conversation: everything up to `cursor` is acknowledged. */
export interface SendingMember {
  readonly device: number;
  cursor: number;
  cursorBytes: number;
}

/** What is known of the senders and conversations of some messages. */
export class MessageFacts {
  readonly #senders: ReadonlyMap<string, Sender>;
  readonly #mutes: ReadonlyMap<string, Sanction>;
  readonly #firsts: Map<string, FirstAnswer>;
  readonly #envelopes: Set<string>;
  readonly #places: ReadonlyMap<ConversationId, Place>;
  readonly #members: Map<string, SendingMember>;

  private constructor(read: Read) {
    const [senders, mutes, firsts, envelopes, places, members] = read;
    this.#senders = new Map(senders.map((one) => [keyOf(one.account, one.device), one.sender]));
    this.#mutes = new Map(mutes.map((mute) => [mute.account, mute]));
    this.#firsts = new Map(firsts.map((one) => [keyOf(one.device, one.number), one.first]));
    this.#envelopes = new Set(envelopes);
    this.#places = new Map(places);
    this.#members = new Map(members.map((one) => [keyOf(one.conversation, one.device), one]));
  }

  /** Begins its statements at once: what was begun before in the transaction is seen. */
  static async read(
    transaction: Transaction,
    messages: readonly MessageSubmission[],
  ): Promise<MessageFacts> {
    return new MessageFacts(messages.length === 0 ? NOTHING : await readAll(transaction, messages));
  }

  findSender({ account, device }: MessageSubmission): Sender | undefined {
    return this.#senders.get(keyOf(account, device));
  }

  findMute({ account, nowMs }: MessageSubmission): Sanction | undefined {
    const mute = this.#mutes.get(account);
    return mute?.untilMs === undefined || mute.untilMs > nowMs ? mute : undefined;
  }

  findFirst({ device, number }: MessageSubmission): FirstAnswer | undefined {
    return this.#firsts.get(keyOf(device, number));
  }

  hasEnvelope({ conversation, envelope }: MessageSubmission): boolean {
    return this.#envelopes.has(keyOf(conversation, envelope));
  }

  findPlace(conversation: ConversationId): Place | undefined {
    return this.#places.get(conversation);
  }

  findMember(place: Place, { id }: Sender): SendingMember | undefined {
    return this.#members.get(keyOf(place.id, id));
  }

  /** After devices were taken off the list. */
  forgetMembers(place: Place, devices: readonly number[]): void {
    for (const device of devices) this.#members.delete(keyOf(place.id, device));
    place.listVersion += devices.length;
  }

  /** The same number and the same envelope are known from now on. */
  addFirst(submission: MessageSubmission, seq: number, place: number | undefined): void {
    const { device, number, conversation, envelope, epoch, nowMs: atMs } = submission;
    const first = { conversation, envelope, type: "message", seq, epoch, atMs, place } as const;
    this.#firsts.set(keyOf(device, number), first);
    this.#envelopes.add(keyOf(conversation, envelope));
  }
}

function keyOf(one: string | number, other: string | number): string {
  return `${one} ${other}`;
}

type Read = Awaited<ReturnType<typeof readAll>>;
const NOTHING: Read = [[], [], [], [], [], []];

function readAll(transaction: Transaction, messages: readonly MessageSubmission[]) {
  const accounts = textArray(messages.map(({ account }) => account));
  const devices = textArray(messages.map(({ device }) => device));
  const conversations = textArray(messages.map(({ conversation }) => conversation));
  return Promise.all([
    transaction.all(SENDERS, accounts, devices),
    transaction.all(MUTES, accounts),
    transaction.all(FIRSTS, devices, integerArray(messages.map(({ number }) => number))),
    transaction.all(ENVELOPES, conversations, textArray(messages.map(({ envelope }) => envelope))),
    transaction.all(PLACES, conversations),
    transaction.all(MEMBERS, conversations, devices),
  ]);
}

const SENDERS = query(
  `SELECT a.account, d.device, d.id, d.owner, d.signed_in, a.generation
    FROM unnest($1::text[], $2::text[]) AS by(account, device)
    JOIN device d ON d.device = by.device AND d.removed = 0
    JOIN account a ON a.id = d.owner AND a.account = by.account`,
  (row) => ({ ...member(row), sender: sender(row) }),
);

const MUTES = query(
  `SELECT ${SANCTION_COLUMNS} FROM sanction s JOIN account a ON a.id = s.account
    LEFT JOIN account b ON b.id = s.by
    WHERE s.kind = 'mute' AND a.account = ANY ($1::text[])`,
  readSanction,
);

// LATERAL with a LIMIT: one look into the index for each. Plans are made once and kept, and one that reads a whole conversation,
// since it had few envelopes then, took 24 ms of the server for 64 messages.
const FIRSTS = query(
  `SELECT sent.device, sent.number, e.place, c.conversation, e.envelope, e.type, e.seq, e.epoch, e.at_ms
    FROM unnest($1::text[], $2::bigint[]) AS sent(device, number)
    CROSS JOIN LATERAL (SELECT id FROM device WHERE device = sent.device LIMIT 1) AS d
    CROSS JOIN LATERAL (
      SELECT * FROM envelope WHERE sender = d.id AND number = sent.number LIMIT 1) AS e
    JOIN conversation c ON c.id = e.conversation`,
  (row): { device: DeviceId; number: number; first: FirstAnswer } => ({
    device: deviceId(row),
    number: row.integer("number"),
    first: firstAnswer(row),
  }),
);

const ENVELOPES = query(
  `SELECT sent.conversation, sent.envelope
    FROM unnest($1::text[], $2::text[]) AS sent(conversation, envelope)
    CROSS JOIN LATERAL (
      SELECT id FROM conversation WHERE conversation = sent.conversation LIMIT 1) AS c
    CROSS JOIN LATERAL (
      SELECT seq FROM envelope WHERE conversation = c.id AND envelope = sent.envelope
        AND number IS NOT NULL LIMIT 1) AS e`,
  (row) => keyOf(conversationId(row), envelopeId(row)),
);

const PLACES = query(
  `SELECT c.conversation, c.id, c.open, c.epoch, c.last_seq, c.sent_bytes, c.list_version,
      r.last_place, r.number,
      (SELECT min(m.device) FROM conversation_member m WHERE m.conversation = c.id) AS one,
      (SELECT max(m.device) FROM conversation_member m WHERE m.conversation = c.id) AS other
    FROM conversation c LEFT JOIN room r ON r.conversation = c.id
    WHERE c.conversation = ANY ($1::text[])`,
  (row): [ConversationId, Place] => [conversationId(row), {
    id: row.integer("id"),
    isOpen: row.boolean("open"),
    epoch: row.integer("epoch"),
    room: row.optionalInteger("number"),
    lastPlace: row.optionalInteger("last_place"),
    lastSeqBefore: row.integer("last_seq"),
    lastSeq: row.integer("last_seq"),
    sentBytes: row.integer("sent_bytes"),
    listVersion: row.integer("list_version"),
    anyTwo: [row.optionalInteger("one"), row.optionalInteger("other")],
  }],
);

const MEMBERS = query(
  `SELECT m.conversation, m.device, m.cursor, m.cursor_bytes
    FROM unnest($1::text[], $2::text[]) AS sent(conversation, device)
    CROSS JOIN LATERAL (
      SELECT id FROM conversation WHERE conversation = sent.conversation LIMIT 1) AS c
    CROSS JOIN LATERAL (SELECT id FROM device WHERE device = sent.device LIMIT 1) AS d
    CROSS JOIN LATERAL (
      SELECT * FROM conversation_member WHERE conversation = c.id AND device = d.id LIMIT 1) AS m`,
  (row): SendingMember & { conversation: number } => ({
    conversation: row.integer("conversation"),
    device: row.integer("device"),
    cursor: row.integer("cursor"),
    cursorBytes: row.integer("cursor_bytes"),
  }),
);
