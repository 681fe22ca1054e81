/** Bytes of a pipe, a file or a terminal in cooked mode, as lines. */

import { TerminalError } from "../../base/errors.ts";
import type { ByteSource } from "./input_reader.ts";

const BUFFER_BYTES = 16_384;
/** Longer lines come in pieces of that many UTF-16 units: nothing is lost, and no sender fills the memory. */
const MAX_LINE_UNITS = 65_536;

/** Reads only while somebody waits. Does not own the source. What is no UTF-8 becomes U+FFFD. */
export class LineSource {
  readonly #source: ByteSource;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #lines: string[] = [];
  #begun = "";
  #reading: Promise<void> | undefined;
  #ended: { readonly error?: TerminalError } | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * The next line without its end, or undefined when there is no more; a last line may lack its end. Rejects with the signal's
   * reason when aborted, and with `TerminalError` when reading failed. One caller at a time.
   */
  async next(options: { signal?: AbortSignal } = {}): Promise<string | undefined> {
    const { signal } = options;
    while (true) {
      signal?.throwIfAborted();
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#ended?.error !== undefined) throw this.#ended.error;
      if (this.#ended !== undefined) return undefined;
      await this.#more(signal);
    }
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    this.#reading ??= this.#read();
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal?.addEventListener("abort", onAbort, { once: true });
    await Promise.race([this.#reading, aborted.promise]);
    signal?.removeEventListener("abort", onAbort);
  }

  async #read(): Promise<void> {
    try {
      const count = await this.#source.read(this.#buffer);
      if (count === null) {
        this.#take(this.#decoder.decode());
        if (this.#begun !== "") this.#lines.push(this.#begun);
        this.#ended = {};
      } else this.#take(this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true }));
    } catch (error) {
      this.#ended = {
        error: new TerminalError("input-lost", "Cannot read lines: the input broke", {
          cause: error,
        }),
      };
    } finally {
      this.#reading = undefined;
    }
  }

  #take(text: string): void {
    const [first, ...rest] = text.split("\n");
    this.#begun += first;
    for (const next of rest) {
      this.#lines.push(this.#begun.replace(/\r$/, ""));
      this.#begun = next;
    }
    while (this.#begun.length > MAX_LINE_UNITS) {
      this.#lines.push(this.#begun.slice(0, MAX_LINE_UNITS));
      this.#begun = this.#begun.slice(MAX_LINE_UNITS);
    }
  }
}
