/** What is being typed: one editor for each conversation, so that each keeps its draft. */

import { type Key, keyName } from "../../terminal/input/key.ts";
import { type EditorOutcome, LineEditor } from "../../terminal/lines/line_editor.ts";
import { LineHistory } from "../../terminal/lines/line_history.ts";
import { safeText } from "../../base/safe_text.ts";
import { graphemeWidthCells } from "../../terminal/cells/text_width.ts";
import type { SafeText } from "../../base/safe_text.ts";
import type { Place } from "../../app/conversations/model.ts";

/** The text in rows, and where the cursor stands in them. */
export interface ComposerView {
  readonly rows: readonly SafeText[];
  readonly cursor: { readonly column: number; readonly row: number };
}

/** What the text being typed is to become, where that is more than a text. */
export interface Aim {
  readonly kind: "reply" | "edit";
  /** Of the text that it is about. */
  readonly id: string;
  /** Of that text: who says it, and how it begins. */
  readonly about: SafeText;
  /** Of an edit: what it says now. */
  readonly text: string;
}

/** What a key led to; `passed`: the composer has no use for it. */
export type ComposerOutcome = EditorOutcome | { readonly kind: "passed" };

/** The texts being typed, one to a conversation. */
export class Composer {
  readonly #editors = new Map<Place, LineEditor>();
  readonly #history = new LineHistory();
  /** With what stood in the line before an edit. */
  readonly #aims = new Map<Place, { readonly aim: Aim; readonly draft: string }>();

  /** The editor of a conversation, with its draft. */
  editorOf(place: Place): LineEditor {
    let editor = this.#editors.get(place);
    if (editor === undefined) {
      editor = new LineEditor({ history: this.#history });
      this.#editors.set(place, editor);
    }
    return editor;
  }

  /** What is to be kept of each conversation where anything was ever typed: no edit, which is of a moment. */
  *texts(): Generator<readonly [Place, string]> {
    for (const [place, editor] of this.#editors) {
      const aimed = this.#aims.get(place);
      yield [place, aimed?.aim.kind === "edit" ? aimed.draft : editor.text];
    }
  }

  /** What the text of a conversation is to become; undefined: a text. */
  aimOf(place: Place): Aim | undefined {
    return this.#aims.get(place)?.aim;
  }

  /** Has the text become an answer, or an edit: then the line holds what is edited, until that ends. */
  aimAt(place: Place, aim: Aim): void {
    this.dropAim(place);
    const editor = this.editorOf(place);
    this.#aims.set(place, { aim, draft: editor.text });
    if (aim.kind === "edit") editor.setText(aim.text);
  }

  /** The text is to be one of its own again; what an edit replaced is back. */
  dropAim(place: Place): void {
    const aimed = this.#aims.get(place);
    this.#aims.delete(place);
    if (aimed?.aim.kind === "edit") this.editorOf(place).setText(aimed.draft);
  }

  /** Up and down go through the rows of a text first, and through what was entered before after that. */
  handle(place: Place, key: Key, widthCells: number): ComposerOutcome {
    const editor = this.editorOf(place);
    const name = keyName(key);
    if ((name === "up" || name === "down") && !editor.isSearching) {
      const moved = moveRow(editor, name === "up" ? -1 : 1, widthCells);
      if (moved) return { kind: "changed" };
      const aim = this.aimOf(place);
      if (aim?.kind === "edit") {
        // Further up is what was entered before; an edit that was begun is not lost to it.
        if (name === "down" || editor.text !== aim.text) return { kind: "changed" };
        this.dropAim(place);
      }
    }
    const outcome = editor.handle(key);
    return outcome.kind === "ignored" ? { kind: "passed" } : outcome;
  }

  /** Rows of at most `widthCells`; while a search runs, its one row. */
  view(place: Place, widthCells: number): ComposerView {
    const editor = this.editorOf(place);
    if (editor.isSearching) {
      const { text, cursorCells } = editor.view(Math.max(2, widthCells));
      return { rows: [text], cursor: { column: cursorCells, row: 0 } };
    }
    return layOutText(editor.graphemes, editor.cursor, Math.max(2, widthCells));
  }
}

/** Breaks a text being typed into rows: at line breaks, and where a row is full. The cursor needs a cell of its own. */
export function layOutText(
  graphemes: readonly string[],
  cursor: number,
  widthCells: number,
): ComposerView {
  const places = placeGraphemes(graphemes, widthCells);
  const rows: string[] = [];
  for (const [i, { row }] of places.entries()) {
    while (rows.length <= row) rows.push("");
    const grapheme = graphemes[i];
    if (grapheme !== undefined && grapheme !== "\n") rows[row] += grapheme;
  }
  const end = places[places.length - 1];
  return { rows: rows.map((row) => safeText(row)), cursor: places[cursor] ?? end };
}

/** Where each grapheme stands, and, last, what would come behind them. */
function placeGraphemes(
  graphemes: readonly string[],
  widthCells: number,
): { readonly column: number; readonly row: number }[] {
  let column = 0;
  let row = 0;
  const places = graphemes.map((grapheme) => {
    const cells = grapheme === "\n" ? 0 : graphemeWidthCells(grapheme);
    if (column + cells > widthCells - 1) {
      row++;
      column = 0;
    }
    const place = { column, row };
    column += cells;
    if (grapheme === "\n") {
      row++;
      column = 0;
    }
    return place;
  });
  return [...places, { column, row }];
}

/** The cursor one row further up or down in the same column; false at the first or last row. */
function moveRow(editor: LineEditor, step: 1 | -1, widthCells: number): boolean {
  const places = placeGraphemes(editor.graphemes, Math.max(2, widthCells));
  const from = places[editor.cursor];
  const to = places.findLastIndex(({ row, column }) =>
    row === from.row + step && column <= from.column
  );
  if (to < 0) return false;
  editor.moveTo(to);
  return true;
}
