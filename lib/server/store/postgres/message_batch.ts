/** Messages and acknowledgements that go together in one transaction: judged one after the other, written at once. */

import { type Bytes, concatBytes } from "../../../base/bytes.ts";
import { Refusal } from "../../../base/errors.ts";
import type { ConversationId } from "../../../base/ids.ts";
import {
  ENVELOPE_OVERHEAD_BYTES,
  judgeMessage,
  requireSame,
  requireSender,
} from "../../../relay/log_rules.ts";
import type { Member, MessageSubmission } from "../../../relay/message_log.ts";
import { member, type Sender } from "../columns.ts";
import type { Answer } from "../store.ts";
import { type Acknowledgement, deleteAcknowledged, moveCursors } from "./acknowledgements.ts";
import { integerArray, textArray } from "./arrays.ts";
import { query, type Transaction } from "./database.ts";
import { envelopeKnown, leaveList } from "./envelope_log.ts";
import { lockAccounts, lockConversations } from "./locks.ts";
import { MessageFacts, type Place, type SendingMember } from "./message_facts.ts";
import { type CheckedConversations, Quota } from "./quota.ts";

/** One call. */
export type BatchedCall =
  | { readonly message: MessageSubmission }
  | { readonly acknowledged: Acknowledgement };

/** What becomes of one call. */
export type BatchedOutcome =
  | { readonly value: Answer<"append"> | undefined }
  | { readonly refusal: Refusal };

/** What became of all, in their order. Nothing of it holds before the transaction is committed; then `committed` is called. */
export interface BatchedResult {
  readonly outcomes: readonly BatchedOutcome[];
  readonly committed: () => void;
}

/** A message that was taken, in its place. */
interface Written {
  readonly message: MessageSubmission;
  readonly place: Place;
  readonly sender: Sender;
  readonly seq: number;
  readonly number: number | undefined;
  readonly uptoBytes: number;
  readonly listVersion: number;
}

/** Judges and writes. */
export async function runMessageBatch(
  transaction: Transaction,
  calls: readonly BatchedCall[],
  checked: CheckedConversations,
): Promise<BatchedResult> {
  const messages = calls.flatMap((call) => "message" in call ? [call.message] : []);
  const acknowledged = calls.flatMap((call) => "message" in call ? [] : [call.acknowledged]);
  const accounts = messages.map(({ account }) => account);
  const conversations = [...messages, ...acknowledged].map(({ conversation }) => conversation);
  const [, , moved, facts] = await Promise.all([
    lockAccounts(transaction, { judged: [...new Set(accounts)] }),
    lockConversations(transaction, [...new Set(conversations)]),
    // What has arrived was written before any of these messages, so its order among them makes no difference.
    moveCursors(transaction, acknowledged),
    MessageFacts.read(transaction, messages),
  ]);
  const quota = await Quota.read(transaction, messages, { facts, checked });
  const batch = new MessageBatch(facts, quota);
  const judged = calls.map((call) => "message" in call ? batch.judge(call.message) : undefined);
  // Begun in this order, so that each sees what those before have written.
  const [, late, recipients] = await Promise.all([
    batch.write(transaction),
    moveCursors(transaction, listLate(calls, facts)),
    batch.listRecipients(transaction),
  ]);
  await deleteAcknowledged(transaction, [...moved, ...late]);
  const outcomes = judged.map((one): BatchedOutcome => {
    if (one === undefined) return { value: undefined };
    return "written" in one ? { value: answerTo(one.written, recipients) } : one;
  });
  return { outcomes, committed: () => quota.remember() };
}

/** Acknowledgements of more than there was before the messages in front of them. */
function listLate(calls: readonly BatchedCall[], facts: MessageFacts): Acknowledgement[] {
  const said = new Set<ConversationId>();
  const late: Acknowledgement[] = [];
  for (const call of calls) {
    if ("message" in call) said.add(call.message.conversation);
    else {
      const { conversation, seq } = call.acknowledged;
      const before = facts.findPlace(conversation)?.lastSeqBefore ?? Infinity;
      if (said.has(conversation) && seq > before) late.push(call.acknowledged);
    }
  }
  return late;
}

