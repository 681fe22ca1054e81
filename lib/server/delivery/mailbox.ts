/** The devices that are connected now, and what is brought to them. */

import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import type { ConversationId, DeviceId } from "../../base/ids.ts";
import { logger } from "../../base/log.ts";
import type { Envelope, Member, MessageLog } from "../../relay/message_log.ts";
import { EnvelopeRun } from "../../relay/envelope_run.ts";
import { GatheredEnvelopes, type StoredEnvelopes } from "../../relay/gathered_envelopes.ts";
import { Subscription, type SubscriptionParts } from "../../relay/subscription.ts";
import { ArrivalOrder } from "./arrival_order.ts";
import type { Session } from "../sessions/session.ts";
import type { Store } from "../store/store.ts";

const log = logger("server", "mailbox");

/** All that are connected at once, every few seconds, would keep the database busy for nothing. */
const REPAIR_TURNS = 12;

/** Of one statement: some milliseconds of the database. */
const REPAIRED_AT_ONCE = 500;

type MailboxStore = MessageLog & Pick<Store, "filterWaiting">;

/** The subscriptions of all devices that are connected now. */
export class Mailboxes {
  readonly lists = new DeliveryLists();
  readonly acknowledgements: Acknowledgements;
  readonly #store: MailboxStore;
  readonly #parts: SubscriptionParts;
  readonly #subscriptions = new Map<DeviceId, Subscription>();
  /** Whose turn it is to read the store. */
  #turn = this.#subscriptions.keys();
  /** The store could not be asked in the last repair. */
  #hasFailed = false;
  readonly #order: ArrivalOrder;
  /** A hundred devices get what is stored in a turn as one write each. */
  readonly #arrivals = new GatheredEnvelopes((stored) => this.#handOut(stored));
  #messages = 0;
  #acknowledged = 0;

  /** `isAlone`: no other node stores envelopes, so each is heard of here, in order. */
  constructor(store: MailboxStore, clock: Clock, { isAlone }: { readonly isAlone: boolean }) {
    this.#store = store;
    this.#order = new ArrivalOrder({
      clock,
      isAlone,
      onNext: (envelope, recipients) => this.#arrivals.add(envelope, recipients),
      onMissed: (recipients) => this.catchUp(recipients),
    });
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
   * Tells the connected ones of `recipients` about a stored envelope at the end of this turn; its own sender may be among them
   * and is left out. It may come twice, before what was stored earlier, or without that: then they read the store, which alone
   * knows the order (SR-24).
   */
  deliver(envelope: Envelope, recipients: readonly Member[]): void {
    if (this.#order.hear(envelope, recipients) && envelope.type === "message") this.#messages++;
  }

  /** Has the connected ones read the store for what waits for them. */
  catchUp(recipients: readonly Member[]): void {
    for (const { device } of recipients) this.#subscriptions.get(device)?.catchUp();
  }

  /** The same for every device that is connected and has something to read: this node may not have heard of it. Never rejects. */
  async repair(): Promise<void> {
    this.#hasFailed = false;
    await this.#repair([...this.#subscriptions.keys()]);
  }

  /** The same for the next ones in turn: within `REPAIR_TURNS` calls for each. */
  async repairNext(): Promise<void> {
    // What was missed then is missed still.
    if (this.#hasFailed) return await this.repair();
    const devices: DeviceId[] = [];
    for (let left = Math.ceil(this.#subscriptions.size / REPAIR_TURNS); left > 0; left--) {
      let next = this.#turn.next();
      if (next.done === true) {
        this.#turn = this.#subscriptions.keys();
        next = this.#turn.next();
      }
      if (next.value !== undefined) devices.push(next.value);
    }
    await this.#repair(devices);
  }

  async #repair(devices: readonly DeviceId[]): Promise<void> {
    try {
      for (let from = 0; from < devices.length; from += REPAIRED_AT_ONCE) {
        const some = devices.slice(from, from + REPAIRED_AT_ONCE);
        for (const device of await this.#store.filterWaiting(some)) {
          this.#subscriptions.get(device)?.catchUp();
        }
      }
    } catch (error) {
      this.#hasFailed = true;
      log.warn("repair failed", { reason: describeError(error) });
    }
  }

  /** After the sessions have ended. */
  close(): void {
    this.#order.close();
  }

  #handOut({ envelopes, recipients }: StoredEnvelopes): void {
    let run: EnvelopeRun | undefined;
    const own = indexesBySender(envelopes);
    for (const { device } of recipients) {
      const subscription = this.#subscriptions.get(device);
      if (subscription === undefined) continue;
      run ??= new EnvelopeRun(envelopes);
      // Between what it has said itself.
      let from = 0;
      for (const index of own.get(device) ?? []) {
        if (index > from) subscription.offer(run, from, index);
        from = index + 1;
      }
      if (from < run.count) subscription.offer(run, from);
    }
    run?.release();
  }
}

