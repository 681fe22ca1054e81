/** A line editor with the keys of Emacs and readline: keys in, outcomes and a view out. Pure. */

import type { Completer } from "../../commands/completion.ts";
import { type EditorView, scrollToCursor } from "./input_row.ts";
import { type Key, keyName } from "../input/key.ts";
import { LineBuffer, MAX_TEXT_UNITS } from "./line_buffer.ts";
import { HistorySearch, LineHistory } from "./line_history.ts";

/** What a key led to. */
export type EditorOutcome =
  /** Nothing to show anew, something changed, or what tab led to. */
  | Completed
  /** Enter. The editor is empty again. */
  | { readonly kind: "accepted"; readonly text: string }
  /** Ctrl-C. The editor is empty again. */
  | { readonly kind: "interrupted" }
  /** Ctrl-D on an empty line. */
  | { readonly kind: "ended" }
  /** Ctrl-L: the face should paint the screen anew. */
  | { readonly kind: "repaint" }
  /** What was typed or pasted has no room, and nothing of it was taken. */
  | { readonly kind: "too-long"; readonly words: string };

/** What an editor may know from the start. */
export interface LineEditorOptions {
  readonly history?: LineHistory;
  readonly complete?: Completer;
}

const CHANGED: EditorOutcome = { kind: "changed" };
const IGNORED: EditorOutcome = { kind: "ignored" };

/** Why a text of so many UTF-16 units is not taken whole, and what to do. */
export function tooLongWords(units: number): string {
  const [size, most] = [units, MAX_TEXT_UNITS].map((count) => count.toLocaleString("en"));
  return `${size} characters are too long for a message (at most ${most}). Save the text and send the file: /send @NAME FILE`;
}

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
  "alt-enter": (_, buffer) => void buffer.insert("\n"),
  "shift-enter": (_, buffer) => void buffer.insert("\n"),
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

/** One line at a time. Owns nothing; `history` may be shared with what saves it. */
export class LineEditor {
  readonly history: LineHistory;
  readonly #complete: Completer | undefined;
  readonly #buffer = new LineBuffer();
  #search: HistorySearch | undefined;

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
    replaceWord(this.#buffer, from, text);
  }

  /** Replaces the line, e.g. by a saved draft. False when its end did not fit. */
  setText(text: string): boolean {
    return this.#buffer.setText(text);
  }

  /** Does what the key means. */
  handle(key: Key): EditorOutcome {
    if (this.#search !== undefined) return this.#handleSearch(key, this.#search);
    if (key.kind === "text" || key.kind === "paste") {
      const isTaken = this.#buffer.insert(key.text, key.kind === "text" ? "typing" : "other");
      const units = this.#buffer.text.length + key.text.length;
      return isTaken ? CHANGED : { kind: "too-long", words: `Not pasted: ${tooLongWords(units)}` };
    }
    const action = ACTIONS[keyName(key) ?? ""];
    return action === undefined ? IGNORED : action(this, this.#buffer) ?? CHANGED;
  }

  /** One row of at most `widthCells` cells, scrolled sideways so that the cursor is in it. At least two cells wide. */
  view(widthCells: number): EditorView {
    if (this.#search !== undefined) return this.#search.view(widthCells);
    const { graphemes, cursor } = this.#buffer;
    return scrollToCursor(graphemes, cursor, Math.max(2, widthCells));
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
    this.#search = new HistorySearch(this.history);
    return CHANGED;
  }

  complete(): EditorOutcome {
    return this.#complete === undefined ? IGNORED : completeIn(this.#buffer, this.#complete);
  }

  #handleSearch(key: Key, search: HistorySearch): EditorOutcome {
    const outcome = search.handle(key);
    if (outcome === "on") return CHANGED;
    this.#search = undefined;
    if (outcome === "given-up") return CHANGED;
    // Any other key takes what was found, and does what it always does.
    if (search.match !== undefined) this.#buffer.setText(search.match);
    const done = this.handle(key);
    return done.kind === "ignored" ? CHANGED : done;
  }
}

// What tab makes of the text before the cursor.

/** What tab led to. */
type Completed =
  /** Nothing to go on with. */
  | { readonly kind: "ignored" }
  | { readonly kind: "changed" }
  /** Nothing yet: tab again when `ready` resolves. */
  | { readonly kind: "coming"; readonly ready: Promise<void> }
  /** There are several ways to go on. */
  | { readonly kind: "candidates"; readonly candidates: readonly string[] };

/** Writes as much as all candidates agree on. */
function completeIn(buffer: LineBuffer, completer: Completer): Completed {
  const before = buffer.textBeforeCursor;
  const { from, candidates, coming } = completer(before);
  if (candidates.length === 0) {
    return coming === undefined ? { kind: "ignored" } : { kind: "coming", ready: coming };
  }
  const typed = before.slice(from);
  const common = candidates.length === 1 ? candidates[0] : commonStart(candidates);
  if (common.startsWith(typed) && common.length > typed.length) {
    buffer.insert(common.slice(typed.length));
    return { kind: "changed" };
  }
  if (candidates.length > 1) return { kind: "candidates", candidates };
  if (common === typed) return { kind: "ignored" };
  // The only candidate is spelt differently, e.g. in another case: it replaces what was typed.
  replaceWord(buffer, from, common);
  return { kind: "changed" };
}

/** Puts a text in the place of what was typed from `from` on, a UTF-16 offset into the text before the cursor. */
function replaceWord(buffer: LineBuffer, from: number, text: string): void {
  const typed = buffer.textBeforeCursor.slice(from);
  buffer.deleteTo(buffer.cursor - countGraphemes(typed));
  buffer.insert(text);
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
