/** Tells whoever waits that a profile was written to, by this process or by another one. */

import { Bell } from "../../base/bell.ts";
import type { Clock } from "../../base/clock.ts";
import { Bug, StorageError } from "../../base/errors.ts";
import type { Database } from "../../storage/database.ts";

/** Another process tells nothing: how often to ask the database. What it writes is to be shown within a second. */
const ASK_MS = 800;
/** Nobody sleeps longer at once: the time of day may jump, and a timer holds no more than 24 days. */
const LONGEST_MS = 3_600_000;

/** How long somebody waits for what is written. */
export interface UntilOptions {
  /** How soon to look again though nothing is written; undefined: not before. */
  readonly againMs?: () => number | undefined;
  readonly signal: AbortSignal;
}

/** Of one database. It asks only while somebody listens. */
export class ProfileWrites {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #isShared: boolean;
  #stop = () => {};
  #foreignVersion = 0;

  /** `isShared`: another process may write to it too. */
  constructor(database: Database, clock: Clock, { isShared = true } = {}) {
    this.#database = database;
    this.#clock = clock;
    this.#isShared = isShared;
  }

  /** Calls `listener`, which must not throw, after each write. MUST be ended before the database is closed, by what it returns. */
  listen(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#start();
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  /**
   * Looks now and after each write until something is found. Rejects as `look` does, or with the signal's reason. `look` MUST NOT
   * write each time that it is called.
   */
  async until<Found>(
    look: () => Promise<Found | undefined> | Found | undefined,
    options: UntilOptions,
  ): Promise<Found> {
    for await (const _ of this.looks(options)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Bug("Cannot end the looking: only its signal does");
  }

  /** The same as moments at which to look. */
  async *looks({ againMs = () => undefined, signal }: UntilOptions): AsyncGenerator<void, void> {
    const bell = new Bell();
    const stopListening = this.listen(() => bell.ring());
    try {
      for (;;) {
        signal.throwIfAborted();
        yield;
        const timeoutMs = Math.min(LONGEST_MS, Math.max(0, againMs() ?? LONGEST_MS));
        await bell.wait(this.#clock, { timeoutMs, signal });
      }
    } finally {
      stopListening();
    }
  }

  #start(): void {
    this.#foreignVersion = this.#database.foreignVersion;
    const stopListening = this.#database.onCommit(() => this.#tell());
    this.#stop = stopListening;
    if (!this.#isShared) return;
    let cancel = () => {};
    const ask = () => {
      this.#ask();
      cancel = this.#clock.after(ASK_MS, ask);
    };
    cancel = this.#clock.after(ASK_MS, ask);
    this.#stop = () => {
      stopListening();
      cancel();
    };
  }

  #ask(): void {
    let version: number;
    try {
      version = this.#database.foreignVersion;
    } catch (error) {
      // Nobody waits for a timer: who looks now finds the same, and says it.
      if (!(error instanceof StorageError)) throw error;
      return this.#tell();
    }
    if (version !== this.#foreignVersion) this.#tell();
    this.#foreignVersion = version;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
