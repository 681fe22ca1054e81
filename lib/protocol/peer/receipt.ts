/** Sealed receipts: the only ground for "delivered" (SR-27). */

import { base64, count, definitions, hex, list, record } from "../schema.ts";
import { type MessageOf, sealedFields, SHORT_HASH_BYTES } from "./payload.ts";

/** Messages confirmed by one receipt. */
export const MAX_RECEIPT_ITEMS = 200;

/** Confirms messages to the device that sent them, once they are stored. */
const receiptDelivered = sealedFields("receipt.delivered", {
  items: list(
    record({
      /** The confirmed message. */
      id: hex(16),
      /** The epoch that it was sealed in, and that epoch's transcript hash at the receiver. */
      epoch: count(),
      transcript: base64(SHORT_HASH_BYTES),
    }),
    MAX_RECEIPT_ITEMS,
  ),
});

/** Receipts, by kind. */
export const RECEIPT_MESSAGES = definitions({ "receipt.delivered": receiptDelivered });
/** One of them as it was read. */
export type ReceiptMessage = MessageOf<typeof RECEIPT_MESSAGES>;
