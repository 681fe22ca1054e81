/** Reads conversations from the disk as they are opened and scrolled, and keeps how far they were read. */

import type { Client } from "../client/client.ts";
import { deliveryOf, itemOf } from "./items.ts";
import { type Item, type Model, pageOf } from "./model.ts";
import type { Place, TalkFacts } from "./talk.ts";
import { addOlder, firstUnread, lastPlace, setDelivery } from "./update.ts";

/** As much as is read at once. */
const READ_ITEMS = 300;
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
  /** What was there when the unread were counted; what comes behind is counted as it comes. */
  countedUpTo = -1;
  /** Of pages that were seen to the end: the place that was last then. */
  readonly #readTo = new Map<Place, number>();

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
      const before = isFirst || oldest === undefined ? {} : { before: oldest };
      const entries = await this.#client.messenger.history.latest({
        limit: READ_ITEMS,
        ...(place === undefined ? { kinds: ["broadcast"] } : { peer: place, kinds: CONVERSATION }),
        ...before,
      });
      const { name } = this.#client.profile.own;
      const items = entries.map((entry) => itemOf(entry, this.#facts, name));
      const isWhole = entries.length < READ_ITEMS;
      const firstNew = isFirst ? items.find((item) => this.#wasUnread(item))?.key : undefined;
      const states = entries.filter((entry) => entry.own).map(({ id }) => ({
        id,
        delivery: deliveryOf(this.#client.deliveryOf(id)),
      }));
      return (now) => {
        let next = addOlder(now, place, { items, isWhole, firstNew });
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

  /** Writes down what was read of all pages: of one that was seen to its end everything, also what was never loaded. */
  keepMarks(model: Model): void {
    const { talk } = this.#client;
    const read: { readonly place: number }[] = [];
    for (const [place, page] of model.pages) {
      if (page.unread === 0) {
        const last = lastPlace(page);
        if (last !== undefined && this.#readTo.get(place) !== last) {
          this.#readTo.set(place, last);
          talk.markRead(place, last);
        }
        continue;
      }
      const first = firstUnread(page) ?? Infinity;
      for (const { place } of page.items) {
        if (place === undefined || place >= first || this.#marked.has(place)) continue;
        this.#marked.add(place);
        read.push({ place });
      }
    }
    if (read.length > 0) talk.markShown(read);
  }

  /** How much of each conversation is new, by what is written down; and up to where that counts. */
  countUnread(): { readonly counts: ReadonlyMap<Place, number>; readonly upTo: number } {
    const counts = this.#client.talk.unread().map(({ peer, unread }) => [peer, unread] as const);
    this.countedUpTo = this.#client.messenger.history.lastPlace;
    return { counts: new Map(counts), upTo: this.countedUpTo };
  }

  /** Of what came later the page itself knows whether it was seen. */
  #wasUnread(item: Item): boolean {
    return item.kind === "said" && !item.own && item.place !== undefined &&
      item.place <= this.countedUpTo && !this.wasRead(item.place);
  }
}
