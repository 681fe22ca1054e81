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
import {
  streamAnswer,
  streamEnd,
  streamFrame,
  streamOffer,
  streamProof,
  streamReport,
  streamStop,
} from "./stream.ts";

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
  "stream.offer": streamOffer,
  "stream.answer": streamAnswer,
  "stream.stop": streamStop,
});

/** What SFrame seals, by kind: the units of a stream, and what its watchers say back. */
export const STREAM_UNITS = definitions({
  "stream.frame": streamFrame,
  "stream.proof": streamProof,
  "stream.end": streamEnd,
  "stream.report": streamReport,
});

/** The table as a type: a handler is typed by mapping over it. */
export type PeerMessages = typeof PEER_MESSAGES;
/** A kind of sealed message. */
export type PeerKind = keyof PeerMessages;
/** The checked fields of one kind. */
export type PeerFields<Kind extends PeerKind> = FieldsOf<PeerMessages[Kind]>;

/** The table as a type. */
export type StreamUnits = typeof STREAM_UNITS;
/** A kind of unit of a stream. */
export type StreamUnitKind = keyof StreamUnits;
/** The checked fields of one kind. */
export type StreamUnitFields<Kind extends StreamUnitKind> = FieldsOf<StreamUnits[Kind]>;
