/** Reads a terminal's input: keys in a queue for whoever asks, replies to whoever listens. */

import type { Clock } from "../../base/clock.ts";
import { TerminalError } from "../../base/errors.ts";
import { InputParser } from "./input.ts";
import type { Key } from "./key.ts";
import type { Reply, ReplySource } from "./reply.ts";

/** A file that gives bytes, as `Deno.stdin` does. Null at the end. */
export interface ByteSource {
  read(buffer: Uint8Array): Promise<number | null>;
}

/** A terminal sends a sequence in one go; what is longer apart is a key of its own. Also over most SSH links. */
const ESCAPE_DELAY_MS = 50;
/** After that a cut-off sequence is given up, so that it does not eat what is typed next. */
const ABANDON_DELAY_MS = 1_000;
const BUFFER_BYTES = 16_384;
/** Keys nobody takes, e.g. while a command runs. More are dropped: nobody types that far ahead. */
const MAX_KEYS = 4_096;

/**
 * Reads only while somebody waits in `next`: when nobody does, what is typed stays with the terminal, for the next program. At most
 * one read is under way; when its waiter goes, its bytes are kept for the next. So replies arrive only while somebody calls
 * `next`. Does not own the source.
 */
export class InputReader implements ReplySource {
  readonly #source: ByteSource;
  readonly #clock: Clock;
  readonly #keys: Key[] = [];
  readonly #listeners = new Set<(reply: Reply) => void>();
  readonly #parser = new InputParser({
    key: (key) => {
      if (this.#keys.length < MAX_KEYS) this.#keys.push(key);
    },
    reply: (reply) => {
      for (const listener of [...this.#listeners]) listener(reply);
    },
  });
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #reading: Promise<void> | undefined;
  #ended: { readonly error?: unknown } | undefined;

  constructor(source: ByteSource, options: { clock: Clock }) {
    this.#source = source;
    this.#clock = options.clock;
  }

  onReply(listener: (reply: Reply) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The next key, or undefined when the input has ended. Rejects with the signal's reason when aborted, and with
   * `TerminalError` when the input broke. One caller at a time.
   */
  async next(options: { signal?: AbortSignal } = {}): Promise<Key | undefined> {
    const { signal } = options;
    while (true) {
      signal?.throwIfAborted();
      const key = this.#keys.shift();
      if (key !== undefined) return key;
      if (this.#ended !== undefined) {
        if ("error" in this.#ended) throw this.#ended.error;
        return undefined;
      }
      await this.#more(signal);
    }
  }

  /**
   * Reads on until a reply for which `isLast` holds has come; the keys stay for `next`. Resolves with false when the input ended
   * first. Rejects as `next` does. Not beside `next`.
   */
  async readReplies(
    isLast: (reply: Reply) => boolean,
    options: { signal?: AbortSignal } = {},
  ): Promise<boolean> {
    let seen = false;
    const stop = this.onReply((reply) => seen ||= isLast(reply));
    try {
      while (!seen && this.#ended === undefined) {
        options.signal?.throwIfAborted();
        await this.#more(options.signal);
      }
      return seen;
    } finally {
      stop();
    }
  }

  /** Waits for bytes, for the end of a pause that means something, or for the signal. */
  async #more(signal: AbortSignal | undefined): Promise<void> {
    this.#reading ??= this.#read();
    const woken = Promise.withResolvers<void>();
    const wake = () => woken.resolve();
    const cancels: (() => void)[] = [];
    if (this.#parser.pending) {
      cancels.push(this.#clock.after(ESCAPE_DELAY_MS, () => {
        this.#parser.flush();
        if (this.#keys.length > 0) wake();
      }));
      cancels.push(this.#clock.after(ABANDON_DELAY_MS, () => {
        this.#parser.abandon();
        wake();
      }));
    }
    signal?.addEventListener("abort", wake, { once: true });
    try {
      await Promise.race([this.#reading, woken.promise]);
    } finally {
      for (const cancel of cancels) cancel();
      signal?.removeEventListener("abort", wake);
    }
  }

  async #read(): Promise<void> {
    try {
      const count = await this.#source.read(this.#buffer);
      if (count === null) {
        this.#parser.abandon();
        this.#ended = {};
      } else this.#parser.feed(this.#buffer.subarray(0, count));
    } catch (error) {
      this.#ended = {
        error: new TerminalError("input-lost", "Cannot read from the terminal: its input broke", {
          cause: error,
        }),
      };
    } finally {
      this.#reading = undefined;
    }
  }
}
