/** What of a sealed message anybody can read: which kind it is and of which epoch (RFC 9420 §6, §6.3). */

import { asBytes, ByteReader, type Bytes } from "../../base/bytes.ts";
import { decodeMessage } from "./messages.ts";

/** An envelope of a conversation holds one or the other. */
export type ContentType = "message" | "commit";

/** The first fields of an MLSMessage. */
export interface MessageHead {
  readonly type: ContentType;
  readonly epoch: number;
}

const MLS10 = 1;
const PUBLIC_MESSAGE = 1;
const PRIVATE_MESSAGE = 2;
/** By sender type: what follows it (RFC 9420 §6): a leaf or a sender index of 32 bits, or nothing. */
const SENDER_BYTES: readonly (number | undefined)[] = [undefined, 4, 4, 0, 0];
const TYPES: readonly (ContentType | undefined)[] = [undefined, "message", undefined, "commit"];

/** Undefined when the bytes do not begin as an application message or a commit. Nothing behind the head is looked at. */
export function readMessageHead(bytes: Bytes): MessageHead | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u16() !== MLS10) return undefined;
  const wireFormat = reader.u16();
  if (wireFormat !== PUBLIC_MESSAGE && wireFormat !== PRIVATE_MESSAGE) return undefined;
  skipVector(reader);
  const epoch = reader.u64();
  if (wireFormat === PUBLIC_MESSAGE) {
    const senderBytes = SENDER_BYTES[reader.u8()];
    if (senderBytes === undefined) return undefined;
    reader.raw(senderBytes);
    skipVector(reader);
  }
  const type = TYPES[reader.u8()];
  return reader.failed || type === undefined ? undefined : { type, epoch };
}

/** A vector with a length of 1, 2 or 4 bytes, as its two highest bits say (RFC 9420 §2.1.2). */
function skipVector(reader: ByteReader): void {
  const first = reader.u8();
  let length = first & 0x3f;
  for (let more = (1 << (first >> 6)) - 1; more > 0; more--) length = length * 256 + reader.u8();
  reader.raw(length);
}

// What a commit carries in clear, read before it is processed. Nothing of it is believed until the commit was opened.

/** Undefined when the bytes are no commit. */
export function authenticatedDataOf(message: Bytes): Bytes | undefined {
  const decoded = decodeMessage(message);
  if (decoded?.wireformat === "mls_private_message") {
    const { contentType, authenticatedData } = decoded.privateMessage;
    return contentType === "commit" ? asBytes(authenticatedData).slice() : undefined;
  }
  if (decoded?.wireformat === "mls_public_message") {
    const { contentType, authenticatedData } = decoded.publicMessage.content;
    return contentType === "commit" ? asBytes(authenticatedData).slice() : undefined;
  }
  return undefined;
}
