/** The devices that are connected now, and what is brought to them. */

import type { Bytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { DeviceId } from "../base/ids.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { DeliveryLists } from "./delivery_lists.ts";
import type { Envelope } from "./conversation_store.ts";
import type { Store } from "./store.ts";
import type { Member } from "./submission.ts";
import { encodeEnvelope, type Subscription } from "./subscription.ts";

/** The subscriptions of all devices that are connected now. */
export class Mailboxes {
  readonly lists = new DeliveryLists();
  readonly acknowledgements: Acknowledgements;
  readonly #subscriptions = new Map<DeviceId, Subscription>();

  constructor(store: Store, clock: Clock) {
    this.acknowledgements = new Acknowledgements(store, clock);
  }

  /** The newest connection of a device takes over; the one before gets nothing more. */
  subscribe(subscription: Subscription): void {
    this.#subscriptions.get(subscription.device)?.close();
    this.#subscriptions.set(subscription.device, subscription);
  }

  unsubscribe(subscription: Subscription): void {
    subscription.close();
    this.acknowledgements.settle(subscription.device);
    if (this.#subscriptions.get(subscription.device) === subscription) {
      this.#subscriptions.delete(subscription.device);
    }
  }

  /** Tells the connected ones of `recipients` about a stored envelope; its own sender may be among them and is left out. */
  deliver(envelope: Envelope, recipients: readonly Member[]): void {
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
