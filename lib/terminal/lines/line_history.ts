/** Lines entered before, walked through with the arrow keys and searched with ctrl-R. Pure; who keeps a file fills it. */

import { type EditorView, NEWLINE_SIGN, scrollToCursor } from "./input_row.ts";
import { type Key, keyName } from "../input/key.ts";

const MAX_ENTRIES = 1_000;

/** At most a thousand lines. */
export class LineHistory {
  readonly #entries: string[];
  /** Where the walk stands; at the length is the draft. */
  #at: number;
  #draft = "";

  constructor(entries: readonly string[] = []) {
    this.#entries = entries.slice(-MAX_ENTRIES);
    this.#at = this.#entries.length;
  }

  /** Oldest first. */
  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Takes an accepted line, unless it is empty or was the last one too, and ends the walk. */
  add(line: string): void {
    if (line.trim() !== "" && line !== this.#entries.at(-1)) this.#entries.push(line);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    this.#at = this.#entries.length;
    this.#draft = "";
  }

  /** The line before, or undefined at the oldest. `current` is kept when it is the draft. */
  older(current: string): string | undefined {
    if (this.#at === 0) return undefined;
    if (this.#at === this.#entries.length) this.#draft = current;
    return this.#entries[--this.#at];
  }

  /** The line after, at last the draft; undefined when already there. */
  newer(): string | undefined {
    if (this.#at === this.#entries.length) return undefined;
    this.#at++;
    return this.#at === this.#entries.length ? this.#draft : this.#entries[this.#at];
  }

  /** The newest line before place `before` that holds `query`, with its place. */
  search(
    query: string,
    before: number,
  ): { readonly line: string; readonly at: number } | undefined {
    for (let at = Math.min(before, this.#entries.length) - 1; at >= 0; at--) {
      if (this.#entries[at].includes(query)) return { line: this.#entries[at], at };
    }
    return undefined;
  }
}

// Ctrl-R: a search through what was entered before, letter by letter.

/** What a key did to a search: it goes on, was given up, or its find is taken and the key is the line's. */
export type SearchOutcome = "on" | "given-up" | "taken";

/** One search. Owns nothing. */
export class HistorySearch {
  readonly #history: LineHistory;
  #query = "";
  /** The place of the match in the history, or the history's length before the first. */
  #at: number;
  #match: string | undefined;

  constructor(history: LineHistory) {
    this.#history = history;
    this.#at = history.entries.length;
  }

  /** What was found last. */
  get match(): string | undefined {
    return this.#match;
  }

  handle(key: Key): SearchOutcome {
    const name = keyName(key);
    if (key.kind === "text") this.#lookFor(this.#query + key.text);
    else if (name === "backspace") this.#lookFor(this.#query.replace(/.$/su, ""));
    else if (name === "ctrl-r") this.#lookFurther();
    else return name === "ctrl-g" || name === "ctrl-c" || name === "escape" ? "given-up" : "taken";
    return "on";
  }

  view(widthCells: number): EditorView {
    const line = `search '${this.#query}': ${this.#match ?? ""}`;
    const graphemes = Array.from(line.replaceAll("\n", NEWLINE_SIGN));
    const cursor = "search '".length + Array.from(this.#query).length;
    return scrollToCursor(graphemes, cursor, widthCells);
  }

  #lookFor(query: string): void {
    const end = this.#history.entries.length;
    const found = query === "" ? undefined : this.#history.search(query, end);
    this.#query = query;
    this.#at = found?.at ?? end;
    this.#match = found?.line ?? (query === "" ? undefined : this.#match);
  }

  #lookFurther(): void {
    const next = this.#history.search(this.#query, this.#at);
    if (next === undefined) return;
    this.#at = next.at;
    this.#match = next.line;
  }
}
