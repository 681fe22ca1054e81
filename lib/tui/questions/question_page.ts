/** Questions on the whole screen, before there is anybody to talk as: what was said above, what is asked below. */

import { CellGrid } from "../../terminal/cells/cell_grid.ts";
import type { CellPlace } from "../../terminal/cells/cell_screen.ts";
import { type Key, keyName } from "../../terminal/input/key.ts";
import { LineEditor } from "../../terminal/lines/line_editor.ts";
import type { PromptOutcome } from "../../terminal/lines/prompt.ts";
import { type SafeText, safeText } from "../../base/safe_text.ts";
import { layOutLines } from "../../terminal/cells/text_layout.ts";
import { textWidthCells } from "../../terminal/cells/text_width.ts";
import { bar } from "../panes/bars.ts";
import { beginHelp, terminalWords } from "./begin_help.ts";
import { questionHint } from "./question_hint.ts";
import { type AskedRow, askedRows, type Question, shownLine, takesText } from "./question_rows.ts";
import { Remark, type RemarkWords } from "./remark.ts";
import type { Theme } from "../theme/theme.ts";

/** More than a screen of notes is not read. */
const MAX_NOTES = 200;
/** Keys that are kept until something is asked: some answers that are pasted or typed ahead. */
const MAX_EARLY_KEYS = 1_000;

const WELCOME = safeText(
  "Chat, send and watch video, end-to-end encrypted: only the receivers can read it.\n ",
);

const INTERRUPTED = { kind: "interrupted" } as const;
const BACK = { kind: "back" } as const;
function isInterrupt(key: Key): boolean {
  return keyName(key) === "ctrl-c";
}

/** Something to read. */
interface Note {
  readonly text: SafeText;
  /** Of an answer: to which question. */
  readonly answers?: SafeText;
}

/** Lines of the newest notes that fit whole, from the top on; of the newest one the end, where it alone is too long. */
function newest(notes: readonly (readonly SafeText[])[], room: number): readonly SafeText[] {
  const shown: SafeText[] = [];
  for (const lines of notes.toReversed()) {
    if (shown.length + lines.length > room) {
      return shown.length > 0 || room === 0 ? shown : lines.slice(-room);
    }
    shown.unshift(...lines);
  }
  return shown;
}

/** One question at a time; fits what the command line asks with (`cli/person.ts`). */
export class QuestionPage {
  /** Another one when it is known what the terminal can show. */
  theme: Theme;
  readonly #onChanged: () => void;
  readonly #notice: string;
  readonly #notes: Note[] = [];
  /** The person wants a question before this one again. */
  #goesBack = false;
  #question: Question | undefined;
  /** What was typed while nothing was asked. */
  #early: Key[] = [];
  #hasEnded = false;
  #showsHelp = false;
  /** What help says of the terminal, once that is known. */
  terminal: Parameters<typeof beginHelp>[1];

  /** `notice`: what is to be said all the time; empty: nothing. */
  constructor(theme: Theme, onChanged: () => void, notice = "") {
    this.#notice = notice;
    this.theme = theme;
    this.#onChanged = onChanged;
    this.#notes.push({ text: WELCOME });
  }

  /** Adds something to read. Foreign text may be in it. */
  note(text: string): void {
    this.#add({ text: safeText(text) });
  }

  #add(note: Note): void {
    this.#notes.push(note);
    if (this.#notes.length > MAX_NOTES) this.#notes.shift();
    this.#onChanged();
  }

  /** A line of text. */
  ask(words: SafeText, remark?: RemarkWords): Promise<PromptOutcome<string>> {
    return this.#put({ words, kind: "line", remark: this.#remarkOf(remark) });
  }

  /** A password: a dot for each character, so that a person sees what their keys do; nothing else of it is ever shown. */
  askHidden(words: SafeText, remark?: RemarkWords): Promise<PromptOutcome<string>> {
    return this.#put({ words, kind: "hidden", remark: this.#remarkOf(remark) });
  }

  async confirm(words: SafeText, defaultAnswer: boolean): Promise<PromptOutcome<boolean>> {
    const outcome = await this.#put({ words, kind: "yes-no", defaultAnswer });
    return outcome.kind === "answered" ? { ...outcome, answer: outcome.answer === "y" } : outcome;
  }

