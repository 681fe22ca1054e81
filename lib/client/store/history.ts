/**
 * What was said, in the order in which it came: sealed rows with what it says (`HistoryRows`), and beside them, in clear,
 * where it stands (`HistoryIndex`). Both are written in one transaction.
 */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type {
  AccountId,
  ConversationId,
  DeviceId,
  Peer,
  StreamId,
  TransferId,
} from "../../base/ids.ts";
import type { Database } from "../../storage/database.ts";
import { ChangeStore } from "./change_store.ts";
import {
  type EntryKind,
  type EntryState,
  HistoryIndex,
  type IndexedEntry,
  type Wanted,
} from "./history_index.ts";
import { ReadMarks } from "./read_marks.ts";
import { ERASED, HistoryRows, type HistoryVault, type PlacedContent } from "./history_rows.ts";
import { kindOf } from "./conversation_kinds.ts";

/** One thing that was said, or one line of the program itself. */
export interface HistoryEntry {
  /** Envelope id of a text or a change; a code for a notice; broadcast id of a broadcast. */
  readonly id: string;
  /** Undefined for an own text written before there was a conversation. */
  readonly conversation: ConversationId | undefined;
  /** The other side of the conversation; of a broadcast, who said it. */
  readonly peer: Peer;
  readonly from: AccountId;
  readonly device: DeviceId | undefined;
  readonly own: boolean;
  /**
   * `notice`: a line of the program itself. `broadcast`: signed by `from`, readable by all and by the server (SR-60).
   * `change`: says that a text was edited, deleted or reacted to; what it is now stands there.
   */
  readonly kind: EntryKind;
  /** Of a broadcast: its number on the server. Of a text: its number in its conversation, as far as it is known. */
  readonly number?: number;
  readonly text: string;
  /** The sender's clock. */
  readonly sentAtMs: number;
  /** The server's clock for received texts, else ours. */
  readonly atMs: number;
  /** Of a text: the id of the one that it answers, whether it is here or not. */
  readonly replyTo?: string;
  /** Of a text: how long it stays once it was shown, or sent. */
  readonly expireSeconds?: number;
  /** Of a text that its author edited: when last. */
  readonly editedMs?: number;
  /** Of a text that was deleted: by whom. Its text is empty. */
  readonly deletedBy?: AccountId;
  readonly change?: EntryChange;
  /** Of a notice about files on their way: the transfer, or the offer to a room that all of its transfers are of. */
  readonly transfer?: TransferId;
  /** Of a notice about something that is shown live. */
  readonly stream?: StreamId;
  /** A text of a room from before this device came in: what stands here of it is its sender's word. */
  readonly isToldAgain?: boolean;
}

/** What a line of kind `change` is about. */
export interface EntryChange {
  readonly type: "edit" | "delete" | "reaction";
  /** The text's id. */
  readonly target: string;
}

/** An entry with its place in the history, from 1. */
export interface PlacedEntry extends HistoryEntry {
  readonly place: number;
}

/** How a page of entries is asked for. */
export interface PageOptions extends Wanted {
  readonly limit: number;
}

/** The history of a profile: append, change, read back, search. */
export class History {
  readonly #database: Database;
  /** What is known without opening anything. */
  readonly index: HistoryIndex;
  /** What was done to texts: edits, deletions, reactions. */
  readonly changes: ChangeStore;
  /** How far each conversation was read. */
  readonly marks: ReadMarks;
  readonly #rows: HistoryRows;

  constructor(database: Database, vault: HistoryVault) {
    this.#database = database;
    this.index = new HistoryIndex(database);
    this.changes = new ChangeStore(database);
    this.marks = new ReadMarks(database);
    this.#rows = new HistoryRows(database, vault, textOf);
  }

  /**
   * Writes entries and whatever `also` writes in one transaction. `also` returns false, having written nothing, when there
   * is nothing to do any more; then nothing is written and false is returned. It must not change entries.
   */
  async append(entries: readonly HistoryEntry[], also: () => boolean): Promise<boolean> {
    const contents = entries.map((entry) => ({ content: encodeEntry(entry), text: entry.text }));
    for (;;) {
      const prepared = await this.#rows.prepareAppend(contents);
      const outcome = this.#database.transaction(() => {
        if (!this.#rows.isCurrent(prepared)) return "moved";
        if (!also()) return "not due";
        this.#rows.append(prepared);
        entries.forEach((entry, i) => this.#index(entry, prepared.first + i));
        return "written";
      });
      if (outcome !== "moved") return outcome === "written";
    }
  }

