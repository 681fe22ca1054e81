/** One line of text under a cursor: graphemes, edits, undo and what was killed. Pure. */

import { splitGraphemes } from "../cells/text_width.ts";

/** A message is smaller on the wire; this only bounds what a paste can do. In UTF-16 units. */
export const MAX_TEXT_UNITS = 65_536;
const MAX_UNDO_STEPS = 200;
const MAX_KILLS = 30;

interface Snapshot {
  readonly graphemes: readonly string[];
  readonly cursor: number;
}

/** Controls other than newline can be pasted but not written; a tab becomes a space. */
// deno-lint-ignore no-control-regex -- these are the ones to drop
const UNWRITABLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;

/** The text being typed. Every call keeps the cursor between graphemes. */
export class LineBuffer {
  #graphemes: readonly string[] = [];
  #cursor = 0;
  #undo: Snapshot[] = [];
  #kills: string[] = [];
  /** What the last edit was: typing in a row is one undo step, killing in a row one kill. */
  #last: "typing" | "killing" | "yanking" | "other" = "other";
  #yankedGraphemes = 0;

  get text(): string {
    return this.#graphemes.join("");
  }

  get graphemes(): readonly string[] {
    return this.#graphemes;
  }

  /** In graphemes from the start. */
  get cursor(): number {
    return this.#cursor;
  }

  get textBeforeCursor(): string {
    return this.#graphemes.slice(0, this.#cursor).join("");
  }

  /** Replaces all, cursor at the end. The old text can be had back by undo. False when the end did not fit. */
  setText(text: string): boolean {
    this.#remember("other");
    this.#graphemes = splitGraphemes(text.slice(0, MAX_TEXT_UNITS));
    this.#cursor = this.#graphemes.length;
    return text.length <= MAX_TEXT_UNITS;
  }

  /** Empties the buffer for the next line: nothing to undo, kills stay. */
  reset(): void {
    this.#graphemes = [];
    this.#cursor = 0;
    this.#undo = [];
    this.#last = "other";
  }

  /** Puts `text` at the cursor: all of it, or, with false, nothing when there is no room. Line breaks become `\n`. */
  insert(text: string, how: "typing" | "yanking" | "other" = "other"): boolean {
    const clean = text.replace(/\r\n?/g, "\n").replaceAll("\t", " ").replace(UNWRITABLE, "");
    const room = MAX_TEXT_UNITS - this.text.length;
    if (clean.length > room) return false;
    if (clean === "") return true;
    this.#remember(how);
    // Joined anew, since a mark or a joiner belongs to the grapheme before it.
    const before = splitGraphemes(this.textBeforeCursor + clean);
    const after = this.#graphemes.slice(this.#cursor).join("");
    this.#graphemes = [...before, ...splitGraphemes(after)];
    this.#cursor = before.length;
    return true;
  }

  moveTo(cursor: number): void {
    this.#cursor = Math.max(0, Math.min(cursor, this.#graphemes.length));
    this.#last = "other";
  }

  /** Start of the word before the cursor, or the place after the word behind it. */
  wordEdge(direction: -1 | 1): number {
    const at = (i: number) => direction < 0 ? this.#graphemes[i - 1] : this.#graphemes[i];
    const isSpace = (i: number) => /^\s$/.test(at(i) ?? "");
    let i = this.#cursor;
    while (at(i) !== undefined && isSpace(i)) i += direction;
    while (at(i) !== undefined && !isSpace(i)) i += direction;
    return i;
  }

  /** Removes from the cursor to `other`, which may lie on either side. */
  deleteTo(other: number): void {
    this.#cut(other, "other");
  }

  /** Like `deleteTo`, and keeps what was removed for `yank`. */
  killTo(other: number): void {
    const isForward = other > this.#cursor;
    const wasKilling = this.#last === "killing";
    const killed = this.#cut(other, "killing");
    if (killed === "") return;
    const previous = wasKilling ? this.#kills.pop() ?? "" : "";
    this.#kills.push(isForward ? previous + killed : killed + previous);
    if (this.#kills.length > MAX_KILLS) this.#kills.shift();
  }

  /** Inserts what was killed last. */
  yank(): void {
    const killed = this.#kills.at(-1);
    if (killed === undefined) return;
    const start = this.#cursor;
    this.insert(killed, "yanking");
    this.#yankedGraphemes = this.#cursor - start;
  }

  /** Straight after a yank: replaces it by the kill before. */
  yankPop(): void {
    if (this.#last !== "yanking" || this.#kills.length < 2) return;
    const newest = this.#kills.pop();
    if (newest !== undefined) this.#kills.unshift(newest);
    this.#cut(this.#cursor - this.#yankedGraphemes, "other");
    this.yank();
  }

  /** Swaps the graphemes around the cursor, at the end the two before it. */
  transpose(): void {
    const second = Math.min(this.#cursor, this.#graphemes.length - 1);
    if (second < 1) return;
    this.#remember("other");
    const swapped = [...this.#graphemes];
    [swapped[second - 1], swapped[second]] = [swapped[second], swapped[second - 1]];
    this.#graphemes = swapped;
    this.#cursor = second + 1;
  }

  undo(): void {
    const snapshot = this.#undo.pop();
    if (snapshot === undefined) return;
    this.#graphemes = snapshot.graphemes;
    this.#cursor = snapshot.cursor;
    this.#last = "other";
  }

  #cut(other: number, how: "killing" | "other"): string {
    const start = Math.max(0, Math.min(this.#cursor, other));
    const end = Math.min(this.#graphemes.length, Math.max(this.#cursor, other));
    if (start === end) return "";
    this.#remember(how);
    const removed = this.#graphemes.slice(start, end).join("");
    const before = this.#graphemes.slice(0, start).join("");
    const after = this.#graphemes.slice(end).join("");
    this.#graphemes = splitGraphemes(before + after);
    this.#cursor = splitGraphemes(before).length;
    return removed;
  }

  #remember(how: "typing" | "killing" | "yanking" | "other"): void {
    if (how !== "typing" || this.#last !== "typing") {
      this.#undo.push({ graphemes: this.#graphemes, cursor: this.#cursor });
      if (this.#undo.length > MAX_UNDO_STEPS) this.#undo.shift();
    }
    this.#last = how;
  }
}
