/** The words of a line that is not finished. Pure. */

import { nextWord } from "../../commands/words.ts";

/** A word of a line that is being typed. */
export interface TypedWord {
  readonly from: number;
  /** Without quotes. */
  readonly text: string;
}

/** The words from `start` on; the last is the one being typed, which may be empty, or quoted and not closed. */
export function typedWords(before: string, start: number): readonly TypedWord[] {
  const words: TypedWord[] = [];
  for (let at = start;;) {
    const from = before.length - before.slice(at).trimStart().length;
    const word = nextWord(before, at);
    if (word.kind === "end") return [...words, { from: before.length, text: "" }];
    if (word.kind === "open-quote") {
      const closed = nextWord(`${before}"`, at);
      return [...words, { from, text: closed.kind === "word" ? closed.text : "" }];
    }
    words.push({ from, text: word.text });
    if (word.end === before.length) return words;
    at = word.end;
  }
}
