/** From the history to the eye: what this process, and every other one of the profile, writes there is shown once. */

import type { Client } from "../../client/client.ts";
import type { PlacedEntry } from "../../client/messaging/history.ts";
import { unreadMark } from "../../client/messaging/marks.ts";
import { Bell } from "./bell.ts";

/** Other processes tell nothing: how often to look. */
const LOOK_MS = 500;
/** Unread messages that are shown at the start; more are counted. */
const MAX_UNREAD = 100;

/** Who gets what the feed finds. */
export interface FeedReaders {
  /** Gets every entry, own ones too, in order. */
  readonly show: (entry: PlacedEntry) => Promise<void>;
  /** How many unread messages there are, before the last of them are shown. */
  readonly unread: (count: number, shown: number) => Promise<void>;
  /** Called at every look. */
  readonly tick: () => Promise<void>;
}

/** Follows the history of a profile, whichever process wrote it, and gives every entry once. */
export class Feed {
  readonly #client: Client;
  readonly #readers: FeedReaders;
  readonly #bell = new Bell();
  #place: number;
  #looking: Promise<void> = Promise.resolve();

  constructor(client: Client, readers: FeedReaders) {
    this.#client = client;
    this.#readers = readers;
    this.#place = client.messenger.history.lastPlace;
  }

  /** Something was written: look at once. */
  wake(): void {
    this.#bell.ring();
  }

  /** Shows what was not shown by any process yet. Once, before `run`. */
  async showUnread(): Promise<void> {
    const { history, profile: { database } } = this.#client.messenger;
    const mark = unreadMark(database);
    const entries = await history.after(mark.get());
    const unread = entries.filter((entry) => !entry.own);
    if (unread.length > 0) {
      await this.#readers.unread(unread.length, Math.min(unread.length, MAX_UNREAD));
    }
    for (const entry of unread.slice(-MAX_UNREAD)) await this.#readers.show(entry);
    this.#place = entries[entries.length - 1]?.place ?? this.#place;
    mark.moveTo(this.#place);
  }

  /** Shows what comes until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.look();
      await this.#readers.tick();
      await this.#bell.wait(this.#client.clock, { timeoutMs: LOOK_MS, signal });
    }
  }

  /** Shows what is there and was not shown; resolves when that is done. */
  look(): Promise<void> {
    // One after the other, also after one that failed: its caller has heard of it.
    const looking = this.#looking.then(() => this.#showNew(), () => this.#showNew());
    this.#looking = looking;
    return looking;
  }

  async #showNew(): Promise<void> {
    const { history, profile: { database } } = this.#client.messenger;
    if (history.lastPlace <= this.#place) return;
    for (const entry of await history.after(this.#place)) {
      await this.#readers.show(entry);
      this.#place = entry.place;
    }
    unreadMark(database).moveTo(this.#place);
  }
}
