/** Reading branded ids back from rows. The brands were checked by their parsers before they were written. */

import type {
  AccountId,
  AccountName,
  ConversationId,
  DeviceId,
  EnvelopeId,
  Fingerprint,
} from "../../base/ids.ts";
import type { Row } from "../../storage/row.ts";
import type { EnvelopeType, Member } from "../store.ts";

// The casts: only this room's own statements write these columns, from values that carry the brand.
export const accountId = (row: Row, column = "account") => row.text(column) as AccountId;
export const accountName = (row: Row) => row.text("name") as AccountName;
export const deviceId = (row: Row) => row.text("device") as DeviceId;
export const conversationId = (row: Row) => row.text("conversation") as ConversationId;
export const envelopeId = (row: Row) => row.text("envelope") as EnvelopeId;
export const fingerprint = (row: Row, column: string) => row.text(column) as Fingerprint;
/** A CHECK of the table keeps it to the three. */
export const envelopeType = (row: Row) => row.text("type") as EnvelopeType;

export const member = (row: Row): Member => ({ account: accountId(row), device: deviceId(row) });

/** For statements that return the number of one row and nothing else. */
export const rowNumber = (row: Row) => row.integer("id");
