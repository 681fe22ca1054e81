/** Lines entered before, walked through with the arrow keys and searched with ctrl-R. Pure; who keeps a file fills it. */

const MAX_ENTRIES = 1_000;

/** At most a thousand lines. */
export class LineHistory {
  readonly #entries: string[];
  /** Where the walk stands; at the length is the draft. */
  #at: number;
  #draft = "";

  constructor(entries: readonly string[] = []) {
    this.#entries = entries.slice(-MAX_ENTRIES);
    this.#at = this.#entries.length;
  }

  /** Oldest first. */
  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Takes an accepted line, unless it is empty or was the last one too, and ends the walk. */
  add(line: string): void {
    if (line.trim() !== "" && line !== this.#entries.at(-1)) this.#entries.push(line);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    this.#at = this.#entries.length;
    this.#draft = "";
  }

  /** The line before, or undefined at the oldest. `current` is kept when it is the draft. */
  older(current: string): string | undefined {
    if (this.#at === 0) return undefined;
    if (this.#at === this.#entries.length) this.#draft = current;
    return this.#entries[--this.#at];
  }

  /** The line after, at last the draft; undefined when already there. */
  newer(): string | undefined {
    if (this.#at === this.#entries.length) return undefined;
    this.#at++;
    return this.#at === this.#entries.length ? this.#draft : this.#entries[this.#at];
  }

  /** The newest line before place `before` that holds `query`, with its place. */
  search(
    query: string,
    before: number,
  ): { readonly line: string; readonly at: number } | undefined {
    for (let at = Math.min(before, this.#entries.length) - 1; at >= 0; at--) {
      if (this.#entries[at].includes(query)) return { line: this.#entries[at], at };
    }
    return undefined;
  }
}
