/** Reads conversations from the disk as they are opened and scrolled, and keeps how far they were read. */

import type { Client } from "../client/client.ts";
import { deliveryOf, itemOf } from "./items.ts";
import { type Model, pageOf } from "./model.ts";
import type { Place, TalkFacts } from "./talk.ts";
import { addOlder, firstUnread, setDelivery } from "./update.ts";

/** As much as is read at once. */
const READ_ITEMS = 300;
/** After every place. */
const LAST = Number.MAX_SAFE_INTEGER - 1;
/** What stands in a conversation: what was done to a text stands there with it. */
const CONVERSATION = ["text", "notice", "change"] as const;

/** One for a screen. Knows which pages are being read. */
export class PageReader {
  readonly #client: Client;
  readonly #facts: TalkFacts;
  readonly #reading = new Set<Place>();
  readonly #opened = new Set<Place>();
  /** What was written down as read. */
  readonly #marked = new Set<number>();

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
      const until = isFirst ? LAST : oldest ?? LAST;
      const entries = await this.#client.messenger.history.latest({
        limit: READ_ITEMS,
        ...(place === undefined ? { kinds: ["broadcast"] } : { peer: place, kinds: CONVERSATION }),
        before: until + 1,
      });
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
  wasRead(at: number): boolean {
    return this.#client.messenger.history.index.isShown(at);
  }

  /** Writes down what was read of all pages. */
  keepMarks(model: Model): void {
    const read: { readonly place: number }[] = [];
    for (const page of model.pages.values()) {
      const first = firstUnread(page) ?? Infinity;
      for (const { place } of page.items) {
        if (place === undefined || place >= first || this.#marked.has(place)) continue;
        this.#marked.add(place);
        read.push({ place });
      }
    }
    if (read.length > 0) this.#client.talk.markShown(read);
  }
}
