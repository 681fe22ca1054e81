/**
 * What was said, sealed on disk, in the order in which it came. A new entry is one sealed row; 256 of them are rewritten
 * into one sealed block in the transaction that completes them, so that a search opens few records. No plain word and no
 * index of words is ever on the disk (SR-80).
 */

import { type Bytes, decodeUtf8, utf8 } from "../../base/bytes.ts";
import type { AccountId, ConversationId, DeviceId, Peer } from "../../base/ids.ts";
import {
  decodeHistoryRows,
  encodeHistoryBlock,
  foldForSearch,
  HISTORY_BLOCK_ROWS,
  searchHistoryBlock,
} from "../../crypto/history_block.ts";
import type { Database } from "../../storage/database.ts";
import type { Vault } from "../profile/vault.ts";

/** One thing that was said, or one line of the program itself. */
export interface HistoryEntry {
  /** Envelope id of a text; a code for a notice; broadcast id of a broadcast. */
  readonly id: string;
  /** Undefined for an own text written before there was a conversation. */
  readonly conversation: ConversationId | undefined;
  /** The other side of the conversation; of a broadcast, who said it. */
  readonly peer: Peer;
  readonly from: AccountId;
  readonly device: DeviceId | undefined;
  readonly own: boolean;
  /** `notice`: a line of the program itself. `broadcast`: signed by `from`, readable by all and by the server (SR-60). */
  readonly kind: "text" | "notice" | "broadcast";
  /** Of a broadcast: its number on the server. */
  readonly number?: number;
  readonly text: string;
  /** The sender's clock. */
  readonly sentAtMs: number;
  /** The server's clock for received texts, else ours. */
  readonly atMs: number;
}

/** An entry with its place in the history, from 1. */
export interface PlacedEntry extends HistoryEntry {
  readonly place: number;
}

interface LooseRow {
  readonly place: number;
  readonly sealed: Bytes;
}

interface Block {
  readonly first: number;
  readonly last: number;
  readonly rows: Bytes;
  readonly search: Bytes;
}

/** Entries that are going to be written at `first`, unless another process writes there first. */
interface Prepared {
  readonly first: number;
  readonly loose: readonly LooseRow[];
  readonly block: Block | undefined;
}

/** The history of a profile: append, read back, search. */
export class History {
  readonly #database: Database;
  readonly #vault: Vault;

  constructor(database: Database, vault: Vault) {
    this.#database = database;
    this.#vault = vault;
  }

