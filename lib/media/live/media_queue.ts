/** What waits to be published, the most urgent first. Nobody waits for a slow line: the oldest of a priority is dropped for a newer one. */

/** A pure machine. Priorities are numbered from 0, the most urgent one. */
export class MediaQueue<T> {
  readonly #waiting: readonly { readonly most: number; readonly items: T[] }[];
  #dropped = 0;

  /** `most`: how many of each priority may wait, from 0 on. */
  constructor(most: readonly number[]) {
    this.#waiting = most.map((most) => ({ most, items: [] }));
  }

  /** Items that nobody will take. */
  get dropped(): number {
    return this.#dropped;
  }

  offer(item: T, priority = 0): void {
    const { most, items } = this.#waiting[priority];
    items.push(item);
    if (items.length <= most) return;
    items.shift();
    this.#dropped++;
  }

  /** The oldest of the most urgent ones; undefined when nothing waits. */
  take(): T | undefined {
    return this.#waiting.find(({ items }) => items.length > 0)?.items.shift();
  }
}
