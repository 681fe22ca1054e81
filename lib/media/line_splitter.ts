/** Cuts a child's words into lines, bounded: a hostile file can make ffmpeg print a line of any length. */

import { STDERR_LINE_BYTES } from "./media_limits.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Lines end with LF or CR. What passes the limit of a line is dropped; bytes that are not UTF-8 become U+FFFD. */
export class LineSplitter {
  readonly #line: Uint8Array;
  readonly #decoder = new TextDecoder();
  #length = 0;

  constructor(private readonly onLine: (line: string) => void, limitBytes = STDERR_LINE_BYTES) {
    this.#line = new Uint8Array(limitBytes);
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) this.end();
      else if (this.#length < this.#line.length) this.#line[this.#length++] = byte;
    }
  }

  /** Gives out what stands without a line end. Empty lines are left out. */
  end(): void {
    if (this.#length === 0) return;
    const line = this.#decoder.decode(this.#line.subarray(0, this.#length));
    this.#length = 0;
    this.onLine(line);
  }
}
