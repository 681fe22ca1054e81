/** A line editor with the keys of Emacs and readline: keys in, outcomes and a view out. Pure. */

import { type Key, keyName } from "./key.ts";
import { LineBuffer } from "./line_buffer.ts";
import { LineHistory } from "./line_history.ts";
import { type SafeText, safeText } from "./safe_text.ts";
import { graphemeWidthCells } from "./text_width.ts";

/** What can stand in place of the end of `before`, from `from` on (a UTF-16 offset into it). */
export interface Completion {
  readonly from: number;
  readonly candidates: readonly string[];
}

/** What tab may make of the text before the cursor. Must be quick: it is called while a key waits. */
export type Completer = (before: string) => Completion;

/** What a key led to. */
export type EditorOutcome =
  /** Nothing to show anew. */
  | { readonly kind: "ignored" }
  | { readonly kind: "changed" }
  /** Enter. The editor is empty again. */
  | { readonly kind: "accepted"; readonly text: string }
  /** Ctrl-C. The editor is empty again. */
  | { readonly kind: "interrupted" }
  /** Ctrl-D on an empty line. */
  | { readonly kind: "ended" }
  /** Tab, and there are several ways to go on. */
  | { readonly kind: "candidates"; readonly candidates: readonly string[] }
  /** Ctrl-L: the face should paint the screen anew. */
  | { readonly kind: "repaint" };

/** What to show: one row of text and the place of the cursor in it. */
export interface EditorView {
  readonly text: SafeText;
  readonly cursorCells: number;
}

/** What an editor may know from the start. */
export interface LineEditorOptions {
  readonly history?: LineHistory;
  readonly complete?: Completer;
}

const CHANGED: EditorOutcome = { kind: "changed" };
const IGNORED: EditorOutcome = { kind: "ignored" };

/** A line break in the line is shown as this; it is one cell wide everywhere. */
const NEWLINE_SIGN = "↵";

type Action = (editor: LineEditor, buffer: LineBuffer) => EditorOutcome | void;

/** Keys by `keyName`. What returns nothing has changed something. */
const ACTIONS: Readonly<Record<string, Action>> = {
  "left": (_, buffer) => buffer.moveTo(buffer.cursor - 1),
  "ctrl-b": (_, buffer) => buffer.moveTo(buffer.cursor - 1),
  "right": (_, buffer) => buffer.moveTo(buffer.cursor + 1),
  "ctrl-f": (_, buffer) => buffer.moveTo(buffer.cursor + 1),
  "home": (_, buffer) => buffer.moveTo(0),
  "ctrl-a": (_, buffer) => buffer.moveTo(0),
  "end": (_, buffer) => buffer.moveTo(Infinity),
  "ctrl-e": (_, buffer) => buffer.moveTo(Infinity),
  "ctrl-left": (_, buffer) => buffer.moveTo(buffer.wordEdge(-1)),
  "alt-left": (_, buffer) => buffer.moveTo(buffer.wordEdge(-1)),
  "alt-b": (_, buffer) => buffer.moveTo(buffer.wordEdge(-1)),
  "ctrl-right": (_, buffer) => buffer.moveTo(buffer.wordEdge(1)),
  "alt-right": (_, buffer) => buffer.moveTo(buffer.wordEdge(1)),
  "alt-f": (_, buffer) => buffer.moveTo(buffer.wordEdge(1)),
  "backspace": (_, buffer) => buffer.deleteTo(buffer.cursor - 1),
  "shift-backspace": (_, buffer) => buffer.deleteTo(buffer.cursor - 1),
  "delete": (_, buffer) => buffer.deleteTo(buffer.cursor + 1),
  "ctrl-h": (_, buffer) => buffer.deleteTo(buffer.cursor - 1),
  "ctrl-w": (_, buffer) => buffer.killTo(buffer.wordEdge(-1)),
  "alt-backspace": (_, buffer) => buffer.killTo(buffer.wordEdge(-1)),
  "ctrl-backspace": (_, buffer) => buffer.killTo(buffer.wordEdge(-1)),
  "alt-d": (_, buffer) => buffer.killTo(buffer.wordEdge(1)),
  "ctrl-delete": (_, buffer) => buffer.killTo(buffer.wordEdge(1)),
  "ctrl-u": (_, buffer) => buffer.killTo(0),
  "ctrl-k": (_, buffer) => buffer.killTo(Infinity),
  "ctrl-y": (_, buffer) => buffer.yank(),
  "alt-y": (_, buffer) => buffer.yankPop(),
  "ctrl-t": (_, buffer) => buffer.transpose(),
  "ctrl-_": (_, buffer) => buffer.undo(),
  "ctrl-z": (_, buffer) => buffer.undo(),
  "alt-enter": (_, buffer) => buffer.insert("\n"),
  "shift-enter": (_, buffer) => buffer.insert("\n"),
  "enter": (editor) => editor.accept(),
  "ctrl-j": (editor) => editor.accept(),
  "ctrl-m": (editor) => editor.accept(),
  "up": (editor) => editor.walkHistory("older"),
  "ctrl-p": (editor) => editor.walkHistory("older"),
  "down": (editor) => editor.walkHistory("newer"),
  "ctrl-n": (editor) => editor.walkHistory("newer"),
  "ctrl-r": (editor) => editor.startSearch(),
  "tab": (editor) => editor.complete(),
  "ctrl-c": (editor) => editor.interrupt(),
  "ctrl-d": (editor, buffer) => editor.endOrDelete(buffer),
  "ctrl-l": () => ({ kind: "repaint" }),
};

