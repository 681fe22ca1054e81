/** Lines between nodes in one process, that may lose, double, delay and reorder everything that is said. */

import { systemClock } from "../../lib/base/clock.ts";
import type { BusLine } from "../../lib/server/bus/bus_line.ts";

/** Draws a whole number below another. Undefined: everything comes, once, in order. */
type Draw = ((below: number) => number) | undefined;

/** How late words are at most. */
const LATE_MS = 30;

type Hearer = { readonly line: MemoryLine; readonly heard: (bytes: Uint8Array) => void };

/** What several nodes talk over. */
export class LineHub {
  readonly #draw: Draw;
  readonly #hearers = new Map<string, Hearer[]>();
  /** Whoever was told to say that again, and what is still on its way. */
  readonly #late = new Set<() => void>();
  /** Words that were lost, doubled and delayed: a test that meets none shows nothing. */
  readonly faults = { lost: 0, doubled: 0, late: 0 };
  /** Everything that was said, by subject: what a listener on the bus has. */
  readonly said: { subject: string; bytes: Uint8Array }[] = [];

  constructor(draw?: Draw) {
    this.#draw = draw;
  }

  line(maxBytes = 1 << 20): MemoryLine {
    return new MemoryLine(this, maxBytes);
  }

  subscribe(subject: string, hearer: Hearer): void {
    this.#hearers.set(subject, [...this.#hearers.get(subject) ?? [], hearer]);
  }

  /** To everybody but `from`. */
  carry(from: MemoryLine | undefined, subject: string, bytes: Uint8Array): void {
    this.said.push({ subject, bytes });
    for (const { line, heard } of this.#hearers.get(subject) ?? []) {
      if (line === from) continue;
      for (let times = this.#times(); times > 0; times--) {
        this.#after(() => {
          if (line.isUp) heard(bytes);
        });
      }
    }
  }

  /** Nothing comes any more. */
  close(): void {
    for (const cancel of this.#late) cancel();
  }

  #times(): number {
    const drawn = this.#draw?.(10);
    if (drawn === 0 || drawn === 1) {
      this.faults.lost++;
      return 0;
    }
    if (drawn !== 2) return 1;
    this.faults.doubled++;
    return 2;
  }

  #after(run: () => void): void {
    const lateMs = this.#draw?.(LATE_MS) ?? 0;
    if (lateMs === 0) return queueMicrotask(run);
    this.faults.late++;
    const cancel = systemClock.after(lateMs, () => {
      this.#late.delete(cancel);
      run();
    });
    this.#late.add(cancel);
  }
}

/** One end. */
export class MemoryLine implements BusLine {
  readonly #hub: LineHub;
  readonly maxBytes: number;
  isUp = true;
  #returned = () => {};

  constructor(hub: LineHub, maxBytes: number) {
    this.#hub = hub;
    this.maxBytes = maxBytes;
  }

  publish(subject: string, bytes: Uint8Array): void {
    if (this.isUp && bytes.length <= this.maxBytes) this.#hub.carry(this, subject, bytes);
  }

  subscribe(subject: string, heard: (bytes: Uint8Array) => void): void {
    this.#hub.subscribe(subject, { line: this, heard });
  }

  onReturn(run: () => void): void {
    this.#returned = run;
  }

  /** It is cut off, and knows. */
  cut(): void {
    this.isUp = false;
  }

  mend(): void {
    this.isUp = true;
    this.#returned();
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.isUp = false;
  }
}
