/** What a person does with what was said: pages through it, reads it, names one of the messages. */

import type { EnvelopeId, Peer } from "../../base/ids.ts";
import type { History, HistoryEntry, PlacedEntry } from "../store/history.ts";
import type { Messenger } from "../store/messenger.ts";
import { writeText, type WritingOptions } from "../sending/sender.ts";
import {
  type NewChange,
  writeChange,
  writeReaction,
  writeTimer,
  type WrittenChange,
} from "./change_writing.ts";
import { type EntryFacts, factsOf, factsOfEach } from "./facts.ts";
import { type PageRequest, readPage } from "./pages.ts";
import { settleChanges } from "./settling.ts";
import { Refusal } from "../../base/errors.ts";
import type { MessageRef } from "../../commands/message_ref.ts";

/** The id of what is written, where it is to be known before. */
type OwnId = Pick<WritingOptions, "id">;

/** How much of a conversation is new. */
interface Unread {
  /** Undefined: the broadcasts. */
  readonly peer: Peer | undefined;
  readonly unread: number;
}

/** When the log could not be cut off. */
const CLEAN_AGAIN_MS = 5_000;

/** The conversations of one profile, for its faces. */
export class Talk {
  readonly #messenger: Messenger;
  readonly #onShown: () => void;
  /** Of the history when nothing of what it replaced was left in the database's log. */
  #cleanVersion: number;
  /** Where texts stood that were taken back before they had left; not told yet. */
  readonly #withdrawn: number[] = [];

  /** `onShown` is called when something was read that the account's other devices are to know of. */
  constructor(
    messenger: Messenger,
    onShown: () => void = () => {},
  ) {
    this.#messenger = messenger;
    this.#onShown = onShown;
    this.#cleanVersion = messenger.history.version;
  }