interface Search {
  query: string;
  /** The place of the match in the history, or the history's length before the first. */
  at: number;
  match: string | undefined;
}

/** One line at a time. Owns nothing; `history` may be shared with what saves it. */
export class LineEditor {
  readonly history: LineHistory;
  readonly #complete: Completer | undefined;
  readonly #buffer = new LineBuffer();
  #search: Search | undefined;

  constructor(options: LineEditorOptions = {}) {
    this.history = options.history ?? new LineHistory();
    this.#complete = options.complete;
  }

  get text(): string {
    return this.#buffer.text;
  }

  get graphemes(): readonly string[] {
    return this.#buffer.graphemes;
  }

  /** In graphemes from the start. */
  get cursor(): number {
    return this.#buffer.cursor;
  }

  get textBeforeCursor(): string {
    return this.#buffer.textBeforeCursor;
  }

  /** Whether keys go to a search in the history (ctrl-R). */
  get isSearching(): boolean {
    return this.#search !== undefined;
  }

  /** To a place in graphemes from the start. */
  moveTo(cursor: number): void {
    this.#buffer.moveTo(cursor);
  }

  /** Puts a completion in the place of what was typed from `from` on, a UTF-16 offset into the text before the cursor. */
  replaceWord(from: number, text: string): void {
    const typed = this.#buffer.textBeforeCursor.slice(from);
    this.#buffer.deleteTo(this.#buffer.cursor - countGraphemes(typed));
    this.#buffer.insert(text);
  }

  /** Replaces the line, e.g. by a saved draft. */
  setText(text: string): void {
    this.#buffer.setText(text);
  }

