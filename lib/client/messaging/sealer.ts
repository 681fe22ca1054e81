/**
 * Seals payloads for a conversation. One transaction writes the new ratchet state, the bytes to send, and what belongs to
 * it; a process that loses the race against another throws its ciphertext away unsent and starts from the new state
 * (SR-20, SR-22).
 */

import type { Bytes } from "../../base/bytes.ts";
import { type ConversationId, type EnvelopeId, newEnvelopeId } from "../../base/ids.ts";
import { sealMessage } from "../../crypto/mls/seal.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { type ChainFields, chainFields, hashPayload } from "./chain.ts";
import { sealPayload } from "./drafts.ts";
import type { Messenger } from "./messenger.ts";

/** What to seal, and what belongs into the same transaction. */
export interface Sealing {
  readonly conversation: ConversationId;
  readonly envelope: EnvelopeId;
  /** Makes the payload around the chain's fields. */
  payload(chain: ChainFields): Bytes;
  /** Inside the transaction: whether nobody else has sealed it meanwhile. Writes nothing. */
  isDue(): boolean;
  /** Inside the transaction: writes what belongs to the payload. */
  commit(facts: { epoch: number }): void;
}

/** `not-due`: another process had done it. `closed`: nothing may be sealed in this conversation any more. */
export type Sealed = "sealed" | "not-due" | "closed";

/** Seals a payload in an active conversation. The first after a loss of state is an empty receipt that says so (SR-23). */
export async function seal(messenger: Messenger, sealing: Sealing): Promise<Sealed> {
  const { conversation } = sealing;
  if (messenger.conversations.find(conversation)?.restarted === true) {
    const announced = await sealNext(messenger, restart(messenger, conversation));
    if (announced === "closed") return announced;
  }
  return await sealNext(messenger, sealing);
}

/**
 * What announces a new chain is a payload of its own: a text may be one that the server has already from before the loss,
 * and would refuse.
 */
function restart({ profile, conversations }: Messenger, conversation: ConversationId): Sealing {
  return {
    conversation,
    envelope: newEnvelopeId(profile.random),
    payload: (chain) => encodePacket({ kind: "receipt.delivered", ...chain, items: [] }),
    isDue: () => conversations.find(conversation)?.restarted === true,
    commit: () => conversations.clearRestarted(conversation),
  };
}

async function sealNext(messenger: Messenger, sealing: Sealing): Promise<Sealed> {
  const { profile, groups, chains, outbox, conversations } = messenger;
  const { conversation, envelope } = sealing;
  const { device } = profile.own;
  for (;;) {
    const group = await groups.load(conversation);
    if (group === undefined || !group.state.isActive) return "closed";
    const { restarted } = conversations.find(conversation) ?? { restarted: false };
    const fields = chainFields(envelope, chains.last(conversation, device), restarted);
    const payload = sealing.payload(fields);
    const { next, message, epoch } = await sealMessage(group.state, payload);
    const prepared = await groups.prepare(next, { ...group, sentSince: group.sentSince + 1 });
    const sealed = await sealPayload(profile, envelope, payload);
    const hash = await hashPayload(payload);
    const result = profile.database.transaction(() => {
      if (!conversations.isIn(conversation, "active")) return "closed";
      if (!sealing.isDue()) return "not-due";
      if (!groups.replace(prepared, group.version)) return "lost";
      sealing.commit({ epoch });
      chains.advance(conversation, device, { number: fields.number, hash });
      const row = { conversation, envelope, epoch, fields: {}, body: message, sealed };
      outbox.push({ ...row, kind: "message" });
      return "sealed";
    });
    if (result !== "lost") return result;
  }
}
