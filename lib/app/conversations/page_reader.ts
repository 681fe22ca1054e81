/** Reads conversations from the disk as they are opened and scrolled, and keeps how far they were read. */

import type { Client } from "../../client/client.ts";
import { isSaid, type Item, type Model, pageOf, type Place, placeOfItem } from "./model.ts";
import {
  addOlder,
  firstUnread,
  itemOf,
  lastPlace,
  MAX_PAGE_ITEMS,
  setRecent,
  setUnread,
} from "./update.ts";
import { readCards } from "./card_reader.ts";
import { HEADINGS } from "./list_order.ts";

/** As much as is read at once. */
const READ_ITEMS = 300;
/** What stands in a conversation: what was done to a text stands with that. */
const CONVERSATION = ["text", "notice"] as const;

/** One for a screen. Knows which pages are being read. */
export class PageReader {
  readonly #client: Client;
  readonly #reading = new Set<Place>();
  readonly #opened = new Set<Place>();
  /** What was written down as read. */
  readonly #marked = new Set<number>();
  /** Of pages that were seen to the end: the place that was last then. */
  readonly #readTo = new Map<Place, number>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Whether a page has to be read: it was never opened, or its top is near and there is more. */
  isDue(model: Model, place: Place, nearsTop: boolean): boolean {
    if (this.#reading.has(place)) return false;
    return !this.#opened.has(place) || (nearsTop && !pageOf(model, place).isWhole);
  }

  /** Reads what is older than all that is there. What is returned puts it into the model as that is then. */
  async read(model: Model, place: Place): Promise<(model: Model) => Model> {
    const isFirst = !this.#opened.has(place);
    this.#reading.add(place);
    this.#opened.add(place);
    try {
      const oldest = pageOf(model, place).items.map(placeOfItem).find((at) => at !== undefined);
      // At the first time also what lies between: own texts among those that are unread.
      const before = isFirst || oldest === undefined ? {} : { before: oldest };
      // So that the line before what is new is in it.
      const { unread } = pageOf(model, place);
      const limit = isFirst
        ? Math.min(MAX_PAGE_ITEMS, Math.max(READ_ITEMS, unread + 1))
        : READ_ITEMS;
      const entries = await this.#client.messenger.history.latest({
        limit,
        ...(place === undefined ? { kinds: ["broadcast"] } : { peer: place, kinds: CONVERSATION }),
        ...before,
      });
      const facts = await this.#client.talk.factsOfEach(entries);
      const cards = await readCards(this.#client, entries);
      const items = entries.map((entry, i) => itemOf({ entry, facts: facts[i] }, model.highlights));
      const isWhole = entries.length < limit;
      const firstNew = isFirst
        ? items.find((item) => this.#wasUnread(model, item))?.key
        : undefined;
      return (now) => addOlder(now, place, { items, isWhole, firstNew, isFirst, cards });
    } finally {
      this.#reading.delete(place);
    }
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
      for (const place of page.items.map(placeOfItem)) {
        if (place === undefined || place >= first || this.#marked.has(place)) continue;
        this.#marked.add(place);
        read.push({ place });
      }
    }
    if (read.length > 0) talk.markShown(read);
  }

  /** What is new and what is recent, by what is written down, and which headings are folded. */
  recall(model: Model): Model {
    const { messenger: { history, listChoices } } = this.#client;
    const heaps = history.index.heaps();
    const counts = new Map(
      heaps.filter(({ unread }) => unread > 0).map(({ peer, unread }) => [peer, unread]),
    );
    const folded = listChoices.folded();
    const recalled = setRecent(
      {
        ...model,
        countedUpTo: history.lastPlace,
        folded: new Set(HEADINGS.filter((one) => folded.has(one))),
      },
      new Map(heaps.map(({ peer, lastPlace }) => [peer, lastPlace])),
    );
    return setUnread(recalled, counts);
  }

  /** Writes down which headings are folded. */
  keepFolded({ folded }: Model): void {
    const { listChoices } = this.#client.messenger;
    for (const heading of HEADINGS) listChoices.setFolded(heading, folded.has(heading));
  }

  /** Of what came later the page itself knows whether it was seen. */
  #wasUnread({ countedUpTo }: Model, item: Item): boolean {
    const { index } = this.#client.messenger.history;
    return isSaid(item) && !item.entry.own && item.entry.place <= countedUpTo &&
      !index.isShown(item.entry.place);
  }
}
