/**
 * How much of a live stream may be on its way over one connection: as little as a message needs to pass in time on a slow
 * line, as much as a fast line holds (docs/protocol.md, "Flow control"). Both legs, to the server and from it, use it. Pure.
 */

/** What fits a line of this goodput, in bytes. */
export type CreditRule = (goodputBytesPerSecond: number) => number;

/** Goodput is measured over at least this time. */
const SAMPLE_MS = 100;
/** How fast the average follows. */
const WEIGHT = 0.3;

/** One direction of one stream over one connection. */
export class LiveWindow {
  readonly #credit: CreditRule;
  #sentBytes = 0;
  #takenBytes = 0;
  #goodput = 0;
  #sampleFromMs: number | undefined;
  #sampleFromBytes = 0;

  constructor(credit: CreditRule) {
    this.#credit = credit;
  }

  /** Sent, and not yet said to have arrived. */
  get inFlightBytes(): number {
    return this.#sentBytes - this.#takenBytes;
  }

  /** Bytes per second, as it was measured; 0 before. */
  get goodput(): number {
    return this.#goodput;
  }

  /** Whether so many bytes may leave now. Something always may when nothing is on its way, or all would stop for ever. */
  covers(sizeBytes: number): boolean {
    return this.inFlightBytes === 0 ||
      this.inFlightBytes + sizeBytes <= this.#credit(this.#goodput);
  }

  sent(sizeBytes: number, nowMs: number): void {
    // A pause of the sender is not the line's slowness.
    if (this.inFlightBytes === 0) {
      this.#sampleFromMs = nowMs;
      this.#sampleFromBytes = this.#takenBytes;
    }
    this.#sentBytes += sizeBytes;
  }

  /** The other side has so many bytes in all. It never goes back, and never beyond what was sent. */
  taken(totalBytes: number, nowMs: number): void {
    this.#takenBytes = Math.max(this.#takenBytes, Math.min(totalBytes, this.#sentBytes));
    if (this.#sampleFromMs === undefined) return;
    const sampleMs = nowMs - this.#sampleFromMs;
    if (sampleMs < SAMPLE_MS) return;
    const rate = (this.#takenBytes - this.#sampleFromBytes) / sampleMs * 1000;
    this.#goodput += (this.#goodput === 0 ? 1 : WEIGHT) * (rate - this.#goodput);
    this.#sampleFromMs = nowMs;
    this.#sampleFromBytes = this.#takenBytes;
  }
}
