/** What a commit carries in clear, read before it is processed. Nothing of it is believed until the commit was opened. */

import { asBytes, type Bytes } from "../../base/bytes.ts";
import { decodeMessage } from "./messages.ts";

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
