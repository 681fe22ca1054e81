/** From news to the model: what was said, lines of the program, the list, pages read from the disk. Owns the model. */

import { Scope, untilAborted } from "../base/scope.ts";
import { Bell } from "../base/bell.ts";
import { deliveryOf, itemOf, lineItem, listOf, placeOf } from "./items.ts";
import { type Model, newModel, pageOf } from "./model.ts";
import { PageReader } from "./page_reader.ts";
import type { Place, Talk, TalkNews } from "./talk.ts";
import {
  addItem,
  dropItems,
  openPlace,
  replaceItem,
  scrollTo,
  setDelivery,
  setPeers,
  setUnread,
  setUnreadOf,
  takeDelivery,
} from "./update.ts";
import { transferWords } from "./transfer_words.ts";

/** What an inbox works with. */
export interface InboxOptions {
  readonly talk: Talk;
  /** Something may have changed that nobody did here. */
  onChanged(): void;
  /** Somebody wrote to this person, who looks at something else. */
  onCall(from: string): void;
  readonly signal: AbortSignal;
}

type EntryEvent = Extract<TalkNews, { type: "entry" }>;
type ListEvent = Extract<TalkNews, { type: "list" }>;

/** How long after it was seen what was read is written down. */
const MARKS_MS = 1_000;
const MINUTE_MS = 60_000;

/** Closing it writes down what was read. */
export class Inbox implements AsyncDisposable {
  readonly #options: InboxOptions;
  readonly #reader: PageReader;
  readonly #scope: Scope;
  #model: Model;
  #lines = 0;
  /** Not in the model yet. */
  #list: ListEvent | undefined;
  #marked: Model | undefined;
  readonly #changed = new Bell();

  constructor(options: InboxOptions) {
    const { client, facts } = options.talk;
    this.#options = options;
    this.#scope = new Scope(options.signal);
    this.#reader = new PageReader(client, facts);
    this.#model = newModel(client.profile.own.name, client.clock.nowMs());
    const { counts, upTo } = this.#reader.countUnread();
    this.#reader.countedUpTo = upTo;
    this.#model = setUnread(this.#model, counts);
  }

  /** As it is now; the list is put in order when it is asked for after a change. */
  get model(): Model {
    const list = this.#list;
    this.#list = undefined;
    if (list !== undefined) this.#model = setPeers(this.#model, listOf(list));
    return this.#model;
  }

  /** Replaces the model. */
  change(update: (model: Model) => Model): void {
    this.#model = update(this.model);
    this.#changed.ring();
  }

  /** Takes what happened. */
  take(news: TalkNews): void {
    switch (news.type) {
      case "entry":
        this.#takeEntry(news);
        break;
      case "line":
        this.addLine(news.text, news.place === "open" ? this.#model.open : news.place);
        break;
      case "list":
        this.#list = news;
        break;
      case "connection":
        this.change((model) => ({ ...model, connection: news.news.state }));
        break;
      case "partner":
        this.change((model) => openPlace(model, news.peer));
        break;
      case "delivery":
        this.change((model) => takeDelivery(model, news));
        break;
      case "unread":
        this.#reader.countedUpTo = news.upTo;
        this.change((model) => setUnread(model, news.counts));
        break;
      case "read":
        this.change((model) => setUnreadOf(model, news.peer, news.unread));
        break;
      case "gone": {
        const places = new Set(news.places);
        this.change((model) => setUnread(dropItems(model, (at) => places.has(at)), news.counts));
        break;
      }
      case "transfers":
        this.change((model) => ({ ...model, transfers: transferWords(news.active) }));
        break;
      case "requests":
        this.change((model) => ({ ...model, asks: news.requests }));
        break;
      case "quiet":
        this.change((model) => ({ ...model, waiting: news.waiting }));
        break;
      default:
        return;
    }
    this.#options.onChanged();
  }

  /** A line of the program, which is not stored. */
  addLine(text: string, place: Place): void {
    const item = lineItem(text, ++this.#lines, this.#options.talk.client.clock.nowMs());
    this.change((model) => addItem(model, place, item));
  }

  /** Reads the open page, if that has to be done. `reachesTop`: whether its oldest item is on the screen. */
  readOpen(reachesTop: boolean): void {
    const place = this.#model.open;
    if (!this.#reader.isDue(this.#model, place, reachesTop)) return;
    this.#scope.run("page", async () => {
      const put = await this.#reader.read(this.#model, place);
      this.change(put);
      this.#options.onChanged();
    });
  }

  /** Opens a conversation where something was said. */
  goTo(place: Place, at: number): void {
    this.change((model) => openPlace(model, place));
    this.#scope.run("page", async () => {
      const isThere = () => pageOf(this.#model, place).items.some((item) => item.place === at);
      while (!isThere() && !pageOf(this.#model, place).isWhole) {
        this.change(await this.#reader.read(this.#model, place));
      }
      this.change((model) => scrollTo(model, { key: `${at}`, line: Infinity }));
      this.#options.onChanged();
    });
  }

  /** Waits for something that was asked for, and ends with it if it fails. */
  start(doing: Promise<void>): void {
    this.#scope.run("asked", () => doing);
  }

  /** Keeps marks and clock until `signal` aborts. Rejects when something that was started failed. */
  async run(signal: AbortSignal): Promise<never> {
    const { clock } = this.#options.talk.client;
    this.#scope.run("clock", async (stop) => {
      for (;;) {
        await clock.sleep(MINUTE_MS - clock.nowMs() % MINUTE_MS, { signal: stop });
        this.change((model) => ({ ...model, nowMs: clock.nowMs() }));
        this.#options.onChanged();
      }
    });
    this.#scope.run("marks", async (stop) => {
      for (;;) {
        await this.#changed.wait(clock, { signal: stop });
        await clock.sleep(MARKS_MS, { signal: stop });
        this.keepMarks();
      }
    });
    await untilAborted(this.#scope.wait(), signal);
    return await untilAborted(new Promise<never>(() => {}), signal);
  }

  /** Writes down what was read. */
  keepMarks(): void {
    if (this.#marked === this.#model) return;
    this.#marked = this.#model;
    this.#reader.keepMarks(this.#model);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    this.keepMarks();
  }

  #takeEntry({ entry, facts, target, wasShown: isRead }: EntryEvent): void {
    const { talk, onCall } = this.#options;
    const place = placeOf(entry);
    const ownName = talk.client.profile.own.name;
    const item = itemOf(entry, talk.facts, ownName);
    if (target !== undefined) {
      const changed = itemOf(target.entry, talk.facts, ownName);
      this.change((model) => replaceItem(model, placeOf(target.entry), changed));
    }
    const before = pageOf(this.model, place).mentions;
    const isCounted = entry.place <= this.#reader.countedUpTo;
    this.change((model) => addItem(model, place, item, { isRead, isCounted }));
    // How a transfer goes is said where the person is, so its end is too; offers are asked about.
    const isOfFile = entry.kind === "notice" && /^file-(?!offer$)/.test(entry.id);
    if (isOfFile && place !== this.#model.open) {
      const name = talk.facts.nameOf(entry.peer);
      this.addLine(`* ${entry.text} (with ${name})`, this.#model.open);
    }
    const delivery = deliveryOf(facts.delivery);
    if (delivery !== undefined) this.change((model) => setDelivery(model, entry.id, delivery));
    const isForPerson = pageOf(this.#model, place).mentions > before;
    if (isForPerson && !this.#model.isFocused && item.kind === "said") onCall(item.from);
  }
}
