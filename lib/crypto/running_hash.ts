/** SHA-256 of what comes piece by piece. */

import { createHash } from "node:crypto";
import { asBytes, type Bytes } from "../base/bytes.ts";

/** WebCrypto hashes whole buffers only; this is as fast, and holds none (node:crypto, about 1,700 MB/s). */
export class RunningHash {
  readonly #hash = createHash("sha256");

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** 32 bytes. Once, at the end. */
  digest(): Bytes {
    return asBytes(new Uint8Array(this.#hash.digest()));
  }
}
