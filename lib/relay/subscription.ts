/**
 * Brings envelopes to one device: what waits in the log first, then what arrives, in the order of each conversation.
 * At most a window is on the way unacknowledged, so a device that does not keep up is fed from the log again.
 */

import type { Bytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { ConversationId, DeviceId } from "../base/ids.ts";
import { OUTBOX_HARD_BYTES, OUTBOX_SOFT_BYTES } from "../protocol/limits.ts";
import { encodePacket } from "../protocol/packet.ts";
import { EnvelopeRun } from "./envelope_run.ts";
import { HeldRuns } from "./held_runs.ts";
import type { MessageLog } from "./message_log.ts";

/** Unacknowledged envelopes on the way to one device: half of what the control lane holds. */
const WINDOW_BYTES = 512 * 1024;
const WINDOW_ENVELOPES = 1000;
/** Bytes queued for the connection above which nothing more is pushed: a large envelope must not look like a slow reader. */
const QUEUED_BYTES = OUTBOX_SOFT_BYTES;
/** Envelopes fetched from the log at once. */
const PAGE_ENVELOPES = 200;
/** The part of the window on the way below which it is filled again at once. */
const REFILL_BELOW = 0.75;
/** How long a free place in it may wait otherwise: some devices leave a part unacknowledged for long. */
const REFILL_PAUSE_MS = 100;

/** Below how many queued bytes a packet may be pushed: with it, the receiver must not be over the limit of slow ones. */
function roomFor(packetBytes: number): number {
  return Math.max(1, Math.min(QUEUED_BYTES, OUTBOX_HARD_BYTES - packetBytes));
}

/** The connection of one device. */
export interface EnvelopeConnection {
  /** Queued, and not yet on its way. */
  readonly controlBytes: number;
  /** Resolves once less than `belowBytes` are queued, or it is closed. */
  whenBelow(lane: "control", belowBytes: number): Promise<void>;
  /** Never waits. */
  send(packet: Bytes, lane: "control"): boolean;
  close(why: string): unknown;
}

/** Where envelopes come from, and what was acknowledged goes. */
export interface SubscriptionParts {
  readonly log: Pick<MessageLog, "listWaiting" | "fetch">;
  readonly clock: Clock;
  readonly acknowledgements: {
    /** `seq` is one that was sent to the device (SR-53). */
    put(device: DeviceId, conversation: ConversationId, seq: number): void;
  };
  /** The log could not be read; the connection is closed behind it. */
  readonly onFailure: (error: unknown) => void;
}

/** The subscribed connection of one device. */
export class Subscription {
  readonly device: DeviceId;
  readonly #connection: EnvelopeConnection;
  readonly #parts: SubscriptionParts;
  readonly #onTheWay = new Map<ConversationId, OnTheWay>();
  #cancelRefill: (() => void) | undefined;
  #envelopesOnTheWay = 0;
  #bytesOnTheWay = 0;
  /** Whether the device is to hear that it has everything: it has asked, or was sent something that waited. */
  #saysCaughtUp = true;
  /**
   * `live`: everything that waited is sent, so an arriving envelope is pushed at once. `filling`: the log is being read, and
   * what arrives is held until that is done; `again` when it has to be read once more, because more arrived than is held, or
   * it may hold something of which nothing was heard. `stalled`: the window is full.
   */
  #state: "live" | "filling" | "again" | "stalled" | "closed" = "filling";
  readonly #held = new HeldRuns({ envelopes: WINDOW_ENVELOPES, bytes: WINDOW_BYTES });

  constructor(connection: EnvelopeConnection, device: DeviceId, parts: SubscriptionParts) {
    this.#connection = connection;
    this.device = device;
    this.#parts = parts;
  }

  /** Starts to send what waits. Ends by itself; a failure closes the connection. */
  start(): void {
    this.#fill().catch((error) => {
      if (this.#state === "closed") return;
      this.#parts.onFailure(error);
      this.#connection.close("internal");
    });
  }

  /** Envelopes were stored that this device should get: those of the run from `from` to before `to`. */
  offer(run: EnvelopeRun, from = 0, to = run.count): void {
    if (this.#state === "live") this.#push(run, from, to);
    else if (this.#state === "filling" && !this.#held.hold(run, from, to)) this.#readAgain();
  }

  /** Envelopes may have been stored of which this node heard out of order, or not at all: reads them from the log. */
  catchUp(): void {
    if (this.#state === "filling") this.#readAgain();
    else if (this.#state === "live") {
      this.#state = "filling";
      this.start();
    }
  }

  /** When the log is read to its end, it begins anew: what is held is there, too. */
  #readAgain(): void {
    this.#state = "again";
    this.#held.clear();
  }

  /** What arrives from now on is not held, so what was held before is no end of what has to be read. */
  #stall(): void {
    this.#state = "stalled";
    this.#held.clear();
  }

  /** Sends as many as there is room for. `packets` are those of `from` to before `to` of a run that may be released. */
  #push(run: EnvelopeRun, from: number, to: number, packets?: Bytes): void {
    const first = run.findAfter(this.#onTheWayOf(run.conversation).sentSeq, from, to);
    const end = first + this.#countFitting(run, first, to);
    this.#send(run, first, end, packets?.subarray(run.sizeOf(from, first), run.sizeOf(from, end)));
    if (end === to) return;
    if (this.#connection.controlBytes >= roomFor(run.sizeOf(end, end + 1))) {
      // The log's reader waits for the connection; here nobody may.
      this.#state = "filling";
      this.start();
    } else this.#stall();
  }

  /** Takes an acknowledgement, as far as it is one of what was sent. Returns of how many envelopes. */
  acknowledge(conversation: ConversationId, seq: number): number {
    const onTheWay = this.#onTheWay.get(conversation);
    if (onTheWay === undefined) return 0;
    const known = Math.min(seq, onTheWay.sentSeq);
    if (known <= onTheWay.acknowledgedSeq) return 0;
    const { envelopes, bytes } = onTheWay.acknowledge(known);
    this.#envelopesOnTheWay -= envelopes;
    this.#bytesOnTheWay -= bytes;
    this.#parts.acknowledgements.put(this.device, conversation, known);
    if (this.#state === "stalled") this.#goOn();
    return envelopes;
  }

  close(): void {
    this.#state = "closed";
    this.#held.clear();
    this.#cancelRefill?.();
  }

  /**
   * Fills the window again: at once when much of it is free, else after a moment. Two calls of the log for each
   * acknowledgement would keep it from everybody else, and whoever was behind once would never catch up.
   */
  #goOn(): void {
    if (
      this.#envelopesOnTheWay > REFILL_BELOW * WINDOW_ENVELOPES ||
      this.#bytesOnTheWay > REFILL_BELOW * WINDOW_BYTES
    ) {
      this.#cancelRefill ??= this.#parts.clock.after(REFILL_PAUSE_MS, () => this.#refill());
    } else this.#refill();
  }

  #refill(): void {
    this.#cancelRefill?.();
    this.#cancelRefill = undefined;
    if (this.#state !== "stalled") return;
    this.#state = "filling";
    this.start();
  }

  /** How many envelopes of the run the connection and the window take; alone the window takes any. */
  #countFitting(run: EnvelopeRun, from: number, to: number): number {
    const queuedBytes = this.#connection.controlBytes;
    const allBytes = run.sizeOf(from, to);
    if (
      queuedBytes + allBytes < roomFor(allBytes) &&
      this.#bytesOnTheWay + allBytes <= WINDOW_BYTES &&
      this.#envelopesOnTheWay + to - from <= WINDOW_ENVELOPES
    ) return to - from;
    let at = from;
    while (at < to) {
      const beforeBytes = run.sizeOf(from, at);
      const sizeBytes = run.sizeOf(at, at + 1);
      if (queuedBytes + beforeBytes >= roomFor(sizeBytes)) break;
      if (!this.#hasRoomFor(sizeBytes, { envelopes: at - from, bytes: beforeBytes })) break;
      at++;
    }
    return at - from;
  }

  /** Whether the window takes a packet behind others that are not sent yet. */
  #hasRoomFor(sizeBytes: number, before: Arrived = NONE): boolean {
    const envelopes = this.#envelopesOnTheWay + before.envelopes;
    return envelopes === 0 || envelopes < WINDOW_ENVELOPES &&
        this.#bytesOnTheWay + before.bytes + sizeBytes <= WINDOW_BYTES;
  }

  #onTheWayOf(conversation: ConversationId): OnTheWay {
    let onTheWay = this.#onTheWay.get(conversation);
    if (onTheWay === undefined) {
      onTheWay = new OnTheWay();
      this.#onTheWay.set(conversation, onTheWay);
    }
    return onTheWay;
  }

  /** What was sent before MUST NOT be among them. */
  #send(run: EnvelopeRun, from: number, to: number, packets?: Bytes): void {
    if (from === to) return;
    this.#onTheWayOf(run.conversation).send(run, from, to);
    this.#envelopesOnTheWay += to - from;
    this.#bytesOnTheWay += run.sizeOf(from, to);
    if (this.#state !== "live") this.#saysCaughtUp = true;
    this.#connection.send(packets ?? run.packets(from, to), "control");
  }

  async #fill(): Promise<void> {
    for (;;) {
      for (const waiting of await this.#parts.log.listWaiting(this.device)) {
        const done = await this.#fillConversation(waiting.conversation, waiting.afterSeq);
        if (!done) return;
      }
      // Read and written without an await in between: `offer` cannot come in the middle.
      if (this.#state === "closed") return;
      if (this.#state === "filling") return this.#goLive();
      this.#state = "filling";
    }
  }

  /** The log is read to its end. What is held follows; where that is too much, the log is read again once there is room. */
  #goLive(): void {
    this.#state = "live";
    const held = this.#held.take();
    for (const { run, from, to, packets } of held) {
      if (!this.#isLive()) return;
      this.#push(run, from, to, packets);
    }
    if (!this.#isLive()) return;
    if (this.#saysCaughtUp) {
      this.#connection.send(encodePacket({ kind: "relay.caught-up" }), "control");
    }
    this.#saysCaughtUp = false;
  }

  #isLive(): boolean {
    return this.#state === "live";
  }

  /** Returns false when delivery has to pause or end. */
  async #fillConversation(conversation: ConversationId, afterSeq: number): Promise<boolean> {
    let position = Math.max(afterSeq, this.#onTheWay.get(conversation)?.sentSeq ?? 0);
    for (;;) {
      const page = await this.#parts.log.fetch({
        device: this.device,
        conversation,
        afterSeq: position,
        // One more than there is room for tells that more is there.
        limit: Math.min(PAGE_ENVELOPES, WINDOW_ENVELOPES - this.#envelopesOnTheWay + 1),
        maxBytes: WINDOW_BYTES,
      });
      for (const envelope of page) {
        const run = new EnvelopeRun([envelope]);
        await this.#connection.whenBelow("control", roomFor(run.sizeOf(0, 1)));
        if (this.#state === "closed") return false;
        if (!this.#hasRoomFor(run.sizeOf(0, 1))) {
          this.#stall();
          return false;
        }
        this.#send(run, run.findAfter(this.#onTheWayOf(conversation).sentSeq, 0, 1), 1);
        run.release();
        position = envelope.seq;
      }
      // Others may write as fast as this reads, without an end: from the first that is held on, nothing needs to be read, and
      // what has to be read again is so from here on, with what arrives held meanwhile.
      const isRead = page.length === 0 || position + 1 >= this.#held.firstSeqOf(conversation);
      if (isRead || this.#state === "again") return true;
    }
  }
}

// What was sent to a device of one conversation and is not acknowledged yet.

/** Taken off the way by an acknowledgement. */
interface Arrived {
  readonly envelopes: number;
  readonly bytes: number;
}

const NONE: Arrived = { envelopes: 0, bytes: 0 };

/** What is left of what was sent together. */
interface Sent {
  readonly run: EnvelopeRun;
  from: number;
  readonly to: number;
}

/** Arrived entries at the front before they are cut off: moving the rest costs more than keeping a few. */
const CUT_AFTER = 256;

/** What was sent, in order. One for each device and conversation: it allocates nothing for an envelope of many. */
class OnTheWay {
  /** Highest `seq` sent: an acknowledgement never goes beyond (SR-53). */
  sentSeq = 0;
  /** Highest `seq` acknowledged on this connection. */
  acknowledgedSeq = 0;
  #sent: Sent[] = [];
  #front = 0;

  /** Each `seq` of them MUST be higher than every one before. */
  send(run: EnvelopeRun, from: number, to: number): void {
    this.sentSeq = run.seqAt(to - 1);
    this.#sent.push({ run, from, to });
  }

  /** Takes off everything up to `seq`, which is one of what was sent. */
  acknowledge(seq: number): Arrived {
    this.acknowledgedSeq = seq;
    let [envelopes, bytes] = [0, 0];
    while (this.#front < this.#sent.length) {
      const sent = this.#sent[this.#front];
      const { run, from, to } = sent;
      const end = run.findAfter(seq, from, to);
      envelopes += end - from;
      bytes += run.sizeOf(from, end);
      sent.from = end;
      if (end < to) break;
      this.#front++;
    }
    if (this.#front >= CUT_AFTER || this.#front === this.#sent.length) {
      this.#sent = this.#sent.slice(this.#front);
      this.#front = 0;
    }
    return { envelopes, bytes };
  }
}