  /** Does what the key means. */
  handle(key: Key): EditorOutcome {
    if (this.#search !== undefined) return this.#handleSearch(key, this.#search);
    if (key.kind === "text" || key.kind === "paste") {
      this.#buffer.insert(key.text, key.kind === "text" ? "typing" : "other");
      return CHANGED;
    }
    const action = ACTIONS[keyName(key) ?? ""];
    return action === undefined ? IGNORED : action(this, this.#buffer) ?? CHANGED;
  }

  /** One row of at most `widthCells` cells, scrolled sideways so that the cursor is in it. At least two cells wide. */
  view(widthCells: number): EditorView {
    if (this.#search !== undefined) return searchView(this.#search, widthCells);
    const shown = this.#buffer.graphemes.map(showGrapheme);
    return scrollToCursor(shown, this.#buffer.cursor, Math.max(2, widthCells));
  }

  /** Enter. This and what follows are what the table of keys calls. */
  accept(): EditorOutcome {
    const text = this.#buffer.text;
    this.history.add(text);
    this.#buffer.reset();
    return { kind: "accepted", text };
  }

  interrupt(): EditorOutcome {
    this.#buffer.reset();
    return { kind: "interrupted" };
  }

  endOrDelete(buffer: LineBuffer): EditorOutcome {
    if (buffer.text === "") return { kind: "ended" };
    buffer.deleteTo(buffer.cursor + 1);
    return CHANGED;
  }

  walkHistory(direction: "older" | "newer"): EditorOutcome {
    const line = direction === "older"
      ? this.history.older(this.#buffer.text)
      : this.history.newer();
    if (line === undefined) return IGNORED;
    this.#buffer.setText(line);
    return CHANGED;
  }

  startSearch(): EditorOutcome {
    this.#search = { query: "", at: this.history.entries.length, match: undefined };
    return CHANGED;
  }

  complete(): EditorOutcome {
    const before = this.#buffer.textBeforeCursor;
    const { from, candidates } = this.#complete?.(before) ?? { from: 0, candidates: [] };
    if (candidates.length === 0) return IGNORED;
    const typed = before.slice(from);
    const common = candidates.length === 1 ? candidates[0] : commonStart(candidates);
    if (common.startsWith(typed) && common.length > typed.length) {
      this.#buffer.insert(common.slice(typed.length));
      return CHANGED;
    }
    if (candidates.length > 1) return { kind: "candidates", candidates };
    if (common === typed) return IGNORED;
    // The only candidate is spelt differently, e.g. in another case: it replaces what was typed.
    this.replaceWord(from, common);
    return CHANGED;
  }

  #handleSearch(key: Key, search: Search): EditorOutcome {
    const name = keyName(key);
    if (key.kind === "text") return this.#searchFor(search, search.query + key.text);
    if (name === "backspace") {
      return this.#searchFor(search, search.query.replace(/.$/su, ""));
    }
    if (name === "ctrl-r") {
      const next = this.history.search(search.query, search.at);
      if (next !== undefined) this.#search = { ...search, at: next.at, match: next.line };
      return CHANGED;
    }
    this.#search = undefined;
    if (name === "ctrl-g" || name === "ctrl-c" || name === "escape") return CHANGED;
    // Any other key takes what was found, and does what it always does.
    if (search.match !== undefined) this.#buffer.setText(search.match);
    const outcome = this.handle(key);
    return outcome.kind === "ignored" ? CHANGED : outcome;
  }

  #searchFor(search: Search, query: string): EditorOutcome {
    const found = query === ""
      ? undefined
      : this.history.search(query, this.history.entries.length);
    this.#search = {
      query,
      at: found?.at ?? this.history.entries.length,
      match: found?.line ?? (query === "" ? undefined : search.match),
    };
    return CHANGED;
  }
}

function showGrapheme(grapheme: string): SafeText {
  return safeText(grapheme === "\n" ? NEWLINE_SIGN : grapheme);
}

function searchView(search: Search, widthCells: number): EditorView {
  const line = `search '${search.query}': ${search.match ?? ""}`;
  const shown = Array.from(line.replaceAll("\n", NEWLINE_SIGN), showGrapheme);
  return scrollToCursor(shown, "search '".length + Array.from(search.query).length, widthCells);
}

/** The cursor needs a cell of its own, also behind the last grapheme. */
function scrollToCursor(
  graphemes: readonly SafeText[],
  cursor: number,
  widthCells: number,
): EditorView {
  let start = cursor;
  let cursorCells = 0;
  while (start > 0) {
    const cells = graphemeWidthCells(graphemes[start - 1]);
    if (cursorCells + cells > widthCells - 1) break;
    cursorCells += cells;
    start--;
  }
  let text = "";
  let cells = 0;
  for (const grapheme of graphemes.slice(start)) {
    cells += graphemeWidthCells(grapheme);
    if (cells > widthCells) break;
    text += grapheme;
  }
  return { text: safeText(text), cursorCells };
}

function commonStart(texts: readonly string[]): string {
  let common = texts[0];
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}

function countGraphemes(text: string): number {
  const buffer = new LineBuffer();
  buffer.insert(text);
  return buffer.graphemes.length;
}
