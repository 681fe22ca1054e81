/**
 * Uploads that several transfers have in common, as those to the members of a room: one of them moves it at a time, and the
 * others find it stored.
 */

import type { TransferId, UploadId } from "../../base/ids.ts";
import { untilAborted } from "../../base/scope.ts";

/** What was renewed is not thrown away again for whoever asked meanwhile. */
const RENEWED_MS = 30_000;

/** Of one link. */
export class SharedUploads {
  readonly #turns = new Map<UploadId, Promise<void>>();
  /** By the offers for which it was found to be there: with another one the server has to hear of it again. */
  readonly #stored = new Map<UploadId, Set<TransferId>>();
  readonly #renewedMs = new Map<UploadId, number>();
  readonly #presence = new Map<UploadId, { readonly atMs: number; readonly present: boolean }>();

  /** Runs `action` when nobody else does anything with this upload. Rejects as it does, or with the signal's reason. */
  async alone<Value>(
    upload: UploadId,
    signal: AbortSignal,
    action: () => Promise<Value>,
  ): Promise<Value> {
    const before = this.#turns.get(upload) ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    const turn = before.then(() => done.promise);
    this.#turns.set(upload, turn);
    try {
      await untilAborted(before, signal);
      return await action();
    } finally {
      done.resolve();
      if (this.#turns.get(upload) === turn) this.#turns.delete(upload);
    }
  }

  /** Whether all of it was stored over this link, for this offer. */
  isStored(upload: UploadId, offer: TransferId): boolean {
    return this.#stored.get(upload)?.has(offer) === true;
  }

  /** All of it is at the server. */
  stored(upload: UploadId, offer: TransferId): void {
    const offers = this.#stored.get(upload) ?? new Set();
    this.#stored.set(upload, offers.add(offer));
  }

  /** A reader asks for it anew. False when it was renewed just now, for another one. */
  renew(upload: UploadId, nowMs: number): boolean {
    const renewedMs = this.#renewedMs.get(upload);
    if (renewedMs !== undefined && nowMs - renewedMs < RENEWED_MS) return false;
    this.#renewedMs.set(upload, nowMs);
    this.#stored.delete(upload);
    return true;
  }

  /** What `ask` says, or said less than `forMs` ago. */
  async presence(
    upload: UploadId,
    { nowMs, forMs, ask }: {
      readonly nowMs: number;
      readonly forMs: number;
      readonly ask: () => Promise<boolean>;
    },
  ): Promise<boolean> {
    const known = this.#presence.get(upload);
    if (known !== undefined && nowMs - known.atMs < forMs) return known.present;
    const present = await ask();
    this.#presence.set(upload, { atMs: nowMs, present });
    return present;
  }
}
