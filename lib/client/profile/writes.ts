/** Tells whoever waits that a profile was written to, by this process or by another one. */

import type { Clock } from "../../base/clock.ts";
import { StorageError } from "../../base/errors.ts";
import type { Database } from "../../storage/database.ts";

/** Another process tells nothing: how often to ask the database. What it writes is to be shown within a second. */
const ASK_MS = 800;

/** Of one database. It asks only while somebody listens. */
export class ProfileWrites {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #stop = () => {};
  #foreignVersion = 0;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Calls `listener`, which must not throw, after each write. MUST be ended before the database is closed, by what it returns. */
  listen(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#start();
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  #start(): void {
    this.#foreignVersion = this.#database.foreignVersion;
    const stopListening = this.#database.onCommit(() => this.#tell());
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
