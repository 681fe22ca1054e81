/** Reading branded ids back from rows. The brands were checked by their parsers before they were written. */

import type { Bytes } from "../../base/bytes.ts";
import type {
  AccountId,
  AccountName,
  ConversationId,
  DeviceId,
  EnvelopeId,
  Fingerprint,
} from "../../base/ids.ts";
import { MAX_REASON_LENGTH } from "../../protocol/hop/moderation.ts";
import type { Row } from "../../storage/row.ts";
import type { EnvelopeType, FirstSubmission } from "../../relay/log_rules.ts";
import type { Envelope, Member } from "../../relay/message_log.ts";

// The casts: only the statements of `sqlite/` and `postgres/` write these columns, from values that carry the brand.

/** An account id, from whichever column holds it. */
export const accountId = (row: Row, column = "account"): AccountId => row.text(column) as AccountId;
/** Column `name`. */
export const accountName = (row: Row): AccountName => row.text("name") as AccountName;
/** Column `device`. */
export const deviceId = (row: Row): DeviceId => row.text("device") as DeviceId;
/** Column `conversation`. */
export const conversationId = (row: Row): ConversationId =>
  row.text("conversation") as ConversationId;
/** Column `envelope`. */
export const envelopeId = (row: Row): EnvelopeId => row.text("envelope") as EnvelopeId;
/** A fingerprint, from the column that holds it. */
export const fingerprint = (row: Row, column: string): Fingerprint =>
  row.text(column) as Fingerprint;
/** Column `type`. A CHECK of the table keeps it to the three. */
const envelopeType = (row: Row): EnvelopeType => row.text("type") as EnvelopeType;

/** Columns `account` and `device`. */
export const member = (row: Row): Member => ({ account: accountId(row), device: deviceId(row) });

/** Why something was done to somebody. Older programs let the operator write a longer one than a packet may carry. */
export const reason = (row: Row, column: string): string =>
  row.text(column).slice(0, MAX_REASON_LENGTH).toWellFormed();

/** For statements that return the number of one row and nothing else. */
export const rowNumber = (row: Row): number => row.integer("id");

/** The rows of a submitting device and its account, and what it may by them. */
export interface Sender {
  readonly id: number;
  readonly owner: number;
  readonly isSignedIn: boolean;
  /** The account's. */
  readonly generation: number;
}

/** Columns `id`, `owner`, `signed_in` and `generation`. */
export const sender = (row: Row): Sender => ({
  id: row.integer("id"),
  owner: row.integer("owner"),
  isSignedIn: row.boolean("signed_in"),
  generation: row.integer("generation"),
});

/** What an earlier submission of the same device and number was, and led to. */
export interface FirstAnswer extends FirstSubmission {
  readonly seq: number;
  readonly epoch: number;
  readonly atMs: number;
  readonly place: number | undefined;
}

/** A row of table `envelope`, with the id of its conversation. */
export const firstAnswer = (row: Row): FirstAnswer => ({
  conversation: conversationId(row),
  envelope: envelopeId(row),
  type: envelopeType(row),
  seq: row.integer("seq"),
  epoch: row.integer("epoch"),
  atMs: row.integer("at_ms"),
  place: row.optionalInteger("place"),
});

/** The same with who sent it, and its body. */
export const envelope = (row: Row): Envelope => ({
  ...firstAnswer(row),
  conversation: conversationId(row),
  envelope: envelopeId(row),
  ...member(row),
  body: row.bytes("body"),
});

/** Column `direct_key`: the numbers of two accounts, the same for both ways round. */
export function directKeyOf(left: number, right: number): string {
  return `${Math.min(left, right)}:${Math.max(left, right)}`;
}

/** A conversation, and the highest `seq` in it. */
export interface LogPosition {
  readonly id: number;
  readonly lastSeq: number;
}

/** One envelope to write. */
export interface LogEntry {
  readonly conversation: number;
  readonly seq: number;
  readonly envelope: EnvelopeId;
  readonly type: EnvelopeType;
  readonly epoch: number;
  readonly sender: Pick<Sender, "id">;
  /** Undefined for an envelope that only goes along with the one submitted. */
  readonly number: number | undefined;
  /** The one device it is for; undefined for all members but the sender. */
  readonly recipient: number | undefined;
  readonly atMs: number;
  /** The number of something said in a room. */
  readonly place?: number;
  readonly body: Bytes;
}
