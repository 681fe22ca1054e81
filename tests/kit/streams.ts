/** A stream without anything around it: keys of any epoch, and a way that keeps what was sent. */

import type { TransportPause } from "../../lib/client/streams/live_now.ts";
import type { Bytes } from "../../lib/base/bytes.ts";
import type { AccountId, DeviceId, StreamId } from "../../lib/base/ids.ts";
import type {
  MediaPublisher,
  MediaSubscriber,
  TransportEnd,
} from "../../lib/client/streams/live_media.ts";
import { keyIdOf, type StreamKey } from "../../lib/client/streams/stream_keys.ts";
import { fingerprintOf } from "./devices.ts";

export const STREAM = "000102030405060708090a0b0c0d0e0f" as StreamId;
const LEAF = 3;

/** Keys that change with the epoch, as a group's do. */
export class TestKeys {
  now: number | undefined;
  /** How often a key was made. */
  made = 0;

  constructor(epoch = 1) {
    this.now = epoch;
  }

  readonly epoch = (): number | undefined => this.now;

  readonly key = (): Promise<StreamKey | undefined> => {
    this.made++;
    const epoch = this.now;
    if (epoch === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      epoch,
      keyId: keyIdOf(LEAF, epoch),
      baseKey: new Uint8Array(32).fill(epoch),
      member: {
        leafIndex: LEAF,
        accountId: "alice" as AccountId,
        deviceId: "00".repeat(16) as DeviceId,
        certificateHash: fingerprintOf("33"),
        identity: fingerprintOf("44"),
        mlsKey: new Uint8Array(32),
      },
    });
  };
}

/** Keeps what was sent; holds the sender back while it is `full`. */
export class TestPublisher implements MediaPublisher {
  readonly units: Bytes[] = [];
  readonly goodput = 0;
  #isOpen = true;
  #subscribers = 0;
  #gate: PromiseWithResolvers<void> | undefined;
  #onChange: () => void = () => {};
  #onWord: (word: Bytes) => void = () => {};

  get subscribers(): number {
    return this.#subscribers;
  }

  set subscribers(count: number) {
    this.#subscribers = count;
    this.#onChange();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  set isOpen(isOpen: boolean) {
    this.#isOpen = isOpen;
    this.#onChange();
  }

  /** From now on nothing leaves; false lets go. */
  set full(isFull: boolean) {
    if (isFull) this.#gate ??= Promise.withResolvers<void>();
    else {
      this.#gate?.resolve();
      this.#gate = undefined;
    }
  }

  /** A unit waits to leave. */
  isWaiting = false;

  async publish(unit: Bytes, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.isWaiting = true;
    await this.#gate?.promise;
    this.isWaiting = false;
    signal.throwIfAborted();
    this.units.push(unit);
  }

  onFeedback(handler: (word: Bytes) => void): void {
    this.#onWord = handler;
  }

  hear(word: Bytes): void {
    this.#onWord(word);
  }

  onChange(handler: () => void): void {
    this.#onChange = handler;
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }
}

/** Hands on what a test gives it. */
export class TestSubscriber implements MediaSubscriber {
  readonly said: Bytes[] = [];
  readonly refused = { malformed: 0, repeated: 0 };
  isClosed = false;
  unit: (unit: Bytes) => void = () => {};
  end: (end: TransportEnd) => void = () => {};

  onUnit(handler: (unit: Bytes) => void): void {
    this.unit = handler;
  }

  onEnd(handler: (end: TransportEnd) => void): void {
    this.end = handler;
  }

  pause: (pause: TransportPause | undefined) => void = () => {};

  onPause(handler: (pause: TransportPause | undefined) => void): void {
    this.pause = handler;
  }

  feedback(word: Bytes): void {
    this.said.push(word);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}