  /** One of some, by its number from 0. */
  async choose(words: SafeText, choices: readonly string[]): Promise<PromptOutcome<number>> {
    const outcome = await this.#put({ words, kind: "choice", choices });
    return outcome.kind === "answered" ? { ...outcome, answer: Number(outcome.answer) } : outcome;
  }

  /** They stand below the line. */
  readonly showsRemarks = true;

  /** The terminal is given back by whoever owns it. */
  restore(): void {}

  /** The input has ended, or the program is to: nobody will answer, now and later. */
  end(): void {
    this.#hasEnded = true;
    this.#settle({ kind: "ended" });
  }

  handle(key: Key): void {
    const question = this.#question;
    if (question === undefined) return this.#keep(key);
    if (this.#showsHelp && keyName(key) !== "ctrl-c") {
      this.#showsHelp = false;
      return this.#onChanged();
    }
    if (!takesText(question) && key.kind === "text" && key.text === "?") {
      this.#showsHelp = true;
      return this.#onChanged();
    }
    if (question.kind === "yes-no") this.#answerYesNo(key, question);
    else if (question.kind === "choice") this.#answerChoice(key, question);
    else this.#answerLine(key, question);
    this.#onChanged();
  }

  /** The whole screen. */
  paint(size: { readonly columns: number; readonly rows: number }): {
    readonly grid: CellGrid;
    readonly cursor: CellPlace | undefined;
  } {
    const { columns, rows } = size;
    const { theme } = this;
    const grid = new CellGrid(columns, rows);
    const whole = { column: 0, row: 0, widthCells: columns, heightCells: rows };
    grid.fill(whole, theme.text);
    const style = theme.bar;
    const hasBars = rows >= 4;
    if (hasBars) {
      grid.write(whole, 0, bar(" heliograph", `${this.#notice} `, { widthCells: columns, style }));
      const hint = bar(` ${questionHint(this.#question, this.#showsHelp)}`, "", {
        widthCells: columns,
        style,
      });
      grid.write(whole, rows - 1, hint);
    }
    const body = { ...whole, row: hasBars ? 1 : 0, heightCells: rows - (hasBars ? 2 : 0) };
    if (this.#showsHelp) {
      const rows = beginHelp(columns - 1, this.terminal).slice(0, body.heightCells);
      rows.forEach((text, i) => grid.write(whole, body.row + i, [{ text, style: theme.text }]));
      return { grid, cursor: undefined };
    }
    const asked = this.#question === undefined
      ? []
      : askedRows(this.#question, this.theme, columns);
    const notes = this.#allNotes().map((note) =>
      layOutLines(safeText(` ${note}`), { widthCells: Math.max(2, columns - 1), indentCells: 1 })
    );
    const shown = newest(notes, Math.max(0, body.heightCells - asked.length - 1));
    shown.forEach((text, i) => grid.write(whole, body.row + i, [{ text, style: theme.text }]));
    const first = Math.min(
      body.row + shown.length + (shown.length > 0 ? 1 : 0),
      body.row + Math.max(0, body.heightCells - asked.length),
    );
    asked.forEach(({ text, style }, i) => grid.write(whole, first + i, [{ text, style }]));
    return { grid, cursor: this.#cursor(asked, first, columns) };
  }

  /** Below the first one, what was found out of the terminal. */
  #allNotes(): readonly SafeText[] {
    const [first, ...others] = this.#notes.map(({ text }) => text);
    if (this.terminal === undefined || first !== WELCOME) return [first, ...others];
    return [first, safeText(`${terminalWords(this.terminal)}\n `), ...others];
  }

  #remarkOf(words: RemarkWords | undefined): Remark | undefined {
    return words && new Remark(words, () => this.#onChanged());
  }

