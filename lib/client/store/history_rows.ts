/**
 * The history's contents, sealed on disk by place. A new one is one sealed row; 256 of them are rewritten into one sealed
 * block in the transaction that completes them, so that a search opens few records. No plain word and no index of words is
 * ever on the disk (SR-80). What is replaced or erased is overwritten there (`secure_delete`). Knows no entries.
 */

import { type Bytes, utf8 } from "../../base/bytes.ts";
import {
  decodeHistoryRows,
  encodeHistoryBlock,
  foldForSearch,
  HISTORY_BLOCK_ROWS,
  searchHistoryBlock,
} from "../../crypto/sealing/history_block.ts";
import type { Database } from "../../storage/database.ts";
import type { Vault } from "../profile/vault.ts";

/** What history needs of a vault. */
export type HistoryVault = Pick<Vault, "sealHistory" | "openHistory">;

/** One row's content; empty bytes stand for one that was erased. */
export interface PlacedContent {
  readonly place: number;
  readonly content: Bytes;
}

/** What to store: the content, and what people search in. */
export interface WrittenContent {
  readonly content: Bytes;
  readonly text: string;
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

/** Rows that are going to be written, unless another process writes meanwhile. */
export interface PreparedRows {
  /** Of the history when it was read. */
  readonly version: number;
  /** The first new place. */
  readonly first: number;
  readonly loose: readonly LooseRow[];
  readonly blocks: readonly Block[];
}

/** Reads a stored content for its words; undefined for none. */
export type TextOf = (content: Bytes) => string;

/** The sealed rows of a profile. */
export class HistoryRows {
  readonly #database: Database;
  readonly #vault: HistoryVault;
  readonly #textOf: TextOf;

  constructor(
    database: Database,
    vault: HistoryVault,
    textOf: TextOf,
  ) {
    this.#database = database;
    this.#vault = vault;
    this.#textOf = textOf;
  }

