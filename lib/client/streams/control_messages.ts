/** Words about streams in the conversation: written down like texts, sealed and sent like texts. */

import { type EnvelopeId, newEnvelopeId, type Peer, type StreamId } from "../../base/ids.ts";
import type { PeerFields } from "../../protocol/peer/mod.ts";
import { draftChain } from "../store/drafts.ts";
import type { StreamMessage } from "../store/inbound.ts";
import type { Messenger } from "../store/messenger.ts";

/** What is said of a stream, besides its place in the chain. */
export type StreamWord = {
  [Kind in StreamMessage["kind"]]:
    & { readonly kind: Kind }
    & Omit<PeerFields<Kind>, "v" | "id" | "number" | "previous" | "restart" | "stream">;
}[StreamMessage["kind"]];

/**
 * Writes a word down in one transaction with `also`; when that says no, nothing is written. It goes out by the next
 * `SyncEngine.send`.
 */
export async function sayOfStream(
  { profile, drafts }: Messenger,
  { peer, stream, word, id = newEnvelopeId(profile.random) }: {
    readonly peer: Peer;
    readonly stream: StreamId;
    readonly word: StreamWord;
    /** Its own; a new one without. */
    readonly id?: EnvelopeId;
  },
  also: () => boolean = () => true,
): Promise<boolean> {
  const { kind, ...fields } = word;
  // Kind and fields come from one word, which the union does not show.
  const message = { kind, fields: { ...draftChain(id), stream, ...fields } } as StreamMessage;
  const sealed = await drafts.seal({ id, message });
  return profile.database.transaction(() => {
    if (!also()) return false;
    drafts.insert(peer, id, sealed);
    return true;
  });
}
