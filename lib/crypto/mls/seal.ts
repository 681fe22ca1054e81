/** Seals application messages (RFC 9420 §15). */

import { createApplicationMessage } from "ts-mls";
import type { Bytes } from "../../base/bytes.ts";
import { Bug, UsageError } from "../../base/errors.ts";
import type { GroupState } from "./group_state.ts";
import { encodeMessage } from "./messages.ts";
import { suiteOf } from "./suite.ts";

/** A sealed message and the state after it. */
export interface SealedMessage {
  /** MUST be stored before `message` leaves (SR-20). */
  readonly next: GroupState;
  readonly message: Bytes;
  readonly epoch: number;
  /** Counts this leaf's messages of the epoch; (epoch, generation) never comes twice (SR-22). */
  readonly generation: number;
}

/** Throws UsageError when this device was removed from the group. */
export async function sealMessage(state: GroupState, payload: Bytes): Promise<SealedMessage> {
  if (!state.isActive) {
    throw new UsageError("removed", "Cannot seal message: this device was removed from the group");
  }
  const mls = state.use();
  const generation = mls.secretTree[2 * state.ownLeafIndex]?.application.generation;
  if (generation === undefined) throw new Bug("Cannot seal message: own leaf has no key");
  const sealed = await createApplicationMessage(mls, payload, await suiteOf(state.suite));
  return {
    next: state.advance(sealed.newState, sealed.consumed),
    message: encodeMessage({
      wireformat: "mls_private_message",
      privateMessage: sealed.privateMessage,
    }),
    epoch: state.epoch,
    generation,
  };
}