function answerTo(
  { message, place, sender, seq, number, listVersion }: Written,
  members: ReadonlyMap<number, readonly (Member & { readonly id: number })[]>,
): Answer<"append"> {
  const { nowMs: atMs, knownList } = message;
  const others = members.get(place.id)?.filter(({ id }) => id !== sender.id)
    .map(({ account, device }) => ({ account, device })) ?? [];
  return {
    ...{ result: "appended", seq, atMs, place: number, listVersion },
    recipients: knownList === listVersion ? undefined : others,
    ...place.room === undefined ? {} : { room: place.room },
  };
}

/** Judges messages in memory, each as those before it leave the conversation. */
class MessageBatch {
  readonly #facts: MessageFacts;
  readonly #quota: Quota;
  readonly #written: Written[] = [];
  readonly #followed = new Map<SendingMember, Place>();
  readonly #full: { readonly place: Place; readonly devices: readonly number[] }[] = [];

  constructor(facts: MessageFacts, quota: Quota) {
    this.#facts = facts;
    this.#quota = quota;
  }

  judge(message: MessageSubmission): BatchedOutcome | { readonly written: Written } {
    try {
      return this.#judge(message);
    } catch (error) {
      if (error instanceof Refusal) return { refusal: error };
      throw error;
    }
  }

