/** From news to the model: what was said, lines of the program, the list, pages read from the disk. Owns the model. */

import { Scope, untilAborted } from "../base/scope.ts";
import { deliveryOf, itemOf, lineItem, placeOf } from "./items.ts";
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
  setNumber,
  setPeers,
  setUnread,
} from "./update.ts";
import { kindOf } from "../client/store/conversation_kinds.ts";

/** What an inbox works with. */
export interface InboxOptions {
  readonly talk: Talk;
  /** Something may have changed that nobody did here. */
  onChanged(): void;
  /** Somebody wrote to this person, who looks at something else. */
  onCall(from: string): void;
  readonly signal: AbortSignal;
}

/** How often what was read is written down. */
const MARKS_MS = 1_000;
/** How often the clock of the status line is looked at. */
const CLOCK_MS = 5_000;

/** Closing it writes down what was read. */
export class Inbox implements AsyncDisposable {
  readonly #options: InboxOptions;
  readonly #reader: PageReader;
  readonly #scope: Scope;
  #model: Model;
  #lines = 0;
  #isListStale = false;
  #marked: Model | undefined;
  /** Up to here what is new was counted as it is written down; what comes behind is counted as it comes. */
  #countedUpTo = 0;

  constructor(options: InboxOptions) {
    const { client, facts } = options.talk;
    this.#options = options;
    this.#scope = new Scope(options.signal);
    this.#reader = new PageReader(client, facts);
    this.#model = newModel(client.profile.own.name, client.clock.nowMs());
    this.#count();
  }

  /** As it is now; the list is read anew when it is asked for after a change. */
  get model(): Model {
    if (this.#isListStale) {
      this.#isListStale = false;
      this.#model = setPeers(this.#model, this.#options.talk.facts.list());
    }
    return this.#model;
  }

  /** Replaces the model. */
  change(update: (model: Model) => Model): void {
    this.#model = update(this.model);
  }

  /** Takes what happened. */
  take(news: TalkNews): void {
    const { talk } = this.#options;
    switch (news.type) {
      case "entry":
        this.#takeEntry(news.entry);
        break;
      case "line":
        this.addLine(news.text, news.place === "open" ? this.#model.open : news.place);
        break;
      case "list":
        this.#isListStale = true;
        break;
      case "connection":
        this.change((model) => ({ ...model, connection: news.state }));
        break;
      case "partner":
        this.#isListStale = true;
        this.change((model) => openPlace(model, news.peer));
        break;
      case "delivery": {
        const delivery = deliveryOf(talk.client.deliveryOf(news.id));
        if (delivery === undefined) return;
        this.change((model) => setDelivery(model, news.id, delivery));
        this.#takeNumber(news.id);
        break;
      }
      case "read":
        this.#count();
        break;
      case "gone": {
        const { index } = talk.client.messenger.history;
        this.change((model) => dropItems(model, (place) => index.at([place]).length === 0));
        this.#count();
        break;
      }
      case "transfers":
        this.change((model) => ({ ...model, transfers: news.words }));
        break;
      case "asks":
        this.change((model) => ({ ...model, asks: news.asks }));
        break;
      case "quiet":
        this.change((model) => ({ ...model, waiting: news.waiting }));
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
        await clock.sleep(CLOCK_MS, { signal: stop });
        this.#tick(clock.nowMs());
      }
    });
    this.#scope.run("marks", async (stop) => {
      for (;;) {
        await clock.sleep(MARKS_MS, { signal: stop });
        this.#keepMarks();
      }
    });
    await untilAborted(this.#scope.wait(), signal);
    return await untilAborted(new Promise<never>(() => {}), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    this.#keepMarks();
  }

  #takeEntry(entry: Extract<TalkNews, { type: "entry" }>["entry"]): void {
    const { talk, onCall } = this.#options;
    const place = placeOf(entry);
    const item = itemOf(entry, talk.facts, talk.client.profile.own.name);
    const { change } = entry;
    if (change !== undefined) this.#scope.run("change", () => this.#takeChange(change.target));
    const before = pageOf(this.model, place).mentions;
    const isRead = this.#reader.wasRead(entry.place);
    const isCounted = entry.place <= this.#countedUpTo;
    this.change((model) => addItem(model, place, item, { isRead, isCounted }));
    // How a transfer goes is said where the person is, so its end is too; offers are asked about.
    const isOfFile = entry.kind === "notice" && /^file-(?!offer$)/.test(entry.id);
    if (isOfFile && place !== this.#model.open) {
      const name = talk.facts.nameOf(entry.peer);
      this.addLine(`* ${entry.text} (with ${name})`, this.#model.open);
    }
    if (entry.own) {
      const delivery = deliveryOf(talk.client.deliveryOf(entry.id));
      if (delivery !== undefined) this.change((model) => setDelivery(model, entry.id, delivery));
    }
    const isForPerson = pageOf(this.#model, place).mentions > before;
    if (isForPerson && !this.#model.isFocused && item.kind === "said") onCall(item.from);
  }

  /** In a room an own text stands where the server put it. */
  #takeNumber(id: string): void {
    const entry = this.#options.talk.client.messenger.history.index.text(id);
    if (entry?.number === undefined || !kindOf(entry.peer).isNumbered) return;
    const { peer, number } = entry;
    this.change((model) => setNumber(model, peer, { id, number }));
  }

  /** Counts what is new anew. */
  #count(): void {
    this.#keepMarks();
    const { counts, upTo } = this.#reader.countUnread();
    this.#countedUpTo = upTo;
    this.change((model) => setUnread(model, counts));
  }

  /** A text that was edited or deleted says something else where it stands. */
  async #takeChange(target: string): Promise<void> {
    const { talk: { client, facts }, onChanged } = this.#options;
    const entry = await client.messenger.history.text(target);
    if (entry === undefined) return;
    const item = itemOf(entry, facts, client.profile.own.name);
    this.change((model) => replaceItem(model, placeOf(entry), item));
    onChanged();
  }

  #tick(nowMs: number): void {
    const minute = (ms: number) => Math.floor(ms / 60_000);
    if (minute(nowMs) === minute(this.#model.nowMs)) return;
    this.change((model) => ({ ...model, nowMs }));
    this.#options.onChanged();
  }

  #keepMarks(): void {
    if (this.#marked === this.#model) return;
    this.#marked = this.#model;
    this.#reader.keepMarks(this.#model);
  }
}
