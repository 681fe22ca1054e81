/** What an upload may still write of all that the spool may hold: asked for ahead, by what has come (SR-54). */

import { StorageError } from "../../base/errors.ts";
import { SPOOL_RESERVE_MAX_BYTES, SPOOL_RESERVE_MIN_BYTES } from "../../protocol/limits.ts";

/** Reserves so much more of the spool. False when there is no room for that. */
export type Reserve = (bytes: number) => Promise<boolean>;

/** Of one open upload. */
export class Allowance {
  readonly #reserve: Reserve;
  /** Reserved, and not written yet. */
  #leftBytes: number;
  #takenBytes = 0;

  constructor(leftBytes: number, reserve: Reserve) {
    this.#leftBytes = Math.max(0, leftBytes);
    this.#reserve = reserve;
  }

  /** Before so much is written. Throws StorageError `disk-full`. */
  async take(bytes: number): Promise<void> {
    await this.require(bytes);
    this.#leftBytes -= bytes;
    this.#takenBytes += bytes;
  }

  /** Whether so much may be written. Throws StorageError `disk-full`. */
  async require(bytes: number): Promise<void> {
    const missing = bytes - this.#leftBytes;
    if (missing <= 0) return;
    // As much again as has come: at most half of what is reserved is not there, and few are asked for at great sizes.
    const ahead = Math.min(
      Math.max(this.#takenBytes, SPOOL_RESERVE_MIN_BYTES),
      SPOOL_RESERVE_MAX_BYTES,
    );
    for (const more of [Math.max(missing, ahead), missing]) {
      if (!await this.#reserve(more)) continue;
      this.#leftBytes += more;
      return;
    }
    throw new StorageError("disk-full", "Cannot store upload: all uploads together are too much");
  }
}
