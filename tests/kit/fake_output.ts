/** A terminal's output that keeps what is written, and answers when the test says so. */

import type { Bytes } from "../../lib/base/bytes.ts";
import { TerminalError } from "../../lib/base/errors.ts";
import type { TerminalOutput } from "../../lib/terminal/output/output.ts";

export class FakeOutput implements TerminalOutput {
  /** In order of writing; pictures are those that wait for an answer. */
  readonly writes: { readonly bytes: Bytes; readonly isPicture: boolean }[] = [];
  #waiting: PromiseWithResolvers<number | undefined>[] = [];
  #arrival = Promise.withResolvers<void>();
  #isBroken = false;

  get pictures(): Bytes[] {
    return this.writes.filter(({ isPicture }) => isPicture).map(({ bytes }) => bytes);
  }

  get unanswered(): number {
    return this.#waiting.length;
  }

  write(bytes: Bytes): Promise<void> {
    if (this.#isBroken) return Promise.reject(new TerminalError("output-lost", "gone"));
    this.#keep(bytes, false);
    return Promise.resolve();
  }

  writeAcknowledged(
    bytes: Bytes,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<number | undefined> {
    if (this.#isBroken) return Promise.reject(new TerminalError("output-lost", "gone"));
    const waiting = Promise.withResolvers<number | undefined>();
    signal?.addEventListener("abort", () => waiting.reject(signal.reason), { once: true });
    this.#waiting.push(waiting);
    this.#keep(bytes, true);
    return waiting.promise;
  }

  /** Answers the oldest picture. */
  answer(roundTripMs: number | undefined): void {
    this.#waiting.shift()?.resolve(roundTripMs);
  }

  /** From now on nothing can be written. */
  break(): void {
    this.#isBroken = true;
  }

  /** Resolves when `count` writes have been made. */
  async untilWrites(count: number): Promise<void> {
    while (this.writes.length < count) await this.#arrival.promise;
  }

  #keep(bytes: Bytes, isPicture: boolean): void {
    // Whoever wrote them may give their memory back.
    this.writes.push({ bytes: bytes.slice(), isPicture });
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }
}
