/** Randomness, passed in wherever it is needed, so that tests can seed it. */

import { type Bytes, encodeHex } from "./bytes.ts";

/** What makes keys, ids and jitter. */
export interface Random {
  /** Unpredictable bytes, fit for keys. */
  bytes(length: number): Bytes;
  /** A number in [0, 1): for jitter and load spreading, never for secrets. */
  fraction(): number;
}

/** The generator of the operating system: what programs pass in. */
export const systemRandom: Random = {
  bytes(length) {
    const bytes = new Uint8Array(length);
    // getRandomValues refuses more than 65,536 bytes at once (Web Crypto API §10.1.1).
    for (let i = 0; i < length; i += 65_536) {
      crypto.getRandomValues(bytes.subarray(i, Math.min(length, i + 65_536)));
    }
    return bytes;
  },
  fraction: () => Math.random(),
};

/** `length` random bytes as lower-case hexadecimal digits. */
export function randomHex(random: Random, length: number): string {
  return encodeHex(random.bytes(length));
}
