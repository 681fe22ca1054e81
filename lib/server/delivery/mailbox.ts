/** The devices that are connected now, and what is brought to them. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { DeliveryLists } from "./delivery_lists.ts";
import type { Envelope } from "../store/conversation_store.ts";
import type { Session } from "../sessions/session.ts";
import type { Store } from "../store/store.ts";
import type { Member } from "../store/submission.ts";
import { encodeEnvelope, Subscription, type SubscriptionParts } from "./subscription.ts";

/** The subscriptions of all devices that are connected now. */
export class Mailboxes {
  readonly lists = new DeliveryLists();
  readonly acknowledgements: Acknowledgements;
  readonly #parts: SubscriptionParts;
  readonly #subscriptions = new Map<DeviceId, Subscription>();
  #messages = 0;
  #acknowledged = 0;

  constructor(store: Store, clock: Clock) {
    this.acknowledgements = new Acknowledgements(store, clock);
    this.#parts = { store, clock, acknowledgements: this.acknowledgements };
  }

  /** Brings a session what waits for its device. The newest connection of a device takes over; the one before gets nothing more. */
  subscribe(session: Session, device: DeviceId): void {
    this.unsubscribe(session);
    this.#subscriptions.get(device)?.close();
    const subscription = session.attach(new Subscription(session, device, this.#parts));
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

  /** Tells the connected ones of `recipients` about a stored envelope; its own sender may be among them and is left out. */
  deliver(envelope: Envelope, recipients: readonly Member[]): void {
    if (envelope.type === "message") this.#messages++;
    let packet: Bytes | undefined;
    for (const { device } of recipients) {
      if (device === envelope.device) continue;
      const subscription = this.#subscriptions.get(device);
      if (subscription === undefined) continue;
      packet ??= encodeEnvelope(envelope);
      subscription.offer(envelope, packet);
    }
  }
}
