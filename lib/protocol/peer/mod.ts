/** The language that only the two ends read, inside the seal: the table of all messages, and nothing else. */

import { definitions, type FieldsOf } from "../schema.ts";
import { chatText } from "./chat.ts";
import { receiptDelivered } from "./receipt.ts";

export const PEER_MESSAGES = definitions({
  "chat.text": chatText,
  "receipt.delivered": receiptDelivered,
});

export type PeerMessages = typeof PEER_MESSAGES;
export type PeerKind = keyof PeerMessages;
export type PeerFields<Kind extends PeerKind> = FieldsOf<PeerMessages[Kind]>;
