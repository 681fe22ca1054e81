/** An async queue between tasks of one process: many may push, one iterates. */

import { Bug } from "./errors.ts";

/**
 * Ends when closed and drained. `push` never waits: the bound is the caller's business (an outbox counts bytes, a mailbox
 * has credits), because only the caller knows what may be dropped.
 */
export class Channel<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #wake: (() => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  get size(): number {
    return this.#items.length;
  }

  get closed(): boolean {
    return this.#end !== undefined;
  }

  /** Returns false when the channel is closed and the item was not taken. */
  push(item: T): boolean {
    if (this.#end !== undefined) return false;
    this.#items.push(item);
    this.#wake?.();
    return true;
  }

  /** Ends the iteration after what was pushed before; with `error`, by throwing it. Closing twice is fine. */
  close(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  /**
   * The next item, or undefined at the end. Rejects with the signal's reason when aborted while waiting. A second one
   * that waits at the same time is a `Bug`: it would take the other's wake-up.
   */
  async next(options: { signal?: AbortSignal } = {}): Promise<T | undefined> {
    const { signal } = options;
    while (this.#items.length === 0) {
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return undefined;
      }
      signal?.throwIfAborted();
      if (this.#wake !== undefined) {
        throw new Bug("Cannot wait for the next item: another task does");
      }
      await new Promise<void>((resolve) => {
        const done = () => {
          signal?.removeEventListener("abort", done);
          this.#wake = undefined;
          resolve();
        };
        this.#wake = done;
        signal?.addEventListener("abort", done, { once: true });
      });
    }
    return this.#items.shift();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (let item = await this.next(); item !== undefined; item = await this.next()) yield item;
  }
}
