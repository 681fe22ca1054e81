/** Sealed receipts: the only ground for "delivered" (SR-27). */

import { base64, count, Definition, hex, list, record } from "../schema.ts";
import { chain, SHORT_HASH_BYTES } from "./payload.ts";

/** Messages confirmed by one receipt. */
export const MAX_RECEIPT_ITEMS = 200;

/** Confirms messages to the device that sent them, once they are stored. */
export const receiptDelivered = new Definition("receipt.delivered", {
  ...chain(),
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
