/** A shell's own words for what commands report, beside those that it leaves as they are. */

import type { Wording } from "../commands/wording.ts";

/** By group of commands. */
export class Rewordings {
  readonly #own = new Map<object, object>();

  /** Of the group whose words are `of`. */
  set<Kinds extends object>(of: Wording<Kinds>, own: Partial<Wording<Kinds>>): this {
    this.#own.set(of, own);
    return this;
  }

  /** See `ShellVoice`. */
  reword<Kinds extends object>(of: Wording<Kinds>, usual: Wording<Kinds>): Wording<Kinds> {
    return { ...usual, ...this.#own.get(of) };
  }
}

/** Lines that stand for themselves. */
export function lines<Facts>(
  line: (facts: Facts) => string | readonly string[],
): { readonly isList: true; line(facts: Facts): string | readonly string[] } {
  return { isList: true, line };
}
