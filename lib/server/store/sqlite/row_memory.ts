/** Rows that were read and cannot have changed since: who says ten things in a row is looked up once. */

/** Keys that are remembered; then all are read again. */
const MAX_KEYS = 20_000;

/** Whoever keeps count of how often everything that was read may have changed. */
export interface Rounds {
  /** Another one when what was read before is not to be trusted any more. */
  readonly round: number;
}

/** Values by their keys, for one round. Use it only where nothing that it holds is written: in calls of the effect `draft`. */
export class RowMemory<Key, Value> {
  readonly #rounds: Rounds;
  readonly #read: (key: Key) => Value;
  readonly #values = new Map<Key, Value>();
  #round = -1;

  constructor(rounds: Rounds, read: (key: Key) => Value) {
    this.#rounds = rounds;
    this.#read = read;
  }

  get(key: Key): Value {
    const { round } = this.#rounds;
    if (this.#round !== round || this.#values.size >= MAX_KEYS) {
      this.#values.clear();
      this.#round = round;
    }
    // `undefined` may be a value too.
    if (this.#values.has(key)) return this.#values.get(key) as Value;
    const value = this.#read(key);
    this.#values.set(key, value);
    return value;
  }
}