  /**
   * Writes entries and whatever `also` writes in one transaction. `also` returns false, having written nothing, when there
   * is nothing to do any more; then nothing is written and false is returned.
   */
  async append(entries: readonly HistoryEntry[], also: () => boolean): Promise<boolean> {
    for (;;) {
      const prepared = await this.#prepare(entries);
      const outcome = this.#database.transaction(() => {
        if (this.#lastPlace() !== prepared.first - 1) return "moved";
        if (!also()) return "not due";
        this.#write(prepared);
        return "written";
      });
      if (outcome !== "moved") return outcome === "written";
    }
  }

  /** The entries after `place`, oldest first. */
  async after(place: number): Promise<readonly PlacedEntry[]> {
    const entries: PlacedEntry[] = [];
    for (const block of this.#blocks("last_place > ? ORDER BY first_place", place)) {
      entries.push(...await this.#openBlock(block));
    }
    const loose = this.#loose().filter((row) => row.place > place);
    entries.push(...await Promise.all(loose.map((row) => this.#openLoose(row))));
    return entries.filter((entry) => entry.place > place);
  }

  /** Everything, oldest first, a block at a time: never more than that is open in memory. */
  async *pages(): AsyncGenerator<readonly PlacedEntry[]> {
    let place = 0;
    const starts = this.#database.query(
      "SELECT first_place FROM block ORDER BY first_place",
      (row) => row.integer("first_place"),
    ).all();
    for (const start of starts) {
      for (const block of this.#blocks("first_place = ?", start)) {
        place = block.last;
        yield await this.#openBlock(block);
      }
    }
    // Loose ones may have become a block meanwhile.
    yield await this.after(place);
  }

  /** The last `count` entries that `filter` takes, oldest first. Opens blocks from the newest on until it has enough. */
  async latest(
    count: number,
    filter: (entry: PlacedEntry) => boolean = () => true,
  ): Promise<readonly PlacedEntry[]> {
    const loose = await Promise.all(this.#loose().map((row) => this.#openLoose(row)));
    let found = loose.filter(filter);
    for (const block of this.#blocks("1 ORDER BY first_place DESC")) {
      if (found.length >= count) break;
      found = [...(await this.#openBlock(block)).filter(filter), ...found];
    }
    return found.slice(-count);
  }

  /** The entries whose text contains `text`, whatever its case or accents, oldest first. */
  async search(text: string): Promise<readonly PlacedEntry[]> {
    const needle = foldForSearch(text);
    // Without the rows, most of which are not needed.
    const blocks = this.#database.query(
      "SELECT first_place, sealed_search FROM block ORDER BY first_place",
      (row) => ({ first: row.integer("first_place"), search: row.bytes("sealed_search") }),
    ).all();
    const found = await Promise.all(blocks.map((block) => this.#searchBlock(block, needle)));
    const loose = await Promise.all(this.#loose().map((row) => this.#openLoose(row)));
    const matches = loose.filter((entry) =>
      needle !== "" && foldForSearch(entry.text).includes(needle)
    );
    return [...found.flat(), ...matches];
  }

  /** The place of the newest entry; 0 when there is none. */
  get lastPlace(): number {
    return this.#lastPlace();
  }

  async #searchBlock(
    { first, search }: Pick<Block, "first" | "search">,
    needle: string,
  ): Promise<readonly PlacedEntry[]> {
    const hits = searchHistoryBlock(
      await this.#vault.openHistory("block.search", first, search),
      needle,
    );
    if (hits.length === 0) return [];
    const [block] = this.#blocks("first_place = ?", first);
    const rows = decodeHistoryRows(
      await this.#vault.openHistory("block.rows", first, block.rows),
    );
    return hits.map((row) => decodeEntry(rows[row], first + row));
  }

  /** Seals the entries at the places after the last one, and the block that they complete. */
  async #prepare(entries: readonly HistoryEntry[]): Promise<Prepared> {
    const first = this.#lastPlace() + 1;
    const placed = entries.map((entry, i) => ({ ...entry, place: first + i }));
    if (this.#looseCount() + placed.length < HISTORY_BLOCK_ROWS) {
      return { first, loose: await this.#sealLoose(placed), block: undefined };
    }
    const opened = await Promise.all(this.#loose().map((row) => this.#openLoose(row)));
    return { first, loose: [], block: await this.#sealBlock([...opened, ...placed]) };
  }

  #sealLoose(entries: readonly PlacedEntry[]): Promise<LooseRow[]> {
    return Promise.all(entries.map(async (entry) => ({
      place: entry.place,
      sealed: await this.#vault.sealHistory("message", entry.place, encodeEntry(entry)),
    })));
  }

  async #sealBlock(entries: readonly PlacedEntry[]): Promise<Block> {
    const first = entries[0].place;
    const { rows, search } = encodeHistoryBlock(
      entries.map((entry) => ({ content: encodeEntry(entry), text: entry.text })),
    );
    return {
      first,
      last: entries[entries.length - 1].place,
      rows: await this.#vault.sealHistory("block.rows", first, rows),
      search: await this.#vault.sealHistory("block.search", first, search),
    };
  }

  #write({ loose, block }: Prepared): void {
    if (block !== undefined) {
      this.#database.command("DELETE FROM message").run();
      this.#database.command("INSERT INTO block VALUES (?, ?, ?, ?)")
        .run(block.first, block.last, block.rows, block.search);
    }
    const insert = this.#database.command("INSERT INTO message VALUES (?, ?)");
    for (const row of loose) insert.run(row.place, row.sealed);
  }

  #lastPlace(): number {
    return this.#database.query(
      `SELECT max(
         coalesce((SELECT max(place) FROM message), 0),
         coalesce((SELECT max(last_place) FROM block), 0)) AS place`,
      (row) => row.integer("place"),
    ).first() ?? 0;
  }

  #looseCount(): number {
    return this.#database.query(
      "SELECT count(*) AS rows FROM message",
      (row) => row.integer("rows"),
    ).first() ?? 0;
  }

  #loose(): LooseRow[] {
    return this.#database.query(
      "SELECT place, sealed FROM message ORDER BY place",
      (row) => ({ place: row.integer("place"), sealed: row.bytes("sealed") }),
    ).all();
  }

  #blocks(condition: string, ...values: number[]): Block[] {
    return this.#database.query(`SELECT * FROM block WHERE ${condition}`, (row) => ({
      first: row.integer("first_place"),
      last: row.integer("last_place"),
      rows: row.bytes("sealed_rows"),
      search: row.bytes("sealed_search"),
    })).all(...values);
  }

  async #openLoose(row: LooseRow): Promise<PlacedEntry> {
    return decodeEntry(await this.#vault.openHistory("message", row.place, row.sealed), row.place);
  }

  async #openBlock(block: Block): Promise<readonly PlacedEntry[]> {
    const rows = await this.#vault.openHistory("block.rows", block.first, block.rows);
    return decodeHistoryRows(rows).map((row, i) => decodeEntry(row, block.first + i));
  }
}

function encodeEntry({ place: _place, ...entry }: PlacedEntry): Bytes {
  return utf8(JSON.stringify(entry));
}

function decodeEntry(bytes: Bytes, place: number): PlacedEntry {
  // Written by `encodeEntry` and authenticated by the vault.
  return { ...JSON.parse(decodeUtf8(bytes) ?? "{}"), place };
}
