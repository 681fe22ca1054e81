/** Reads conversations from the disk as they are opened and scrolled, and keeps how far they were read. */

import type { Client } from "../client/client.ts";
import { readMark, unreadMark } from "../client/messaging/marks.ts";
import { deliveryOf, itemOf, placeOf } from "./items.ts";
import { type Model, pageOf } from "./model.ts";
import type { Place, TalkFacts } from "./talk.ts";
import { addOlder, firstUnread, setDelivery } from "./update.ts";

/** As much as is read at once. */
const READ_ITEMS = 300;

/** One for a screen. Knows which pages are being read. */
export class PageReader {
  readonly #client: Client;
  readonly #facts: TalkFacts;
  readonly #reading = new Set<Place>();
  readonly #opened = new Set<Place>();

  constructor(client: Client, facts: TalkFacts) {
    this.#client = client;
    this.#facts = facts;
  }

  /** Whether a page has to be read: it was never opened, or its top is seen and there is more. */
  isDue(model: Model, place: Place, reachesTop: boolean): boolean {
    if (this.#reading.has(place)) return false;
    return !this.#opened.has(place) || (reachesTop && !pageOf(model, place).isWhole);
  }

  /** Reads what is older than all that is there. What is returned puts it into the model as that is then. */
  async read(model: Model, place: Place): Promise<(model: Model) => Model> {
    const isFirst = !this.#opened.has(place);
    this.#reading.add(place);
    this.#opened.add(place);
    try {
      const oldest = pageOf(model, place).items.find((item) => item.place !== undefined)?.place;
      // At the first time also what lies between: own texts among those that are unread.
      const until = isFirst ? Infinity : oldest ?? Infinity;
      const { history } = this.#client.messenger;
      const entries = await history.latest(
        READ_ITEMS,
        (entry) => placeOf(entry) === place && entry.place <= until,
      );
      const { name } = this.#client.profile.own;
      const items = entries.map((entry) => itemOf(entry, this.#facts, name));
      const isWhole = entries.length < READ_ITEMS;
      const states = entries.filter((entry) => entry.own).map(({ id }) => ({
        id,
        delivery: deliveryOf(this.#client.deliveryOf(id)),
      }));
      return (now) => {
        let next = addOlder(now, place, { items, isWhole });
        for (const { id, delivery } of states) {
          if (delivery !== undefined) next = setDelivery(next, id, delivery);
        }
        return next;
      };
    } finally {
      this.#reading.delete(place);
    }
  }

  /** Whether something was read before, perhaps in another run of the program. */
  wasRead(place: Place, at: number): boolean {
    return at <= readMark(this.#database, place).get();
  }

  /** Writes down how far all pages were read. */
  keepMarks(model: Model): void {
    const { lastPlace } = this.#client.messenger.history;
    let allReadTo = lastPlace;
    for (const [place, page] of model.pages) {
      const first = firstUnread(page);
      const last = page.items.findLast((item) => item.place !== undefined)?.place;
      if (first !== undefined) allReadTo = Math.min(allReadTo, first - 1);
      else if (last !== undefined) readMark(this.#database, place).moveTo(last);
    }
    // What comes after it is looked through at the next start.
    if (model.waiting === undefined) unreadMark(this.#database).moveTo(allReadTo);
  }

  get #database() {
    return this.#client.profile.database;
  }
}
