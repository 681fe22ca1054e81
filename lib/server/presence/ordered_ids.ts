/** Ids in their order, for lists that are read in pages: no page costs more than its own length, however many there are. */

/** Each id once. */
export class OrderedIds<Id extends string> {
  readonly #ids: Id[] = [];

  get size(): number {
    return this.#ids.length;
  }

  /** One that is there stays. */
  add(id: Id): void {
    const at = this.#place(id);
    if (this.#ids[at] !== id) this.#ids.splice(at, 0, id);
  }

  /** One that is not there is none. */
  remove(id: Id): void {
    const at = this.#place(id);
    if (this.#ids[at] === id) this.#ids.splice(at, 1);
  }

  /** The next `limit` after `after`, which need not be there; the first without it. */
  after(after: string | undefined, limit: number): readonly Id[] {
    if (after === undefined) return this.#ids.slice(0, limit);
    const at = this.#place(after);
    const from = this.#ids[at] === after ? at + 1 : at;
    return this.#ids.slice(from, from + limit);
  }

  /** Where it stands, or would stand: by halving. */
  #place(id: string): number {
    let [low, high] = [0, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle] < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
