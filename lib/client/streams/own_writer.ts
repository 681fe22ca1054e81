/** What seals and signs the units of an own stream. */

import { MediaError } from "../../base/errors.ts";
import type { ConversationId, StreamId } from "../../base/ids.ts";
import type { Messenger } from "../store/messenger.ts";
import { isHeldByRemoved } from "../groups/removed_members.ts";
import { signerOf } from "../contacts/signed_statement.ts";
import { ProofWriter } from "./proof_writer.ts";
import { streamKeyNow } from "./stream_keys.ts";
import { UnitSealer } from "./unit_sealer.ts";

/** One for each stream. */
export function openWriter(
  messenger: Messenger,
  conversation: ConversationId,
  id: StreamId,
): ProofWriter {
  const { groups, profile: { own } } = messenger;
  const keys = {
    epoch: () => groups.epochOf(conversation),
    key: async () => {
      const group = await groups.load(conversation);
      if (group !== undefined && isHeldByRemoved(messenger, conversation, group.state)) {
        throw new MediaError("removed-device", "A removed device is in this conversation");
      }
      return await streamKeyNow(messenger, conversation, { id, device: own.device });
    },
  };
  return new ProofWriter(new UnitSealer(keys, id), signerOf(own), id);
}
