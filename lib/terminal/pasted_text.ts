/** A text that is pasted (mode 2004), as it comes in pieces, up to its end mark. */

import type { Key } from "./key.ts";

/** A paste is for one message: longer ones are cut, and say so. */
const MAX_PASTE_UNITS = 1_048_576;

const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";

/** Keeps a bounded amount. */
export class PastedText {
  #text = "";
  #isCut = false;
  /** So many units of the end mark were seen, and are not in the text yet. */
  #matched = 0;

  /** Takes `text` from `at` on; returns where to go on, and whether the end mark was there. */
  take(text: string, at: number): { readonly next: number; readonly hasEnded: boolean } {
    if (text[at] === PASTE_END[this.#matched]) {
      this.#matched++;
      return { next: at + 1, hasEnded: this.#matched === PASTE_END.length };
    }
    // Only the first unit of the end mark is an ESC, so what was matched cannot hold another beginning.
    this.#append(PASTE_END.slice(0, this.#matched));
    this.#matched = 0;
    const escape = text.indexOf("\x1b", at);
    const next = escape < 0 ? text.length : escape;
    this.#append(text.slice(at, next));
    return { next, hasEnded: false };
  }

  /** As far as it came. */
  get key(): Key {
    const text = this.#text;
    return { kind: "paste", text, cut: this.#isCut, sequence: PASTE_BEGIN + text + PASTE_END };
  }

  #append(part: string): void {
    const room = MAX_PASTE_UNITS - this.#text.length;
    if (part.length > room) this.#isCut = true;
    this.#text += part.slice(0, room);
  }
}