  /**
   * Replaces entries, or erases them where `change` gives undefined, in one transaction with whatever `also` writes. What is
   * gone already is passed over. `also` returns false, having written nothing, when that is not due any more; then nothing
   * is written.
   */
  async rewrite(
    places: readonly number[],
    change: (entry: PlacedEntry) => HistoryEntry | undefined,
    also: () => boolean = () => true,
  ): Promise<void> {
    for (;;) {
      const states = new Map<number, EntryState>();
      const prepared = await this.#rows.prepareRewrite(places, ({ place, content }) => {
        const [entry] = decode([{ place, content }], this.index.at([place]));
        const next = entry === undefined ? undefined : change(entry);
        states.set(place, stateOf(next));
        return next === undefined ? ERASED : encodeEntry(next);
      });
      const isSettled = this.#database.transaction(() => {
        if (!this.#rows.isCurrent(prepared)) return false;
        if (!also()) return true;
        this.#rows.rewrite(prepared);
        for (const [place, state] of states) this.index.setState(place, state);
        return true;
      });
      if (isSettled) return;
    }
  }

  /** The entries after `place`, oldest first. */
  async after(place: number): Promise<readonly PlacedEntry[]> {
    return this.#decode(await this.#rows.after(place));
  }

  /** Everything, oldest first, a block at a time: never more than that is open in memory. */
  async *pages(): AsyncGenerator<readonly PlacedEntry[]> {
    for await (const page of this.#rows.pages()) yield this.#decode(page);
  }

  /** What stands at these places, oldest first. Opens only what holds one of them. */
  async at(places: readonly number[]): Promise<readonly PlacedEntry[]> {
    const rows = await this.#rows.at(places);
    return decode(rows, this.index.at(rows.map(({ place }) => place)));
  }

  /** The last `limit` entries that are wanted, oldest first; see `HistoryIndex.newest`. Opens only what holds one of them. */
  async latest({ limit, ...wanted }: PageOptions): Promise<readonly PlacedEntry[]> {
    const places = this.index.newest(wanted, limit).toReversed();
    const order = wanted.peer === undefined ? this.index.inRoomOrder(places) : places;
    return inOrder(await this.at(places), order);
  }

  /** What was not shown yet, oldest first, and what was said in a room in the room's order. */
  async unshown(): Promise<readonly PlacedEntry[]> {
    const places = this.index.unshown();
    return inOrder(await this.at(places), this.index.inRoomOrder(places));
  }

  /** The text of this id, unless nothing is left of it. */
  async text(id: string): Promise<PlacedEntry | undefined> {
    const found = this.index.text(id);
    if (found === undefined || found.state === "erased") return undefined;
    return (await this.at([found.place]))[0];
  }

  /** The texts of these ids by their id, opened together; those of which nothing is left are not in it. */
  async texts(ids: readonly string[]): Promise<ReadonlyMap<string, PlacedEntry>> {
    if (ids.length === 0) return new Map();
    // Of two with one id the first one counts, as for `text`: they come in the other order.
    const found = new Map(this.index.texts(ids).map((indexed) => [indexed.id, indexed]));
    const places = [...found.values()].filter(({ state }) => state !== "erased")
      .map(({ place }) => place);
    return new Map((await this.at(places)).map((entry) => [entry.id, entry]));
  }

  /** The entries whose text contains `text`, whatever its case or accents, oldest first, of a room in the room's order. */
  async search(text: string): Promise<readonly PlacedEntry[]> {
    const rows = await this.#rows.search(text);
    const places = rows.map(({ place }) => place);
    return inOrder(decode(rows, this.index.at(places)), this.index.inRoomOrder(places));
  }

  /** The place of the newest entry; 0 when there is none. */
  get lastPlace(): number {
    return this.#rows.lastPlace;
  }

  /** Another one whenever an entry was replaced or erased. */
  get version(): number {
    return this.#rows.version;
  }

  #index(entry: HistoryEntry, place: number): void {
    const { kind, peer, number, expireSeconds } = entry;
    const isText = kind === "text";
    this.index.add({
      ...entry,
      place,
      number: isText ? number : undefined,
      isCounted: isText && !kindOf(peer).isNumbered,
      expireSeconds: isText ? expireSeconds : undefined,
      isToldAgain: entry.isToldAgain === true,
      isRead: this.marks.covers(entry),
    });
  }

  #decode(rows: readonly PlacedContent[]): readonly PlacedEntry[] {
    if (rows.length === 0) return [];
    return decode(rows, this.index.between(rows[0].place, rows[rows.length - 1].place));
  }
}

function inOrder(
  entries: readonly PlacedEntry[],
  places: readonly number[],
): readonly PlacedEntry[] {
  const byPlace = new Map(entries.map((entry) => [entry.place, entry]));
  return places.flatMap((place) => byPlace.get(place) ?? []);
}

/** Entries with what the index knows better: numbers that were given later. Erased ones are left out. */
function decode(
  rows: readonly PlacedContent[],
  indexed: readonly IndexedEntry[],
): readonly PlacedEntry[] {
  const known = new Map(indexed.map((entry) => [entry.place, entry]));
  return rows.flatMap(({ place, content }) => {
    const { number, conversation } = known.get(place) ?? {};
    if (content.length === 0 || !known.has(place)) return [];
    // Written by `encodeEntry` and authenticated by the vault.
    const entry: HistoryEntry = JSON.parse(decodeUtf8(content) ?? "{}");
    return [{
      ...entry,
      place,
      ...(number === undefined ? {} : { number }),
      ...(conversation === undefined ? {} : { conversation }),
    }];
  });
}

function stateOf(entry: HistoryEntry | undefined): EntryState {
  if (entry === undefined) return "erased";
  return entry.deletedBy === undefined ? "kept" : "deleted";
}

function encodeEntry(entry: HistoryEntry & { readonly place?: number }): Bytes {
  const { place: _place, ...stored } = entry;
  return utf8(JSON.stringify(stored));
}

function textOf(content: Bytes): string {
  if (content.length === 0) return "";
  // Written by `encodeEntry` and authenticated by the vault.
  const { text = "" }: Partial<HistoryEntry> = JSON.parse(decodeUtf8(content) ?? "{}");
  return text;
}