  async write(transaction: Transaction): Promise<void> {
    if (this.#written.length === 0) return;
    await Promise.all([
      writeEnvelopes(transaction, this.#written),
      writePlaces(transaction, [...new Set(this.#written.map(({ place }) => place))]),
      writeCursors(transaction, this.#followed),
      ...this.#full.map(({ place, devices }) => leaveList(transaction, place.id, devices)),
    ]);
  }

  /** The members of the conversations whose lists somebody asks for, by conversation, after all was written. */
  async listRecipients(transaction: Transaction) {
    const asked = this.#written.filter(({ message, listVersion }) =>
      message.knownList !== listVersion
    );
    if (asked.length === 0) return new Map<number, never>();
    const places = new Set(asked.map(({ place }) => place.id));
    const members = await transaction.all(LIST_MEMBERS, integerArray([...places]));
    return Map.groupBy(members, ({ conversation }) => conversation);
  }

  #judge(message: MessageSubmission): BatchedOutcome | { readonly written: Written } {
    const { conversation, epoch, body, limits } = message;
    const sizeBytes = body.length + ENVELOPE_OVERHEAD_BYTES;
    const sender = requireSender(this.#facts.findSender(message), message);
    const first = this.#facts.findFirst(message);
    if (first !== undefined) requireSame(first, message, "message");
    const found = this.#facts.findPlace(conversation);
    const member = found?.isOpen === true ? this.#facts.findMember(found, sender) : undefined;
    const judged = judgeMessage({
      first,
      mute: this.#facts.findMute(message),
      epoch,
      place: member === undefined ? undefined : found,
      listFull: (place) => this.#quota.listFull(place, { sender, sizeBytes }, limits),
    });
    if (judged.result === "known") {
      const { seq, atMs, place } = judged.first;
      return { value: { result: "known", seq, atMs, place } };
    }
    if (judged.result !== "fits") return { value: judged };
    const { place, full } = judged;
    if (this.#facts.hasEnvelope(message)) throw envelopeKnown();
    if (full.length > 0) this.#leave(place, full);
    return this.#take(message, { place, sender, member });
  }

  /** The members without room are left out from now on. */
  #leave(place: Place, devices: readonly number[]): void {
    this.#full.push({ place, devices });
    this.#facts.forgetMembers(place, devices);
    this.#quota.forgetMembers(place, devices);
  }

  #take(
    message: MessageSubmission,
    { place, sender, member }: {
      readonly place: Place;
      readonly sender: Sender;
      readonly member: SendingMember | undefined;
    },
  ): { readonly written: Written } {
    const sizeBytes = message.body.length + ENVELOPE_OVERHEAD_BYTES;
    const hadAll = member?.cursor === place.lastSeq;
    const seq = ++place.lastSeq;
    const uptoBytes = place.sentBytes += sizeBytes;
    if (message.counts === true && place.lastPlace !== undefined) place.lastPlace++;
    const number = message.counts === true ? place.lastPlace : undefined;
    // A sender who had everything before has that too.
    if (member !== undefined && hadAll) {
      [member.cursor, member.cursorBytes] = [seq, uptoBytes];
      this.#followed.set(member, place);
    }
    this.#quota.add(place, { sender, sizeBytes });
    this.#facts.addFirst(message, seq, number);
    const { listVersion } = place;
    const written = { message, place, sender, seq, number, uptoBytes, listVersion };
    this.#written.push(written);
    return { written };
  }
}

async function writeEnvelopes(
  transaction: Transaction,
  written: readonly Written[],
): Promise<void> {
  const integers = (read: (one: Written) => number | undefined) => integerArray(written.map(read));
  const bodies: Bytes[] = [];
  let start = 1;
  // Undefined for what nobody is there to get: there is nothing to keep.
  const starts = written.map(({ message: { body }, place, sender }) => {
    if (!place.anyTwo.some((one) => one !== undefined && one !== sender.id)) return undefined;
    bodies.push(body);
    start += body.length;
    return start - body.length;
  });
  await transaction.run(
    INSERT,
    integers(({ place }) => place.id),
    integers(({ seq }) => seq),
    textArray(written.map(({ message }) => message.envelope)),
    integers(({ message }) => message.epoch),
    integers(({ sender }) => sender.id),
    integers(({ message }) => message.number),
    integers(({ message }) => message.nowMs),
    integers(({ message }) => message.body.length),
    integers(({ uptoBytes }) => uptoBytes),
    integers(({ number }) => number),
    integerArray(starts),
    concatBytes(...bodies),
  );
}

async function writePlaces(transaction: Transaction, places: readonly Place[]): Promise<void> {
  const rooms = places.filter(({ lastPlace }) => lastPlace !== undefined);
  await Promise.all([
    transaction.run(
      GROW,
      integerArray(places.map(({ id }) => id)),
      integerArray(places.map(({ lastSeq }) => lastSeq)),
      integerArray(places.map(({ sentBytes }) => sentBytes)),
    ),
    ...rooms.length === 0 ? [] : [transaction.run(
      SET_LAST_PLACE,
      integerArray(rooms.map(({ id }) => id)),
      integerArray(rooms.map(({ lastPlace }) => lastPlace)),
    )],
  ]);
}

async function writeCursors(
  transaction: Transaction,
  followed: ReadonlyMap<SendingMember, Place>,
): Promise<void> {
  if (followed.size === 0) return;
  const members = [...followed.keys()];
  await transaction.run(
    FOLLOW,
    integerArray([...followed.values()].map(({ id }) => id)),
    integerArray(members.map(({ device }) => device)),
    integerArray(members.map(({ cursor }) => cursor)),
    integerArray(members.map(({ cursorBytes }) => cursorBytes)),
  );
}

// One value of all bodies and where each begins: an array of them would travel in quoted hexadecimal digits.
const INSERT =
  `INSERT INTO envelope (conversation, seq, envelope, type, epoch, sender, number, at_ms,
    size_bytes, upto_bytes, place, body)
  SELECT conversation, seq, envelope, 'message', epoch, sender, number, at_ms,
    length + ${ENVELOPE_OVERHEAD_BYTES}, upto_bytes, place,
    CASE WHEN start IS NOT NULL THEN substring($12::bytea FROM start FOR length) END
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
      $7::bigint[], $8::int[], $9::bigint[], $10::bigint[], $11::int[])
    AS written(conversation, seq, envelope, epoch, sender, number, at_ms, length, upto_bytes, place, start)`;

const GROW = `UPDATE conversation c SET last_seq = grown.last_seq, sent_bytes = grown.sent_bytes
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS grown(id, last_seq, sent_bytes)
  WHERE c.id = grown.id`;

const SET_LAST_PLACE = `UPDATE room r SET last_place = said.last_place
  FROM unnest($1::bigint[], $2::bigint[]) AS said(conversation, last_place)
  WHERE r.conversation = said.conversation AND r.last_place < said.last_place`;

const FOLLOW = `UPDATE conversation_member m
  SET cursor = followed.cursor, cursor_bytes = followed.cursor_bytes
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS followed(conversation, device, cursor, cursor_bytes)
  WHERE m.conversation = followed.conversation AND m.device = followed.device`;

const LIST_MEMBERS = query(
  `SELECT m.conversation, m.device AS id, a.account, d.device FROM conversation_member m
    JOIN device d ON d.id = m.device JOIN account a ON a.id = d.owner
    WHERE m.conversation = ANY ($1::bigint[]) ORDER BY m.device`,
  (row) => ({
    ...member(row),
    conversation: row.integer("conversation"),
    id: row.integer("id"),
  }),
);
