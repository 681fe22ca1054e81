/** The language that only the two ends read, inside the seal: the table of all messages, and nothing else. */

import { definitions, type FieldsOf } from "../schema.ts";
import { chatDelete, chatEdit, chatReaction, chatText, chatTimer } from "./chat.ts";
import { directAnswer, directOffer } from "./direct.ts";
import {
  fileAck,
  fileAnswer,
  fileCancel,
  fileDone,
  fileOffer,
  filePause,
  fileResume,
} from "./file.ts";
import { receiptDelivered } from "./receipt.ts";
import { roomAbout, roomPast } from "./room.ts";

/** What may stand inside a seal, by kind. */
export const PEER_MESSAGES = definitions({
  "chat.text": chatText,
  "chat.edit": chatEdit,
  "chat.delete": chatDelete,
  "chat.reaction": chatReaction,
  "chat.timer": chatTimer,
  "file.offer": fileOffer,
  "file.answer": fileAnswer,
  "file.ack": fileAck,
  "file.pause": filePause,
  "file.resume": fileResume,
  "file.cancel": fileCancel,
  "file.done": fileDone,
  "direct.offer": directOffer,
  "direct.answer": directAnswer,
  "receipt.delivered": receiptDelivered,
  "room.about": roomAbout,
  "room.past": roomPast,
});

/** The table as a type: a handler is typed by mapping over it. */
export type PeerMessages = typeof PEER_MESSAGES;
/** A kind of sealed message. */
export type PeerKind = keyof PeerMessages;
/** The checked fields of one kind. */
export type PeerFields<Kind extends PeerKind> = FieldsOf<PeerMessages[Kind]>;
