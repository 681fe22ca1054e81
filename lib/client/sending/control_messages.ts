/** Word about transfers, streams and direct connections: written down, sealed and sent like texts. */

import type { EnvelopeId, Peer } from "../../base/ids.ts";
import type { DraftMessage } from "../store/drafts.ts";
import type { Messenger } from "../store/messenger.ts";

/**
 * Writes a control message down in one transaction with `also`. It goes out by the next `SyncEngine.send`. Returns its id;
 * undefined when `also` said no: then nothing was written.
 */
export async function enqueueControlMessage(
  { profile, drafts }: Messenger,
  peer: Peer,
  message: DraftMessage,
  also: () => boolean = () => true,
): Promise<EnvelopeId | undefined> {
  const { id, writeDown } = await drafts.prepare(peer, message);
  return profile.database.transaction(() => {
    if (!also()) return undefined;
    writeDown();
    return id;
  });
}