  #put(
    asked: Pick<Question, "words" | "kind"> & Partial<Question>,
  ): Promise<PromptOutcome<string>> {
    if (this.#hasEnded) return Promise.resolve({ kind: "ended" });
    this.#forgetSince(asked.words);
    const { promise, resolve } = Promise.withResolvers<PromptOutcome<string>>();
    this.#question = {
      choices: [],
      selected: 0,
      defaultAnswer: false,
      editor: new LineEditor(),
      remark: undefined,
      ...asked,
      settle: resolve,
    };
    this.#answerEarly(this.#question);
    this.#onChanged();
    return promise;
  }

  /** Who went back to a question sees neither their answer to it nor what came of that. */
  #forgetSince(words: SafeText): void {
    if (!this.#goesBack) return;
    this.#goesBack = false;
    const at = this.#notes.findLastIndex(({ answers }) => answers === words);
    if (at >= 0) this.#notes.length = at;
  }

  /** Typed ahead of a question: a slow machine still works on the answer before it. */
  #keep(key: Key): void {
    if (isInterrupt(key)) this.#early = [key];
    else if (this.#early.length < MAX_EARLY_KEYS) this.#early.push(key);
  }

  /** What was typed and no question took: it is for whatever comes after the questions. */
  takeEarly(): readonly Key[] {
    return this.#early.splice(0);
  }

  /** What one key decides is to be read first: of what was typed before that, only Ctrl-C is for it. */
  #answerEarly(question: Question): void {
    const keys = takesText(question) ? this.#early : this.#early.filter(isInterrupt);
    this.#early = [];
    for (const key of keys) this.handle(key);
  }

  #settle(outcome: PromptOutcome<string>): void {
    const question = this.#question;
    this.#question = undefined;
    this.#goesBack = outcome.kind === "back";
    question?.settle(outcome);
  }

  #answerLine(key: Key, { editor, kind, words, remark }: Question): void {
    if (keyName(key) === "escape") return this.#settle(BACK);
    const outcome = editor.handle(key);
    if (outcome.kind === "interrupted") this.#settle(INTERRUPTED);
    if (outcome.kind === "ended") this.#settle({ kind: "ended" });
    if (outcome.kind !== "accepted") return remark?.follow(editor.text);
    const answer = outcome.text.replace(/\s*\n\s*/g, kind === "hidden" ? "" : " ");
    // What was answered stays to be seen; a secret does not.
    this.#add({
      text: safeText(kind === "hidden" ? words : `${words}${answer}`),
      answers: words,
    });
    this.#settle({ kind: "answered", answer });
  }

  #answerYesNo(key: Key, { defaultAnswer, words }: Question): void {
    const name = key.kind === "text" ? key.text.toLowerCase() : keyName(key);
    const answer = name === "y"
      ? "y"
      : name === "n"
      ? "n"
      : name === "enter"
      ? defaultAnswer ? "y" : "n"
      : undefined;
    if (name === "ctrl-c") return this.#settle(INTERRUPTED);
    if (name === "escape") return this.#settle(BACK);
    if (answer === undefined) return;
    this.#add({ text: safeText(`${words} ${answer === "y" ? "yes" : "no"}`), answers: words });
    this.#settle({ kind: "answered", answer });
  }

  #answerChoice(key: Key, question: Question): void {
    const name = key.kind === "text" ? key.text : keyName(key) ?? "";
    const { choices } = question;
    const number = Number(name);
    if (name === "up") question.selected = Math.max(0, question.selected - 1);
    else if (name === "down" || name === "tab") {
      question.selected = Math.min(choices.length - 1, question.selected + 1);
    } else if (name === "ctrl-c") this.#settle(INTERRUPTED);
    else if (name === "escape") this.#settle(BACK);
    else if (number >= 1 && number <= choices.length) this.#choose(question, number - 1);
    else if (name === "enter") this.#choose(question, question.selected);
  }

  #choose({ choices, words }: Question, at: number): void {
    this.#add({ text: safeText(choices[at]), answers: words });
    this.#settle({ kind: "answered", answer: `${at}` });
  }

  #cursor(
    asked: readonly AskedRow[],
    first: number,
    columns: number,
  ): CellPlace | undefined {
    const question = this.#question;
    if (question === undefined || question.kind === "choice") return undefined;
    const input = asked.findIndex(({ isInput }) => isInput);
    const row = first + (input < 0 ? asked.length - 1 : input);
    if (takesText(question)) {
      const { cursorCells } = shownLine(question, columns);
      return { row, column: Math.min(columns - 1, 3 + cursorCells) };
    }
    return { row, column: Math.min(columns - 1, textWidthCells(asked[asked.length - 1].text) + 1) };
  }
}
