/** What is asked on a page of questions, as rows: the words, the choices, what is typed, and the remark below it. */

import type { CellStyle } from "../../terminal/cells/cell_grid.ts";
import type { LineEditor } from "../../terminal/lines/line_editor.ts";
import type { PromptOutcome } from "../../terminal/lines/prompt.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { splitGraphemes, truncateToWidth } from "../../terminal/cells/text_width.ts";
import type { QuestionKind } from "./question_hint.ts";
import type { Remark } from "./remark.ts";
import type { Theme } from "../theme/theme.ts";

/** What is asked now. */
export interface Question {
  readonly words: SafeText;
  readonly kind: QuestionKind;
  readonly choices: readonly string[];
  selected: number;
  readonly defaultAnswer: boolean;
  readonly editor: LineEditor;
  readonly remark: Remark | undefined;
  readonly settle: (outcome: PromptOutcome<string>) => void;
}

/** Of what is asked. */
export interface AskedRow {
  readonly text: SafeText;
  readonly style: CellStyle;
  /** Where the answer is typed. */
  readonly isInput?: boolean;
}

/** Of what is hidden so many characters are counted at most: a place to type in stays one row. */
const MAX_DOTS = 32;

/** Whether it is answered by typing. */
export function takesText({ kind }: Question): boolean {
  return kind === "line" || kind === "hidden";
}

/** The line that is typed, or dots for it. */
export function shownLine(
  { kind, editor }: Question,
  columns: number,
): { readonly text: SafeText; readonly cursorCells: number } {
  const widthCells = Math.max(2, columns - 4);
  return kind === "line" ? editor.view(widthCells) : hiddenLine(editor, widthCells);
}

/** A dot for each character: a person sees what their keys do. */
export function hiddenLine(
  editor: Pick<LineEditor, "text">,
  widthCells: number,
): { readonly text: SafeText; readonly cursorCells: number } {
  const dots = Math.min(MAX_DOTS, widthCells - 1, splitGraphemes(safeText(editor.text)).length);
  return { text: safeText("•".repeat(dots)), cursorCells: dots };
}

/** As wide as the screen. */
export function askedRows(question: Question, theme: Theme, columns: number): readonly AskedRow[] {
  const ends = question.kind === "yes-no" ? question.defaultAnswer ? " [Y/n] " : " [y/N] " : "";
  const widthCells = Math.max(2, columns - 1);
  const laidOut = (text: string, indentCells: number, style: CellStyle) =>
    layOutLines(safeText(text), { widthCells, indentCells }).map((text) => ({ text, style }));
  const words = laidOut(` ${question.words}${ends}`, 1, theme.own);
  const choices = question.choices.map((choice, i) => ({
    text: truncateToWidth(safeText(` ${i + 1}  ${choice} `), widthCells),
    style: i === question.selected ? theme.selected : theme.own,
  }));
  if (!takesText(question)) return [...words, ...choices];
  const { text } = shownLine(question, columns);
  const remark = question.remark?.text ?? "";
  return [
    ...words,
    { text: safeText(` > ${text}`), style: theme.own, isInput: true },
    ...remark === "" ? [] : laidOut(`   ${remark}`, 3, theme.faint),
  ];
}
