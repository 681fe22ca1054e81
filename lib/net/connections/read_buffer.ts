/** The read buffer of one connection: small while idle, large while busy. */

import type { Bytes } from "../../base/bytes.ts";
import {
  READ_BUFFER_GROWTH,
  READ_BUFFER_MAX_BYTES,
  READ_BUFFER_MIN_BYTES,
  READ_BUFFER_SHRINK_AFTER_MS,
} from "../../protocol/limits.ts";

/** Where a connection reads into: small while it is idle, greater while reads fill it, small again after a pause. */
export class ReadBuffer {
  #bytes: Bytes = new Uint8Array(READ_BUFFER_MIN_BYTES);
  #neededAtMs = 0;

  /** Where the next read goes. May be another buffer after `adapt`. */
  get bytes(): Bytes {
    return this.#bytes;
  }

  /** Call after the bytes of a read are used up: grows when the read filled the buffer, shrinks when it stays mostly empty. */
  adapt(readBytes: number, nowMs: number): void {
    const size = this.#bytes.length;
    if (readBytes === size && size < READ_BUFFER_MAX_BYTES) {
      this.#bytes = new Uint8Array(Math.min(READ_BUFFER_MAX_BYTES, size * READ_BUFFER_GROWTH));
      this.#neededAtMs = nowMs;
    } else if (size > READ_BUFFER_MIN_BYTES) {
      if (readBytes > size / READ_BUFFER_GROWTH) this.#neededAtMs = nowMs;
      else if (nowMs - this.#neededAtMs >= READ_BUFFER_SHRINK_AFTER_MS) {
        this.#bytes = new Uint8Array(READ_BUFFER_MIN_BYTES);
      }
    }
  }
}
