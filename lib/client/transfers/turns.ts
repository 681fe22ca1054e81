/** Whose chunk is next: transfers of one connection take turns, so that a small one is not behind a great one. Pure. */

/** A ring of those that have something to send. */
export class Turns<Item> {
  #ring: Item[] = [];

  get size(): number {
    return this.#ring.length;
  }

  /** Joins at the end, behind all others. Joining twice changes nothing. */
  add(item: Item): void {
    if (!this.#ring.includes(item)) this.#ring.push(item);
  }

  /** Leaving twice changes nothing. */
  remove(item: Item): void {
    this.#ring = this.#ring.filter((one) => one !== item);
  }

  /** The first that is ready; it goes to the end. Undefined when none is. */
  next(isReady: (item: Item) => boolean): Item | undefined {
    const found = this.#ring.find(isReady);
    if (found === undefined) return undefined;
    this.remove(found);
    this.#ring.push(found);
    return found;
  }
}
