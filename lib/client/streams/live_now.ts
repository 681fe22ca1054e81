/** What is known in this process of streams while they run. It is written nowhere: with the process it is over. */

import type { StreamId } from "../../base/ids.ts";

/** Why nothing comes just now: the sender's connection was lost, or the own one; or both are there, and nothing comes. */
export type TransportPause = "sender" | "own" | "silence";

/** Of one stream. */
export interface LiveNow {
  /** Why nothing comes just now, of one that is watched here. */
  readonly pause?: TransportPause | undefined;
  /** Devices that watch, of one that is sent from here. */
  readonly watchers?: number;
}

/** One for a client. */
export class LiveStreams {
  readonly #now = new Map<StreamId, LiveNow>();
  readonly #listeners = new Set<() => void>();

  /** Whether pictures or sound of any come or go just now. */
  get isRunning(): boolean {
    return [...this.#now.values()].some(({ pause, watchers }) =>
      pause === undefined && watchers !== 0
    );
  }

  /** Undefined for one that does not run here. */
  of(id: StreamId): LiveNow | undefined {
    return this.#now.get(id);
  }

  /** It runs so from now on; undefined: no longer. */
  set(id: StreamId, now: LiveNow | undefined): void {
    if (now === undefined) this.#now.delete(id);
    else this.#now.set(id, now);
    for (const listener of this.#listeners) listener();
  }

  /** Tells `listener` of every change. Returns what ends that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
