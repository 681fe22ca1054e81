/** Whether the pictures of a stream are the sender's own: by the proofs that come between them (SR-66). Pure. */

import { type Bytes, equalBytes } from "../../base/bytes.ts";

/** A proof comes at least once a second; beyond this its sender is not proven. */
export const PROOF_MAX_AGE_MS = 2500;
/** After a unit that was not the sender's. */
const DISTRUST_MS = 10_000;
/** Units that wait for their proof. */
const MAX_WAITING = 1024;

/** `waiting`: nothing to judge by yet, for a moment. */
export type Proven = "waiting" | "proven" | "not-proven";

/** Notes what came, and compares it with what was signed. */
export class ProofLedger {
  readonly #waiting = new Map<number, { readonly hash: Bytes; readonly atMs: number }>();
  #isProven = false;
  #badMs = -Infinity;
  #forged = 0;

  /** Units that opened and that the sender did not sign. */
  get forged(): number {
    return this.#forged;
  }

  /** A unit came. */
  note(counter: number, hash: Bytes, nowMs: number): void {
    this.#waiting.set(counter, { hash, atMs: nowMs });
    if (this.#waiting.size <= MAX_WAITING) return;
    for (const oldest of this.#waiting.keys()) {
      this.#waiting.delete(oldest);
      this.#badMs = nowMs;
      break;
    }
  }

  /** A proof came whose signature holds. Units before it that none has covered never will be. */
  prove({ first, hashes }: { first: number; hashes: readonly Bytes[] }, nowMs: number): void {
    this.#isProven = true;
    for (const [i, hash] of hashes.entries()) {
      const came = this.#waiting.get(first + i);
      this.#waiting.delete(first + i);
      if (came === undefined || equalBytes(came.hash, hash)) continue;
      this.#forged++;
      this.#badMs = nowMs;
    }
    for (const counter of this.#waiting.keys()) {
      if (counter >= first) break;
      this.#waiting.delete(counter);
      this.#badMs = nowMs;
    }
  }

  /** A proof came that the sender did not sign. */
  disprove(nowMs: number): void {
    this.#forged++;
    this.#badMs = nowMs;
  }

  state(nowMs: number): Proven {
    if (nowMs - this.#badMs <= DISTRUST_MS) return "not-proven";
    for (const { atMs } of this.#waiting.values()) {
      if (nowMs - atMs > PROOF_MAX_AGE_MS) return "not-proven";
      break;
    }
    return this.#isProven ? "proven" : "waiting";
  }
}
