/** Where people are signed in, or were within the hour: whatever strangers do there, those come back and must find the door open. */

import type { Clock } from "../base/clock.ts";
import { networkOf } from "./address.ts";

/** Longer than a journey through a tunnel, and than a restart of their machine. */
const REMEMBERED_MS = 3_600_000;
/** Of those who have left. */
const LEFT_MAX = 4096;

/** By sources and by their networks. In memory only. */
export class SignedInSources {
  /** How many are signed in. */
  readonly #here = new Map<string, number>();
  /** When the last of them has left, in that order. */
  readonly #left = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Somebody has signed in. */
  came(source: string): void {
    for (const key of keysOf(source)) this.#here.set(key, (this.#here.get(key) ?? 0) + 1);
  }

  /** One of them has left. */
  left(source: string): void {
    for (const key of keysOf(source)) {
      const rest = (this.#here.get(key) ?? 0) - 1;
      if (rest > 0) {
        this.#here.set(key, rest);
        continue;
      }
      this.#here.delete(key);
      this.#left.delete(key);
      this.#left.set(key, this.clock.monotonicMs());
    }
    this.#forget();
  }

  /** `key`: a source, or a network. */
  has(key: string): boolean {
    if (this.#here.has(key)) return true;
    const leftAtMs = this.#left.get(key);
    return leftAtMs !== undefined && this.clock.monotonicMs() - leftAtMs < REMEMBERED_MS;
  }

  #forget(): void {
    const nowMs = this.clock.monotonicMs();
    for (const [key, leftAtMs] of this.#left) {
      if (this.#left.size <= LEFT_MAX && nowMs - leftAtMs < REMEMBERED_MS) break;
      this.#left.delete(key);
    }
  }
}

function keysOf(source: string): ReadonlySet<string> {
  return new Set([source, networkOf(source)]);
}