  /** The greatest place; 0 when there is none. */
  get lastPlace(): number {
    return this.#database.integer(`SELECT max(
         coalesce((SELECT max(place) FROM message), 0),
         coalesce((SELECT max(last_place) FROM block), 0)) AS place`) ?? 0;
  }

  /** Changes whenever a row is replaced, or moves into a block: what was read before is old then. */
  get version(): number {
    return this.#database.integer("SELECT value FROM mark WHERE name = 'history'") ?? 0;
  }

  /** Seals contents for the places after the last one, and the block that they complete. */
  async prepareAppend(contents: readonly WrittenContent[]): Promise<PreparedRows> {
    const version = this.version;
    const first = this.lastPlace + 1;
    const placed = contents.map((content, i) => ({ ...content, place: first + i }));
    const before = this.#loose();
    if (before.length + placed.length < HISTORY_BLOCK_ROWS) {
      return { version, first, loose: await this.#sealLoose(placed), blocks: [] };
    }
    const opened = await Promise.all(before.map((row) => this.#openLoose(row)));
    const all = [...opened.map((row) => this.#withText(row)), ...placed];
    return { version, first, loose: [], blocks: [await this.#sealBlock(all)] };
  }

  /** Inside a transaction: false when another process wrote meanwhile, and all is to be prepared again. */
  isCurrent({ version, first }: PreparedRows): boolean {
    return this.lastPlace === first - 1 && this.version === version;
  }

  /** Inside a transaction, of what is current. */
  append({ loose, blocks }: PreparedRows): void {
    for (const { first, last, rows, search } of blocks) {
      this.#database.command("DELETE FROM message").run();
      this.#database.command("INSERT INTO block VALUES (?, ?, ?, ?)").run(
        first,
        last,
        rows,
        search,
      );
      this.#moved();
    }
    const insert = this.#database.command("INSERT INTO message VALUES (?, ?)");
    for (const row of loose) insert.run(row.place, row.sealed);
  }

  /** Seals what stands at these places anew; `change` gives the next content of each. */
  async prepareRewrite(
    places: readonly number[],
    change: (row: PlacedContent) => Bytes,
  ): Promise<PreparedRows> {
    const version = this.version;
    const wanted = new Set(places);
    const next = (row: PlacedContent) =>
      wanted.has(row.place) ? { ...row, content: change(row) } : row;
    const loose: LooseRow[] = [];
    for (const row of this.#loose().filter(({ place }) => wanted.has(place))) {
      const [sealed] = await this.#sealLoose([next(await this.#openLoose(row))]);
      loose.push(sealed);
    }
    const blocks: Block[] = [];
    for (const first of this.#firstsOf(places)) {
      for (const block of this.#blocks("first_place = ?", first)) {
        const rows = (await this.#openBlock(block)).map(next);
        blocks.push(await this.#sealBlock(rows.map((row) => this.#withText(row))));
      }
    }
    return { version, first: this.lastPlace + 1, loose, blocks };
  }

  /** Inside a transaction, of what is current. */
  rewrite({ loose, blocks }: PreparedRows): void {
    const setRow = this.#database.command("UPDATE message SET sealed = ? WHERE place = ?");
    for (const { place, sealed } of loose) setRow.run(sealed, place);
    const setBlock = this.#database.command(
      "UPDATE block SET sealed_rows = ?, sealed_search = ? WHERE first_place = ?",
    );
    for (const { first, rows, search } of blocks) setBlock.run(rows, search, first);
    this.#moved();
  }

  /** Everything after a place, in order. */
  async after(place: number): Promise<readonly PlacedContent[]> {
    const rows: PlacedContent[] = [];
    for (const block of this.#blocks("last_place > ? ORDER BY first_place", place)) {
      rows.push(...await this.#openBlock(block));
    }
    const loose = this.#loose(place);
    rows.push(...await Promise.all(loose.map((row) => this.#openLoose(row))));
    return rows.filter((row) => row.place > place);
  }

  /** What stands at these places, in order: opens the blocks that hold one of them, and no others. */
  async at(places: readonly number[]): Promise<readonly PlacedContent[]> {
    const wanted = new Set(places);
    const rows: PlacedContent[] = [];
    for (const first of this.#firstsOf(places)) {
      for (const block of this.#blocks("first_place = ?", first)) {
        rows.push(...(await this.#openBlock(block)).filter(({ place }) => wanted.has(place)));
      }
    }
    const loose = this.#loose().filter(({ place }) => wanted.has(place));
    rows.push(...await Promise.all(loose.map((row) => this.#openLoose(row))));
    return rows;
  }

  /** Everything, in order, a block at a time: never more than that is open in memory. */
  async *pages(): AsyncGenerator<readonly PlacedContent[]> {
    let place = 0;
    const starts = this.#database.integers("SELECT first_place FROM block ORDER BY first_place");
    for (const start of starts) {
      for (const block of this.#blocks("first_place = ?", start)) {
        place = block.last;
        yield await this.#openBlock(block);
      }
    }
    // Loose ones may have become a block meanwhile.
    yield await this.after(place);
  }

  /** The rows whose text contains `text`, whatever its case or accents, in order. */
  async search(text: string): Promise<readonly PlacedContent[]> {
    const needle = foldForSearch(text);
    // Without the rows, most of which are not needed.
    const blocks = this.#database.query(
      "SELECT first_place, sealed_search FROM block ORDER BY first_place",
      (row) => ({ first: row.integer("first_place"), search: row.bytes("sealed_search") }),
    ).all();
    const found = await Promise.all(blocks.map((block) => this.#searchBlock(block, needle)));
    const loose = await Promise.all(this.#loose().map((row) => this.#openLoose(row)));
    const matches = loose.filter(({ content }) =>
      needle !== "" && foldForSearch(this.#textOf(content)).includes(needle)
    );
    return [...found.flat(), ...matches];
  }

  async #searchBlock(
    { first, search }: Pick<Block, "first" | "search">,
    needle: string,
  ): Promise<readonly PlacedContent[]> {
    const hits = searchHistoryBlock(
      await this.#vault.openHistory("block.search", first, search),
      needle,
    );
    if (hits.length === 0) return [];
    return await this.at(hits.map((row) => first + row));
  }

  /** Where the blocks begin that hold one of these places. */
  #firstsOf(places: readonly number[]): readonly number[] {
    const find = this.#database.query(
      "SELECT first_place FROM block WHERE last_place >= ? AND first_place <= ? ORDER BY first_place LIMIT 1",
      (row) => row.integer("first_place"),
    );
    const firsts = places.map((place) => find.first(place, place));
    return [...new Set(firsts.filter((first) => first !== undefined))].toSorted((a, b) => a - b);
  }

  #withText({ place, content }: PlacedContent): PlacedContent & WrittenContent {
    return { place, content, text: this.#textOf(content) };
  }

  #sealLoose(rows: readonly PlacedContent[]): Promise<LooseRow[]> {
    return Promise.all(rows.map(async ({ place, content }) => ({
      place,
      sealed: await this.#vault.sealHistory("message", place, content),
    })));
  }

  async #sealBlock(all: readonly (PlacedContent & WrittenContent)[]): Promise<Block> {
    const first = all[0].place;
    const { rows, search } = encodeHistoryBlock(all);
    return {
      first,
      last: all[all.length - 1].place,
      rows: await this.#vault.sealHistory("block.rows", first, rows),
      search: await this.#vault.sealHistory("block.search", first, search),
    };
  }

  #loose(after = 0): LooseRow[] {
    return this.#database.query(
      "SELECT place, sealed FROM message WHERE place > ? ORDER BY place",
      (row) => ({ place: row.integer("place"), sealed: row.bytes("sealed") }),
    ).all(after);
  }

  #blocks(condition: string, ...values: number[]): Block[] {
    return this.#database.query(`SELECT * FROM block WHERE ${condition}`, (row) => ({
      first: row.integer("first_place"),
      last: row.integer("last_place"),
      rows: row.bytes("sealed_rows"),
      search: row.bytes("sealed_search"),
    })).all(...values);
  }

  async #openLoose({ place, sealed }: LooseRow): Promise<PlacedContent> {
    return { place, content: await this.#vault.openHistory("message", place, sealed) };
  }

  async #openBlock({ first, rows }: Block): Promise<readonly PlacedContent[]> {
    const opened = await this.#vault.openHistory("block.rows", first, rows);
    return decodeHistoryRows(opened).map((content, i) => ({ place: first + i, content }));
  }

  #moved(): void {
    this.#database.command(
      "INSERT INTO mark VALUES ('history', 1) ON CONFLICT DO UPDATE SET value = value + 1",
    ).run();
  }
}

/** The content of a row that was erased. */
export const ERASED: Bytes = utf8("");
