/**
 * Seals payloads for a conversation. One transaction writes the new ratchet state, the bytes to send, and what belongs to
 * it; a process that loses the race against another throws its ciphertext away unsent and starts from the new state
 * (SR-20, SR-22).
 */

import type { Bytes } from "../../base/bytes.ts";
import { type ConversationId, type EnvelopeId, newEnvelopeId } from "../../base/ids.ts";
import { sealMessage } from "../../crypto/mls/seal.ts";
import { encodePacket } from "../../protocol/packet.ts";
import { type ChainFields, chainFields, type ChainLink, hashPayload } from "../store/chain.ts";
import { Chains } from "../store/chains.ts";
import { sealPayload } from "../store/drafts.ts";
import type { Messenger } from "../store/messenger.ts";
import { isHeldByRemoved } from "../groups/agreed_removals.ts";

/** What to seal, and what belongs into the same transaction. */
export interface Sealing {
  readonly envelope: EnvelopeId;
  /** Something said, which a room numbers. */
  readonly counts?: true;
  /** Makes the payload around the chain's fields. */
  payload(chain: ChainFields): Bytes;
  /** Inside the transaction: whether nobody else has sealed it meanwhile. Writes nothing. */
  isDue(): boolean;
  /** Inside the transaction: writes what belongs to the payload. */
  commit(facts: { epoch: number }): void;
}

/**
 * `not-due`: another process had sealed one of them. `closed`: nothing may be sealed in this conversation any more.
 * `held`: a device that its account removed is in it (SR-12).
 */
export type Sealed = "sealed" | "not-due" | "closed" | "held";

/**
 * Seals payloads in an active conversation, all or none. The first after a loss of state is an empty receipt that says so
 * (SR-23).
 */
export async function seal(
  messenger: Messenger,
  conversation: ConversationId,
  sealings: readonly Sealing[],
): Promise<Sealed> {
  if (messenger.conversations.find(conversation)?.restarted === true) {
    const announced = await sealAll(messenger, conversation, [restart(messenger, conversation)]);
    if (announced === "closed" || announced === "held") return announced;
  }
  return await sealAll(messenger, conversation, sealings);
}

/**
 * What announces a new chain is a payload of its own: a text may be one that the server has already from before the loss,
 * and would refuse.
 */
function restart({ profile, conversations }: Messenger, conversation: ConversationId): Sealing {
  return {
    envelope: newEnvelopeId(profile.random),
    payload: (chain) => encodePacket({ kind: "receipt.delivered", ...chain, items: [] }),
    isDue: () => conversations.find(conversation)?.restarted === true,
    commit: () => conversations.clearRestarted(conversation),
  };
}

async function sealAll(
  messenger: Messenger,
  conversation: ConversationId,
  sealings: readonly Sealing[],
): Promise<Sealed> {
  const { profile, groups, conversations } = messenger;
  for (;;) {
    const group = await groups.load(conversation);
    if (group === undefined || !group.state.isActive) return "closed";
    const { restarted } = conversations.find(conversation) ?? { restarted: false };
    let { state } = group;
    let last = new Chains(profile.database).last(conversation, profile.own.device);
    const payloads: SealedPayload[] = [];
    for (const sealing of sealings) {
      const payload = sealing.payload(chainFields(sealing.envelope, last, restarted));
      const { next, message: body } = await sealMessage(state, payload);
      state = next;
      last = { number: (last?.number ?? 0) + 1, hash: await hashPayload(payload) };
      const sealed = await sealPayload(profile, sealing.envelope, payload);
      payloads.push({ sealing, link: last, body, sealed });
    }
    const sentSince = group.sentSince + payloads.length;
    const prepared = await groups.prepare(state, { ...group, sentSince });
    const result = profile.database.transaction(() => {
      if (!conversations.isIn(conversation, "active")) return "closed";
      if (!sealings.every((sealing) => sealing.isDue())) return "not-due";
      if (isHeldByRemoved(messenger, conversation, state)) return "held";
      if (!groups.replace(prepared, group.version)) return "lost";
      for (const one of payloads) {
        write(messenger, conversation, one, state.epoch);
      }
      return "sealed";
    });
    if (result !== "lost") return result;
  }
}

/** One sealed payload before it is written. */
interface SealedPayload {
  readonly sealing: Sealing;
  readonly link: ChainLink;
  readonly body: Bytes;
  readonly sealed: Bytes;
}

function write(
  { profile, outbox }: Messenger,
  conversation: ConversationId,
  { sealing, link, body, sealed }: SealedPayload,
  epoch: number,
): void {
  sealing.commit({ epoch });
  new Chains(profile.database).advance(conversation, profile.own.device, link);
  const { envelope, counts } = sealing;
  const fields = counts === undefined ? {} : { counts };
  outbox.push({ conversation, envelope, kind: "message", epoch, fields, body, sealed });
}
