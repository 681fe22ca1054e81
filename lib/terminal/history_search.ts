/** Ctrl-R: a search through what was entered before, letter by letter. */

import { type EditorView, NEWLINE_SIGN, scrollToCursor } from "./editor_view.ts";
import { type Key, keyName } from "./key.ts";
import type { LineHistory } from "./line_history.ts";

/** What a key did to a search: it goes on, was given up, or its find is taken and the key is the line's. */
export type SearchOutcome = "on" | "given-up" | "taken";

/** One search. Owns nothing. */
export class HistorySearch {
  #query = "";
  /** The place of the match in the history, or the history's length before the first. */
  #at: number;
  #match: string | undefined;

  constructor(private readonly history: LineHistory) {
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
    const end = this.history.entries.length;
    const found = query === "" ? undefined : this.history.search(query, end);
    this.#query = query;
    this.#at = found?.at ?? end;
    this.#match = found?.line ?? (query === "" ? undefined : this.#match);
  }

  #lookFurther(): void {
    const next = this.history.search(this.#query, this.#at);
    if (next === undefined) return;
    this.#at = next.at;
    this.#match = next.line;
  }
}
