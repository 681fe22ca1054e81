/** What seals and signs the units of an own stream. */

import type { ConversationId, StreamId } from "../../base/ids.ts";
import type { Messenger } from "../messaging/messenger.ts";
import { signerOf } from "../signed_statement.ts";
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
    key: () => streamKeyNow(messenger, conversation, { id, device: own.device }),
  };
  return new ProofWriter(new UnitSealer(keys, id), signerOf(own), id);
}
