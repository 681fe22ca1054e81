/** What is said below a line while it is typed: the words for what stands there now, which may take a moment. */

import { type SafeText, safeText } from "../../base/safe_text.ts";

/** Words for what was typed; empty: none. */
export type RemarkWords = (typed: string) => string | Promise<string>;

/** Of one question. Words that come too late are not shown. */
export class Remark {
  readonly #words: RemarkWords;
  readonly #onChanged: () => void;
  #about: string | undefined;
  #shown = safeText("");

  constructor(words: RemarkWords, onChanged: () => void) {
    this.#words = words;
    this.#onChanged = onChanged;
    this.follow("");
  }

  get text(): SafeText {
    return this.#shown;
  }

  /** `typed`: what stands in the line now. Until there are words for it, those before stay: nothing flickers. */
  follow(typed: string): void {
    if (typed === this.#about) return;
    this.#about = typed;
    const words = this.#words(typed);
    if (typeof words === "string") this.#shown = safeText(words);
    else void this.#showLater(words, typed);
  }

  async #showLater(coming: Promise<string>, typed: string): Promise<void> {
    const words = await coming;
    if (typed !== this.#about) return;
    this.#shown = safeText(words);
    this.#onChanged();
  }
}
