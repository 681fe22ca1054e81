/** Reading branded ids back from rows. The brands were checked by their parsers before they were written. */

import type {
  AccountId,
  AccountName,
  ConversationId,
  DeviceId,
  EnvelopeId,
  Fingerprint,
} from "../../../base/ids.ts";
import { MAX_REASON_LENGTH } from "../../../protocol/hop/moderation.ts";
import type { Row } from "../../../storage/row.ts";
import type { EnvelopeType } from "../../../relay/log_rules.ts";
import type { Member } from "../../../relay/message_log.ts";

// The casts: only this room's own statements write these columns, from values that carry the brand.

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
export const envelopeType = (row: Row): EnvelopeType => row.text("type") as EnvelopeType;

/** Columns `account` and `device`. */
export const member = (row: Row): Member => ({ account: accountId(row), device: deviceId(row) });

/** Why something was done to somebody. Older programs let the operator write a longer one than a packet may carry. */
export const reason = (row: Row, column: string): string =>
  row.text(column).slice(0, MAX_REASON_LENGTH).toWellFormed();

/** For statements that return the number of one row and nothing else. */
export const rowNumber = (row: Row): number => row.integer("id");
