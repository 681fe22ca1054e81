/** Who submits something to the store, and under which numbers: shared by the store's parts. */

import type { AccountId, ConversationId, DeviceId, EnvelopeId } from "../../base/ids.ts";

/** A device on the delivery list of a conversation, or one that asks or is named for it. */
export interface Member {
  readonly account: AccountId;
  readonly device: DeviceId;
}

/**
 * What every write by a device carries: the ground of idempotent resending (SR-20, SR-23). Refused with `device-refused`
 * when the device was removed.
 */
export interface Submission {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly device: DeviceId;
  /** New in the conversation, else `bad-message`. */
  readonly envelope: EnvelopeId;
  /**
   * The device's outbox number. What was stored under (device, number) is stored once: for 30 days the same again is `known`
   * and gives the first answer again, whatever else it carries now. Nobody is to be told: the mailboxes have it. With another envelope, kind of call or
   * conversation it is refused with `bad-message`: the device's profile is a copy. A submission that was not stored is not
   * remembered; the same again is judged again.
   */
  readonly number: number;
  readonly epoch: number;
  readonly nowMs: number;
}
