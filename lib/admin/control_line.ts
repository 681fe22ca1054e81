/** Lines from a socket. */

import { concatBytes, decodeUtf8 } from "../base/bytes.ts";
import { CONTROL_LINE_MAX_BYTES } from "./control_commands.ts";

const NEWLINE = 0x0a;
const READ_BYTES = 64 * 1024;

/** Reads lines one after the other. Does not own the stream. */
export class ControlLines {
  readonly #stream: { read(buffer: Uint8Array): Promise<number | null> };
  readonly #buffer = new Uint8Array(READ_BYTES);
  #rest = this.#buffer.subarray(0, 0);

  constructor(stream: { read(buffer: Uint8Array): Promise<number | null> }) {
    this.#stream = stream;
  }

  /** The next line, without its end. Undefined at the end of the stream, for a line that is too long, and for one that is not UTF-8. */
  async next(): Promise<string | undefined> {
    const parts: Uint8Array[] = [];
    for (let sizeBytes = 0;;) {
      const end = this.#rest.indexOf(NEWLINE);
      if (end >= 0) {
        const line = decodeUtf8(concatBytes(...parts, this.#rest.subarray(0, end)));
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      parts.push(this.#rest.slice());
      sizeBytes += this.#rest.length;
      if (sizeBytes > CONTROL_LINE_MAX_BYTES) return undefined;
      const count = await this.#stream.read(this.#buffer);
      if (count === null) return undefined;
      this.#rest = this.#buffer.subarray(0, count);
    }
  }
}
