/** From news to the model: what was said, lines of the program, the list, pages read from the disk. Owns the model. */

import { Scope, untilAborted } from "../../base/scope.ts";
import { Bell } from "../../base/bell.ts";
import { type Model, newModel, pageOf, type Place } from "../../app/conversations/model.ts";
import { PageReader } from "../../app/conversations/page_reader.ts";
import { openPlace, toggleFold, toggleFoldHere } from "../../app/conversations/moving.ts";
import {
  addItem,
  dropItem,
  dropLines,
  isCall,
  placeOf,
  takeEvent,
} from "../../app/conversations/update.ts";
import type { Heading } from "../../app/conversations/list_order.ts";
import { readHomeFacts } from "../../app/conversations/home_facts.ts";
import { isDirect } from "../../client/store/conversation_kinds.ts";
import type { Talk, TalkNews } from "../../app/conversations/talk.ts";

/** What an inbox works with. */
export interface InboxOptions {
  readonly talk: Talk;
  /** Something may have changed that nobody did here. */
  onChanged(): void;
  /** A command answers with a page. */
  onPage(page: Extract<TalkNews, { type: "page" }>): void;
  /** Words that mean the person, besides their name. */
  readonly highlights: readonly string[];
  /** Somebody wrote what the person wants to be told of, who looks at something else. `room`: where, unless it was between two. */
  onCall(call: { readonly from: string; readonly room: string | undefined }): void;
  readonly signal: AbortSignal;
}

type EntryEvent = Extract<TalkNews, { type: "entry" }>;

/** Whether files have ended, or there is a server to ask again. */
function changesHome(news: Exclude<TalkNews, { type: "line" }>): boolean {
  switch (news.type) {
    case "started":
      return true;
    case "connection":
      return news.news.state === "online" && news.before !== "online";
    case "transfers":
      return news.ended.length > 0;
    default:
      return false;
  }
}

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
  #marked: Model | undefined;
  readonly #changed = new Bell();
  /** What a command says that a key has run. */
  #answers: { readonly place: Place; readonly lines: string[] } | undefined;
  /** The line of the command that was typed last in a place. */
  readonly #echoes = new Map<Place, string>();
  /** Where what was entered last is a command whose line is shown. */
  readonly #answering = new Set<Place>();

  constructor(options: InboxOptions) {
    const { client } = options.talk;
    this.#options = options;
    this.#scope = new Scope(options.signal);
    this.#reader = new PageReader(client);
    this.#model = this.#reader.recall(
      newModel(client.profile.own, client.clock.nowMs(), options.highlights),
    );
  }

  /** As it is now. */
  get model(): Model {
    return this.#model;
  }

  /** Replaces the model. */
  change(update: (model: Model) => Model): void {
    this.#model = update(this.#model);
    this.#changed.ring();
  }

  /** Other words mean the person from now on, besides their name. */
  listenFor(words: readonly string[]): void {
    this.change((model) => ({ ...model, highlights: [this.#model.ownName, ...words] }));
  }

  /** Takes what happened. */
  take(news: TalkNews): void {
    const answers = this.#answers;
    if (news.type === "line" && answers !== undefined && answers.place === news.place) {
      answers.lines.push(news.text);
    } else if (news.type === "line") {
      const { text, place } = news;
      if (place === "open") this.addLine(text, this.#model.open);
      else this.addLine(text, place, news.isNews !== true && this.#answering.has(place));
    } else if (news.type === "page") this.#options.onPage(news);
    else if (news.type === "partner") {
      // Nobody who comes back there wants to know by which command they left.
      if (news.from !== "open") this.dropEcho(news.from);
      this.change((model) => openPlace(model, news.peer));
    } else if (news.type === "clear") this.change((model) => dropLines(model, news.place));
    else if (news.type === "entry") this.#takeEntry(news);
    else {
      const before = this.#model;
      this.change((model) => takeEvent(model, news));
      if (changesHome(news)) this.#scope.run("home", () => this.#readHome());
      if (this.#model === before) return;
    }
    this.#options.onChanged();
  }

  /** What is said where a key was pressed while that is done: it is shown elsewhere than in the conversation. */
  async answersTo(place: Place, doing: () => Promise<void>): Promise<readonly string[]> {
    const answers = { place, lines: [] };
    this.#answers = answers;
    try {
      await doing();
    } finally {
      if (this.#answers === answers) this.#answers = undefined;
    }
    return answers.lines;
  }

  /** A line of the program, which is not stored. */
  addLine(text: string, place: Place, isAnswer = false): void {
    const atMs = this.#options.talk.client.clock.nowMs();
    const key = `line ${++this.#lines}`;
    this.change((model) => addItem(model, place, { kind: "line", key, text, atMs, isAnswer }));
  }

  /** Adds the command that was typed, above what it answers. */
  addEcho(text: string, place: Place): void {
    this.addLine(`> ${text}`, place, true);
    this.#echoes.set(place, `line ${this.#lines}`);
    this.#answering.add(place);
  }

  /** What was entered last there is not shown as a command: what is said now stands for itself. */
  endEcho(place: Place): void {
    this.#answering.delete(place);
  }

  /** What was typed last there was answered by a page, or elsewhere, and nothing of it stays. */
  dropEcho(place: Place): void {
    const echo = this.#echoes.get(place);
    this.#echoes.delete(place);
    if (echo !== undefined) this.change((model) => dropItem(model, place, echo));
  }

  /** Folds a heading of the list, or shows all that is below it; it stays so. Without one: where the person is. */
  fold(heading?: Heading): void {
    this.change((model) =>
      heading === undefined ? toggleFoldHere(model) : toggleFold(model, heading)
    );
    this.#reader.keepFolded(this.#model);
  }

  /** Reads the open page, if that has to be done. `nearsTop`: whether few items are above the screen. */
  readOpen(nearsTop: boolean): void {
    const place = this.#model.open;
    if (!this.#reader.isDue(this.#model, place, nearsTop)) return;
    this.#scope.run("page", async () => {
      const put = await this.#reader.read(this.#model, place);
      this.change(put);
      this.#options.onChanged();
    });
  }

  /** Opens a conversation, and reads as far back as something that was said there. */
  async load(place: Place, at: number): Promise<void> {
    this.change((model) => openPlace(model, place));
    const isThere = () => pageOf(this.#model, place).items.some(({ key }) => key === `${at}`);
    while (!isThere() && !pageOf(this.#model, place).isWhole) {
      this.change(await this.#reader.read(this.#model, place));
    }
    this.#options.onChanged();
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

  async #readHome(): Promise<void> {
    const home = await readHomeFacts(this.#options.talk.client, this.#model.home);
    this.change((model) => ({ ...model, home }));
    this.#options.onChanged();
  }

  #takeEntry(event: EntryEvent): void {
    const { talk: { facts: { names } }, onCall } = this.#options;
    const { entry } = event;
    const place = placeOf(entry);
    const before = this.#model;
    this.change((model) => takeEvent(model, event));
    if (this.#model.isFocused || !isCall(before, this.#model, entry)) return;
    const room = isDirect(entry.peer) ? undefined : names.nameOf(entry.peer);
    onCall({ from: names.nameOf(entry.from), room: place === undefined ? undefined : room });
  }
}
