/**
 * Seals payloads for a conversation. One transaction writes the new ratchet state, the bytes to send, and what belongs to
 * it; a process that loses the race against another throws its ciphertext away unsent and starts from the new state
 * (SR-20, SR-22).
 */

import type { Bytes } from "../../base/bytes.ts";
import { Bug } from "../../base/errors.ts";
import type { ConversationId, EnvelopeId } from "../../base/ids.ts";
import { sealMessage } from "../../crypto/mls/seal.ts";
import { chainFields, hashPayload } from "./chain.ts";
import type { Messenger } from "./messenger.ts";

export interface Sealing {
  readonly conversation: ConversationId;
  readonly envelope: EnvelopeId;
  /** Makes the payload around the chain's fields. */
  payload(chain: ReturnType<typeof chainFields>): Bytes;
  /** Inside the transaction: whether nobody else has sealed it meanwhile. Writes nothing. */
  isDue(): boolean;
  /** Inside the transaction: writes what belongs to the payload. */
  commit(facts: { epoch: number }): void;
}

/** Returns whether it was sealed here; false when another process had done it. */
export async function seal(messenger: Messenger, sealing: Sealing): Promise<boolean> {
  const { profile, groups, chains, outbox, conversations } = messenger;
  const { conversation, envelope } = sealing;
  const { device } = profile.own;
  for (;;) {
    const group = await groups.load(conversation);
    if (group === undefined) {
      throw new Bug(`Cannot seal: conversation ${conversation} has no group`);
    }
    const fields = chainFields(
      envelope,
      chains.last(conversation, device),
      conversations.find(conversation)?.restarted === true,
    );
    const payload = sealing.payload(fields);
    const { next, message, epoch } = await sealMessage(group.state, payload);
    const prepared = await groups.prepare(next, {
      conversation,
      pending: group.pending,
      refreshedMs: group.refreshedMs,
      sentSince: group.sentSince + 1,
    });
    const sealed = await profile.vault.seal("outbox", envelope, payload);
    const hash = await hashPayload(payload);
    const result = profile.database.transaction(() => {
      if (!sealing.isDue()) return "not due";
      if (!groups.replace(prepared, group.version)) return "lost";
      sealing.commit({ epoch });
      conversations.clearRestarted(conversation);
      chains.advance(conversation, device, { number: fields.number, hash });
      outbox.push({
        conversation,
        envelope,
        kind: "message",
        epoch,
        fields: {},
        body: message,
        sealed,
      });
      return "sealed";
    });
    if (result !== "lost") return result === "sealed";
  }
}
