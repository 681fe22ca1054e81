/** The devices that are connected now, and what is brought to them. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { DeliveryLists } from "./delivery_lists.ts";
import type { Envelope, Member, MessageLog } from "../../relay/message_log.ts";
import type { Session } from "../sessions/session.ts";
import { encodeEnvelope, Subscription, type SubscriptionParts } from "../../relay/subscription.ts";

const log = logger("server", "mailbox");

/** Conversations of which the last envelope is remembered, those that were quiet for longest forgotten first: some 5 MB. */
const MAX_HEARD = 50_000;

/** The subscriptions of all devices that are connected now. */
export class Mailboxes {
  readonly lists = new DeliveryLists();
  readonly acknowledgements: Acknowledgements;
  readonly #parts: SubscriptionParts;
  readonly #subscriptions = new Map<DeviceId, Subscription>();
  /** By conversation: the highest envelope that this node has heard of. */
  readonly #heard = new Map<ConversationId, number>();
  #messages = 0;
  #acknowledged = 0;

  constructor(store: MessageLog, clock: Clock) {
    this.acknowledgements = new Acknowledgements(store, clock);
    this.#parts = {
      log: store,
      clock,
      acknowledgements: this.acknowledgements,
      onFailure: (error) => log.error("delivery failed", { reason: describeError(error) }),
    };
  }

  /** Brings a session what waits for its device. The newest connection of a device takes over; the one before gets nothing more. */
  subscribe(session: Session, device: DeviceId): void {
    this.unsubscribe(session);
    this.#subscriptions.get(device)?.close();
    const subscription = session.attach(new Subscription(session.connection, device, this.#parts));
    this.#subscriptions.set(device, subscription);
    subscription.start();
  }

  /** One that has none is fine. */
  unsubscribe(session: Session): void {
    const subscription = session.attached(Subscription);
    if (subscription === undefined) return;
    session.detach(Subscription);
    subscription.close();
    this.acknowledgements.settle(subscription.device);
    if (this.#subscriptions.get(subscription.device) === subscription) {
      this.#subscriptions.delete(subscription.device);
    }
  }

  /** Messages that were stored since the start. */
  get messages(): number {
    return this.#messages;
  }

  /** Envelopes, to each device, that it has acknowledged since the start. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Takes what a device says that it has stored, as far as it was sent to it. */
  acknowledge(session: Session, conversation: ConversationId, seq: number): void {
    this.#acknowledged += session.attached(Subscription)?.acknowledge(conversation, seq) ?? 0;
  }

  /**
   * Tells the connected ones of `recipients` about a stored envelope; its own sender may be among them and is left out. It may
   * come twice, or after what was stored later: then they read the store, which alone knows the order (SR-24).
   */
  deliver(envelope: Envelope, recipients: readonly Member[]): void {
    const heard = this.#hear(envelope);
    if (heard === "again") return;
    if (envelope.type === "message") this.#messages++;
    let packet: Bytes | undefined;
    for (const { device } of recipients) {
      if (device === envelope.device) continue;
      const subscription = this.#subscriptions.get(device);
      if (subscription === undefined) continue;
      if (heard === "out-of-order") {
        subscription.catchUp();
        continue;
      }
      packet ??= encodeEnvelope(envelope);
      subscription.offer(envelope, packet);
    }
  }

  #hear({ conversation, seq }: Envelope): "next" | "again" | "out-of-order" {
    const last = this.#heard.get(conversation);
    if (seq === last) return "again";
    if (last === undefined || seq > last) {
      this.#heard.delete(conversation);
      this.#heard.set(conversation, seq);
      const [quietest] = this.#heard.size > MAX_HEARD ? this.#heard.keys() : [];
      if (quietest !== undefined) this.#heard.delete(quietest);
    }
    // Of one that was quiet for long it is taken for the next: the store of a node tells what it appended in order.
    return last === undefined || seq === last + 1 ? "next" : "out-of-order";
  }
}
