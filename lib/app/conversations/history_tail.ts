/** From the history to the eye: what this process, and every other one of the profile, writes there is shown once. */

import type { Client } from "../../client/client.ts";
import type { PlacedEntry } from "../../client/store/history.ts";
import type { Busy } from "../../crypto/statements/busy.ts";
import { Bell } from "../../base/bell.ts";

/** The longest time between two looks: what is due by the time of day comes late where the machine slept. */
const LOOK_MS = 60_000;
/** Unread messages that are shown at the start; more are counted. */
const MAX_UNREAD = 100;

/** Who gets what is found. */
export interface HistoryTailReaders {
  /** Gets every entry, own ones too, in order. */
  readonly show: (entry: PlacedEntry) => Promise<void>;
  /** How many unread messages there are, before the last of them are shown. */
  readonly unread: (count: number, shown: number) => Promise<void>;
  /**
   * How many entries wait while the person is busy: that begins, ends, or they are more. What waited is shown after its end is
   * told. Undefined: they are not busy.
   */
  readonly quiet: (
    waiting: number | undefined,
    before: number | undefined,
    busy: Busy | undefined,
  ) => Promise<void>;
  /** Called at every look. Returns how soon the next one is to be, though nothing is written. */
  readonly tick: () => Promise<number>;
  /** Whether what is shown counts as read. */
  readonly marksShown: () => boolean;
}

/** Follows the history of a profile, whichever process wrote it, and gives every entry once. */
export class HistoryTail {
  readonly #client: Client;
  readonly #readers: HistoryTailReaders;
  readonly #bell = new Bell();
  #place: number;
  /** While quiet: after this place what others say was not shown. */
  #quietFrom: number | undefined;
  #waiting: number | undefined;
  #quietUntilMs: number | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(client: Client, readers: HistoryTailReaders) {
    this.#client = client;
    this.#readers = readers;
    this.#place = client.messenger.history.lastPlace;
  }

  /** How many entries are kept back; undefined while everything is shown. */
  get waiting(): number | undefined {
    return this.#waiting;
  }

  /** Something may have changed that nobody wrote down: look at once. */
  wake(): void {
    this.#bell.ring();
  }

  /** Shows what was not shown by any process yet. Once, before `run`. */
  async showUnread(): Promise<void> {
    const { history } = this.#client.messenger;
    this.#place = history.lastPlace;
    const entries = (await history.unshown()).filter(({ place }) => place <= this.#place);
    const busy = await this.#ownBusy();
    if (busy !== undefined) {
      this.#quietFrom = 0;
      return await this.#setQuiet(entries.filter(waits).length, busy);
    }
    await this.#showAll(entries);
  }

  /** Shows what comes until `signal` aborts; rejects with its reason. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock, profile } = this.#client;
    const stopListening = profile.writes.listen(() => this.#bell.ring());
    try {
      for (;;) {
        await this.look();
        const timeoutMs = Math.min(LOOK_MS, this.#quietMs, await this.#readers.tick());
        await this.#bell.wait(clock, { timeoutMs, signal });
      }
    } finally {
      stopListening();
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
    const { history } = this.#client.messenger;
    const busy = await this.#ownBusy();
    const isQuiet = busy !== undefined;
    if (isQuiet && this.#quietFrom === undefined) {
      this.#quietFrom = this.#place;
      await this.#setQuiet(0, busy);
    }
    if (!isQuiet && this.#quietFrom !== undefined) await this.#release(this.#quietFrom);
    const last = history.lastPlace;
    if (last <= this.#place) return;
    let waiting = this.#waiting ?? 0;
    const shown: PlacedEntry[] = [];
    for (const entry of await history.after(this.#place)) {
      // What is kept back stays unread, also when the dialogue ends before it is shown.
      if (isQuiet && waits(entry)) waiting++;
      else {
        await this.#readers.show(entry);
        shown.push(entry);
      }
      this.#place = entry.place;
    }
    this.#place = Math.max(last, this.#place);
    this.#markShown(shown);
    if (isQuiet && waiting !== this.#waiting) await this.#setQuiet(waiting, busy);
  }

  /** Shows what waited, but for what another process of the profile has shown meanwhile. */
  async #release(from: number): Promise<void> {
    const unshown = await this.#client.messenger.history.unshown();
    const kept = unshown.filter(({ place }) => place > from && place <= this.#place);
    this.#quietFrom = undefined;
    await this.#setQuiet(undefined);
    await this.#showAll(kept.filter(waits));
  }

  /** Those that are only counted too count as shown. */
  async #showAll(entries: readonly PlacedEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#readers.unread(entries.length, Math.min(entries.length, MAX_UNREAD));
    for (const entry of entries.slice(-MAX_UNREAD)) await this.#readers.show(entry);
    this.#markShown(entries);
  }

  #markShown(entries: readonly PlacedEntry[]): void {
    if (this.#readers.marksShown()) this.#client.talk.markShown(entries);
  }

  async #ownBusy(): Promise<Busy | undefined> {
    const busy = await this.#client.publicly.ownBusy();
    this.#quietUntilMs = busy?.untilMs;
    return busy;
  }

  /** How long the person is still busy. */
  get #quietMs(): number {
    const untilMs = this.#quietUntilMs ?? Infinity;
    return Math.max(0, untilMs - this.#client.clock.nowMs());
  }

  async #setQuiet(waiting: number | undefined, busy?: Busy): Promise<void> {
    const before = this.#waiting;
    this.#waiting = waiting;
    await this.#readers.quiet(waiting, before, busy);
  }
}

/** Notices are the program's own, and may be urgent. */
function waits({ own, kind }: PlacedEntry): boolean {
  return !own && kind !== "notice";
}