/** Which of the envelopes each device has said, in order. */
function indexesBySender(envelopes: readonly Envelope[]): ReadonlyMap<DeviceId, readonly number[]> {
  const indexes = new Map<DeviceId, number[]>();
  for (const [index, { device }] of envelopes.entries()) {
    const own = indexes.get(device);
    if (own === undefined) indexes.set(device, [index]);
    else own.push(index);
  }
  return indexes;
}

// Who gets what is said in a conversation, as the store told last. The store decides for each message which version of its
// list holds; this only spares it from telling the same list with each.

/** The devices of a conversation, and the version of that list. */
interface DeliveryList {
  readonly version: number;
  readonly members: readonly Member[];
}

/** Members of all lists together: about 10 MB. */
const MAX_MEMBERS = 50_000;

/** Keeps the lists that were used last. */
class DeliveryLists {
  readonly #lists = new Map<ConversationId, DeliveryList>();
  #members = 0;

  find(conversation: ConversationId): DeliveryList | undefined {
    return this.#lists.get(conversation);
  }

  /** In place of the one before. The oldest ones go when there are too many. */
  keep(conversation: ConversationId, list: DeliveryList): void {
    this.#drop(conversation);
    this.#lists.set(conversation, list);
    this.#members += list.members.length;
    for (const oldest of this.#lists.keys()) {
      if (this.#members <= MAX_MEMBERS) break;
      this.#drop(oldest);
    }
  }

  #drop(conversation: ConversationId): void {
    this.#members -= this.#lists.get(conversation)?.members.length ?? 0;
    this.#lists.delete(conversation);
  }
}

// What devices have acknowledged, on its way to the store. In a room of a hundred each message comes back as a hundred
// acknowledgements: those of one device that follow close on each other are stored as one.

/**
 * The first one is stored at once, what follows at most so often. A server that is killed meanwhile sends again what was
 * acknowledged in that time, and the device recognises it (SR-24).
 */
const PAUSE_MS = 100;

/** One device in one conversation: how far it is, and how much of that the store has been told. */
interface Position {
  toldSeq: number;
  seq: number;
}

/** Holds nothing of a device that is quiet. */
export class Acknowledgements {
  readonly #store: MessageLog;
  readonly #clock: Clock;
  readonly #lately = new Map<DeviceId, Map<ConversationId, Position>>();
  #cancel: (() => void) | undefined;

  constructor(store: MessageLog, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** `seq` MUST be one that was sent to the device (SR-53). */
  put(device: DeviceId, conversation: ConversationId, seq: number): void {
    let positions = this.#lately.get(device);
    if (positions === undefined) this.#lately.set(device, positions = new Map());
    const position = positions.get(conversation);
    if (position !== undefined) {
      position.seq = Math.max(position.seq, seq);
      return;
    }
    positions.set(conversation, { toldSeq: seq, seq });
    this.#tell(device, conversation, seq);
    this.#cancel ??= this.#clock.after(PAUSE_MS, () => this.#turn());
  }

  /** Hands the store what it has not been told of a device: before it is asked what waits for it, and when it goes. */
  settle(device: DeviceId): void {
    const positions = this.#lately.get(device);
    if (positions === undefined) return;
    this.#lately.delete(device);
    for (const [conversation, { seq, toldSeq }] of positions) {
      if (seq > toldSeq) this.#tell(device, conversation, seq);
    }
    if (this.#lately.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #turn(): void {
    this.#cancel = undefined;
    for (const [device, positions] of this.#lately) {
      for (const [conversation, position] of positions) {
        if (position.seq === position.toldSeq) positions.delete(conversation);
        else this.#tell(device, conversation, position.toldSeq = position.seq);
      }
      if (positions.size === 0) this.#lately.delete(device);
    }
    if (this.#lately.size > 0) this.#cancel = this.#clock.after(PAUSE_MS, () => this.#turn());
  }

  #tell(device: DeviceId, conversation: ConversationId, seq: number): void {
    this.#store.acknowledge({ device, conversation, seq }).catch((error) =>
      // The device sends nothing again: what it has acknowledged stays in the store and is sent once more later, where the
      // device recognises it (SR-24).
      log.error("acknowledgement lost", { reason: describeError(error) })
    );
  }
}
