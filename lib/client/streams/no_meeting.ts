/** What a person is told whose stream does not go directly. */

import { TransportError } from "../../base/errors.ts";
import type { ConversationId, Peer } from "../../base/ids.ts";
import { type Messenger, note } from "../store/messenger.ts";
import type { NoMeeting } from "./direct_meetings.ts";

/** The end of a stream that may go no other way. */
export function onlyFailure(peer: Peer, why: NoMeeting): TransportError {
  const reason = why === "refused"
    ? `${peer} has not allowed direct connections with you`
    : `No direct way to ${peer}`;
  return new TransportError("no-direct-way", `${reason}, and this stream may go directly only`);
}

/** Writes it into the conversation. */
export async function tellOverServer(
  messenger: Messenger,
  { peer, conversation }: { readonly peer: Peer; readonly conversation: ConversationId },
  why: NoMeeting,
): Promise<void> {
  const reason = why === "refused"
    ? `${peer} has not allowed direct connections with you`
    : `No direct way to ${peer}`;
  const text = `${reason}: your stream goes over the server`;
  await note(messenger, { peer, conversation, code: "direct", text });
}
