/** Units in parts on their way over one connection: no more of them at once than the line holds, and whole again at its end. */

import type { Bytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { TransportError } from "../../base/errors.ts";
import { Wakeup } from "../../base/wakeup.ts";
import { LiveWindow } from "../../media/live/live_window.ts";
import { bulkCreditBytes, STREAM_PART_MAX_BYTES } from "../../protocol/limits.ts";

/** Where a part belongs. */
export interface PartPlace {
  readonly unit: number;
  /** Of the whole unit. */
  readonly size: number;
  readonly offset: number;
}

/** The connection under a lane. */
export interface LaneLine {
  readonly isOpen: boolean;
  /** Behind everything else. Rejects with TransportError when the connection has ended. */
  part(place: PartPlace, payload: Bytes): Promise<void>;
}

/** For who sends. */
export class UnitLane {
  readonly #line: LaneLine;
  readonly #clock: Clock;
  readonly #window = new LiveWindow(bulkCreditBytes);
  readonly #wakeup = new Wakeup();
  #isClosed = false;

  constructor(line: LaneLine, clock: Clock) {
    this.#line = line;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#line.isOpen;
  }

  /** Bytes per second, as far as the line was filled; 0 before it was measured. */
  get goodput(): number {
    return this.#window.goodput;
  }

  /** So many bytes in all have arrived. */
  taken(totalBytes: number): void {
    this.#window.taken(totalBytes, this.#clock.monotonicMs());
    this.#wakeup.wake();
  }

  /** Nothing more leaves: what waits rejects. Called too when the connection has ended. */
  close(): void {
    this.#isClosed = true;
    this.#wakeup.wake();
  }

  /** Not for two units at once. Rejects with TransportError when the lane has ended, with the signal's reason. */
  async send(unit: number, bytes: Bytes, signal: AbortSignal): Promise<void> {
    for (let offset = 0; offset < bytes.length; offset += STREAM_PART_MAX_BYTES) {
      const payload = bytes.subarray(offset, offset + STREAM_PART_MAX_BYTES);
      while (!this.#window.covers(payload.length)) {
        this.#requireOpen();
        await this.#wakeup.wait(signal);
      }
      signal.throwIfAborted();
      this.#requireOpen();
      this.#window.sent(payload.length, this.#clock.monotonicMs());
      await this.#line.part({ unit, size: bytes.length, offset }, payload);
    }
  }

  #requireOpen(): void {
    if (this.isOpen) return;
    throw new TransportError("offline", "The connection ended");
  }
}

/** For who watches: units whose parts do not fit together are dropped and counted, and what is missing shows in the seal. */
export class UnitJoiner {
  readonly #refused: { malformed: number };
  #partial: { readonly unit: number; readonly bytes: Bytes; filled: number } | undefined;
  #refusedUnit: number | undefined;
  #isLeftOff = false;
  #takenBytes = 0;

  /** Counts there, each unit once. */
  constructor(refused: { malformed: number }) {
    this.#refused = refused;
  }

  /** All payload that came: credit for more. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** The whole unit that this part was the last of. */
  take(
    { unit, size, offset }: PartPlace,
    payload: Bytes,
  ): { readonly unit: number; readonly bytes: Bytes } | undefined {
    this.#takenBytes += payload.length;
    if (offset === 0) {
      if (this.#partial !== undefined) this.#cut(this.#partial.unit);
      this.#partial = { unit, bytes: new Uint8Array(size), filled: 0 };
    }
    const partial = this.#partial;
    const follows = partial?.unit === unit && partial.filled === offset &&
      offset + payload.length <= partial.bytes.length;
    if (!follows) {
      this.#partial = undefined;
      this.#refuse(unit);
      return undefined;
    }
    partial.bytes.set(payload, offset);
    partial.filled += payload.length;
    if (partial.filled < partial.bytes.length) return undefined;
    this.#partial = undefined;
    return { unit, bytes: partial.bytes };
  }

  /** Who stops sending leaves off in the midst of a unit, once, and says after it that it ends: that unit is lost, not malformed. */
  #cut(unit: number): void {
    if (this.#isLeftOff) this.#refuse(unit);
    this.#isLeftOff = true;
  }

  #refuse(unit: number): void {
    if (this.#refusedUnit !== unit) this.#refused.malformed++;
    this.#refusedUnit = unit;
  }
}