  /** A page of what was said, oldest first. Opens little more than that. */
  page(request: PageRequest): Promise<readonly PlacedEntry[]> {
    return readPage(this.#messenger.history, request);
  }

  /** The texts that contain `text`, oldest first: of one conversation or of all, and of those the last ones. */
  async search(
    text: string,
    { peer, limit = Infinity, before }: Partial<Pick<PageRequest, "limit" | "before">> & {
      readonly peer: Peer | undefined;
    },
  ): Promise<readonly PlacedEntry[]> {
    const found = (await this.#messenger.history.search(text)).filter((entry) =>
      (peer === undefined || entry.peer === peer) &&
      (before === undefined ||
        ("place" in before ? entry.place < before.place : entry.atMs < before.ms))
    );
    return limit === Infinity ? found : found.slice(-limit);
  }

  /**
   * The entries were shown to the person, by whichever process of the profile: they are new no more, at the account's other
   * devices neither. Those that are to disappear have their time from now on.
   */
  markShown(entries: readonly Pick<PlacedEntry, "place">[]): void {
    const { profile, history, attention } = this.#messenger;
    const places = entries.map(({ place }) => place);
    profile.database.transaction(() => {
      history.index.setShown(places, profile.clock.nowMs());
      history.marks.shown(places);
      attention.shown(places);
    });
    this.#onShown();
  }

  /** The same of all of a conversation up to a place, or of the broadcasts: the person has seen its end. */
  markRead(peer: Peer | undefined, upTo: number): void {
    const places = this.#messenger.history.index.unshownOf(peer, upTo);
    if (places.length > 0) this.markShown(places.map((place) => ({ place })));
  }

  /** The conversations in which there is something new, and how much. Opens nothing. */
  unread(): readonly Unread[] {
    return this.#messenger.history.index.heaps().filter(({ unread }) => unread > 0);
  }

  /**
   * The text that a person means in a conversation. `own`: from the end only own ones are counted. Throws Refusal
   * `unknown-message`.
   */
  find(
    peer: Peer,
    ref: Asked["ref"],
    { own = false }: { own?: boolean } = {},
  ): Promise<PlacedEntry> {
    return findText(this.#messenger.history, { peer, ref, own });
  }

  /**
   * What was said with this id, by a text or by the last edit of one; undefined when nothing is left of it. Without `text` it was
   * edited since: what it said before is not kept.
   */
  async saidWith(
    id: EnvelopeId,
  ): Promise<{ readonly peer: Peer; readonly text: string | undefined } | undefined> {
    const { history } = this.#messenger;
    const edited = history.changes.targetOfEdit(id);
    const entry = await history.text(edited ?? id);
    if (entry === undefined) return undefined;
    const isKept = edited !== undefined || entry.editedMs === undefined;
    return { peer: entry.peer, text: isKept ? entry.text : undefined };
  }

  /** What belongs to an entry and stands elsewhere. */
  factsOf(entry: HistoryEntry): Promise<EntryFacts> {
    return factsOf(this.#messenger, entry);
  }

  /** The same of many entries, in their order, with as few looks as for one. */
  factsOfEach(entries: readonly HistoryEntry[]): Promise<readonly EntryFacts[]> {
    return factsOfEach(this.#messenger, entries);
  }

  /** Writes an answer to a text down. Throws as `Client.write`. */
  reply(target: PlacedEntry, text: string, own: OwnId = {}): Promise<EnvelopeId> {
    return writeText(this.#messenger, target.peer, text, { replyTo: target.id, ...own });
  }

  /** Edits or deletes a text, here at once and everywhere as soon as that can be sent. Throws Refusal, UsageError. */
  async change(target: PlacedEntry, change: NewChange, own: OwnId = {}): Promise<WrittenChange> {
    const written = await writeChange(this.#messenger, target, change, own);
    if (written === undefined) this.#withdrawn.push(target.place);
    return written;
  }

  /** Says an emoji of a text, or takes it back. Throws Refusal, UsageError `no-emoji`, `same-reaction`. */
  react(
    target: PlacedEntry,
    typed: string,
    how: { on: boolean } & OwnId,
  ): Promise<WrittenChange> {
    return writeReaction(this.#messenger, target, { typed, ...how });
  }

  /** How long what is said in a conversation stays, in seconds; 0 for good. */
  timerOf(peer: Peer): number {
    return this.#messenger.conversations.timers.of(peer) ?? 0;
  }

  /** The same from now on, for everybody in it. Throws UsageError `bad-timer`, Refusal `not-permitted`. */
  setTimer(peer: Peer, seconds: number, own: OwnId = {}): Promise<EnvelopeId> {
    return writeTimer(this.#messenger, peer, seconds, own);
  }

  /** When `refresh` has something to do though nothing is written; undefined when nothing is to disappear. */
  get nextDueMs(): number | undefined {
    const { history, profile } = this.#messenger;
    const dueMs = history.index.nextDueMs();
    // Another process was reading: what was erased stands in the log still.
    const isClean = history.version === this.#cleanVersion;
    return isClean ? dueMs : Math.min(dueMs ?? Infinity, profile.clock.nowMs() + CLEAN_AGAIN_MS);
  }

  /**
   * Erases what was to disappear by now; returns where that stood, and what was taken back before it had left. To be called when a profile is opened, and at `nextDueMs`
   * while something of it is shown.
   */
  async refresh(): Promise<readonly number[]> {
    const { history, profile: { database } } = this.#messenger;
    await settleChanges(this.#messenger);
    const erased = await eraseDue(this.#messenger);
    const { version } = history;
    // What was deleted, edited or erased by whichever process stands in the log until it is cut off.
    if (version !== this.#cleanVersion && database.truncateLog()) this.#cleanVersion = version;
    return [...this.#withdrawn.splice(0), ...erased];
  }
}

/** Where texts were erased. Older versions of them may stand in the database's log; see `Database.truncateLog`. */
async function eraseDue({ profile, history }: Messenger): Promise<readonly number[]> {
  const due = history.index.due(profile.clock.nowMs());
  if (due.length === 0) return due;
  const ids = history.index.at(due).map(({ id }) => id);
  await history.rewrite(due, () => undefined, () => {
    for (const id of ids) history.changes.forget(id);
    return true;
  });
  return due;
}

// From how a person names a message to the message.

/** A message, and where to look for it. */
export interface Asked {
  readonly peer: Peer;
  readonly ref: MessageRef;
  /** Whether from the end only own ones are counted. */
  readonly own: boolean;
}

/** Throws Refusal `unknown-message`. */
async function findText(history: History, asked: Asked): Promise<PlacedEntry> {
  const [place, ...others] = placesOf(history, asked);
  if (others.length > 0) {
    throw new Refusal("unknown-message", "Two messages here have this number: use the id of one");
  }
  const [found] = place === undefined ? [] : await history.at([place]);
  if (found === undefined) throw new Refusal("unknown-message", notThere(asked));
  return found;
}

function placesOf({ index }: History, { peer, ref, own }: Asked): readonly number[] {
  switch (ref.kind) {
    case "id": {
      const found = index.text(ref.id);
      return found?.peer === peer && found.state !== "erased" ? [found.place] : [];
    }
    case "number":
      return index.numbered(peer, ref.number).map(({ place }) => place);
    case "from-end": {
      const wanted = { peer, kinds: ["text"] as const, ...(own ? { own } : {}) };
      return index.newest(wanted, ref.count).slice(ref.count - 1);
    }
  }
}

function notThere({ ref, own }: Asked): string {
  switch (ref.kind) {
    case "id":
      return `No message ${ref.id} in this conversation`;
    case "number":
      return `No message ${ref.number} in this conversation`;
    case "from-end":
      return `This conversation has fewer messages${own ? " of yours" : ""}: no -${ref.count}`;
  }
}
