/** The conversation behind a full screen: the same desk, feed and announcer as the line dialogue's, without lines. */

import { nextLookMs } from "../dialogue/next_look.ts";
import type { Peer } from "../../base/ids.ts";
import { Channel } from "../../base/channel.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import { stayConnected } from "../../client/reconnect.ts";
import { type AppEvent, EventPresenter } from "../dialogue/event_presenter.ts";
import { Dialogue, type DialogueOptions } from "../dialogue/dialogue.ts";
import { HistoryTail } from "../dialogue/history_tail.ts";
import { ruledLine, takesTerminal, typedLine } from "../dialogue/lines_in.ts";
import { CommandQueue } from "./command_queue.ts";
import { PendingWatcher } from "./pending_watcher.ts";
import { ScreenFacts } from "./screen_facts.ts";
import type { ScreenNews, TalkFace } from "./talk_face.ts";

/** What a talk is made of. */
export interface ScreenTalkOptions extends Pick<DialogueOptions, "stage" | "secrets"> {
  readonly client: TalkFace["client"];
  /** Connects the client, or connects it again. */
  connect(signal: AbortSignal): Promise<void>;
  readonly readSecret: DialogueOptions["dialogue"]["readSecret"];
  readonly signal: AbortSignal;
}

/** How a line is run, where it was typed, and what was offered as it was begun. */
interface Call {
  readonly run: () => Promise<void>;
  readonly place: Peer | undefined;
  readonly offered: string | undefined;
}

/** How long what was said last may take to leave when the person leaves. */
const FAREWELL_MS = 5_000;

const LEFT = new DOMException("The person left", "AbortError");

/** Runs commands and tells what happens. */
export class ScreenTalk implements TalkFace {
  readonly client: TalkFace["client"];
  readonly facts: ScreenFacts;
  readonly #options: ScreenTalkOptions;
  readonly #desk: Dialogue;
  readonly #feed: HistoryTail;
  readonly #announcer: EventPresenter;
  readonly #happenings = new Channel<AppEvent>();
  readonly #commandQueue: CommandQueue;
  readonly #pendingWatcher: PendingWatcher;
  readonly #leaving = new AbortController();
  readonly #scope: Scope;
  #onNews: (news: ScreenNews) => void = () => {};
  /** Where the command was typed that runs now. */
  #at: Peer | "open" | undefined = "open";

  constructor(options: ScreenTalkOptions) {
    const { client, stage, secrets, signal } = options;
    const scope = new Scope(signal);
    const desk: Dialogue = new Dialogue({
      client,
      dialogue: {
        print: (text) => Promise.resolve(this.#onNews(this.#line(text))),
        readSecret: options.readSecret,
      },
      hasCurtain: false,
      isAttended: true,
      stage,
      secrets,
      signal: scope.signal,
      onPartner: () => this.#tellPartner(),
      onWritten: () => this.#feed.look(),
      onLeave: () => this.leave(),
    });
    this.facts = new ScreenFacts(desk);
    this.#desk = desk;
    this.client = client;
    this.#options = options;
    this.#pendingWatcher = new PendingWatcher(client);
    this.#scope = scope;
    this.#commandQueue = new CommandQueue((line) => desk.print(line));
    this.#feed = new HistoryTail(client, {
      show: async (entry) => {
        if (entry.kind === "notice") await desk.rooms.refresh();
        this.#onNews({ type: "entry", entry });
        desk.requests.show(entry);
        if (entry.kind !== "notice") return;
        this.#pendingWatcher.roomsChanged();
        this.#onNews({ type: "list" });
      },
      // Of all that is new only the last is shown.
      unread: () => Promise.resolve(this.#onNews({ type: "read", peer: undefined })),
      isQuiet: async () => await client.publicly.ownBusy() !== undefined,
      quiet: (now) => Promise.resolve(this.#onNews({ type: "quiet", waiting: now?.waiting })),
      tick: () => this.#tick(),
      // The screen knows what was seen; that something came does not make it read.
      shown: () => {},
    });
    this.#announcer = new EventPresenter(desk, this.#feed, {
      onReady: () => this.#begin(),
      aside: (line) =>
        Promise.resolve(this.#onNews({ type: "line", text: line, place: undefined })),
      greets: false,
    });
  }

  /** Whether there ever was a connection. */
  get wasOnline(): boolean {
    return this.#announcer.wasOnline;
  }

  /** How many texts are kept here, and sent when the person is back. */
  get unsentCount(): number {
    return this.#desk.said.unsentCount;
  }

  /** Runs until the person leaves. Rejects with what cannot be mended (Refusal, TrustError, TerminalError). Once. */
  async run(onNews: (news: ScreenNews) => void): Promise<void> {
    this.#onNews = onNews;
    const { client, connect } = this.#options;
    const scope = this.#scope;
    const stopListening = client.listen((event) => {
      if (event.type === "delivery") this.#onNews({ type: "delivery", id: event.id });
      if (event.type === "read") this.#onNews({ type: "read", peer: event.peer });
      this.#happenings.push(event);
    });
    scope.run("connection", (signal) =>
      stayConnected(client, {
        connect,
        onNews: (news) => this.#happenings.push({ type: "connection", news }),
        signal,
      }));
    scope.run("happenings", (signal) => this.#announce(signal));
    scope.run("errands", (signal) => this.#commandQueue.run(signal));
    try {
      await untilAborted(anySignal(scope.signal, this.#leaving.signal));
    } catch (error) {
      if (error !== LEFT) throw error;
      await this.#desk.post.idle(client.clock.deadline(FAREWELL_MS));
    } finally {
      stopListening();
      await this.#desk.close();
      await Promise.all([scope.close(), client.close()]);
    }
  }

  /** What an answer would be about now. */
  offered(): string | undefined {
    return this.#desk.requests.newest();
  }

  /** Runs a line, after those before it; a video plays beside what comes after. */
  enter(line: string, place: Peer | undefined, offered?: string): Promise<void> {
    return this.#add(line, { run: typedLine(this.#desk, line, { offered }), place, offered });
  }

  #add(line: string, call: Call): Promise<void> {
    return this.#commandQueue.add(() => this.#while(call.place, () => this.#runLine(line, call)));
  }

  leave(): void {
    this.#leaving.abort(LEFT);
  }

  /** What is said about it meanwhile stands where it was asked for. */
  async #while(place: Peer | undefined, run: () => Promise<void>): Promise<void> {
    this.#at = place;
    try {
      await run();
    } finally {
      this.#at = "open";
    }
  }

  async #runLine(line: string, { run, place, offered }: Call): Promise<void> {
    const desk = this.#desk;
    if (place === undefined) desk.talkToNobody();
    else desk.talkTo({ peer: place, name: this.facts.nameOf(place) });
    if (takesTerminal(desk, line, offered)) {
      this.#scope.run("video", run);
      return;
    }
    await run();
    // What is only said changes no list.
    if (!/^\/|:\s*\//.test(line)) return;
    this.#pendingWatcher.roomsChanged();
    await desk.rooms.refresh();
    this.#onNews({ type: "list" });
  }

  async #announce(signal: AbortSignal): Promise<void> {
    for (;;) {
      const happening = await this.#happenings.next({ signal });
      if (happening === undefined) return;
      await this.#announcer.tell(happening);
      if (happening.type === "entry" || happening.type === "delivery") continue;
      this.#onNews({ type: "connection", state: this.#announcer.state });
      this.#onNews({ type: "list" });
    }
  }

  #begin(): void {
    const scope = this.#scope;
    scope.run("feed", (signal) => this.#feed.run(signal));
    scope.run("post", (signal) => this.#desk.post.run(signal));
  }

  #line(text: string): ScreenNews {
    return { type: "line", text, place: this.#at };
  }

  #tellPartner(): void {
    const peer = this.#desk.partner?.peer;
    if (peer !== undefined && peer !== this.#at) this.#onNews({ type: "partner", peer });
  }

  /** Deliveries are marks on the screen; a text that did not leave needs words. */
  async #tick(): Promise<number> {
    if (await this.client.talk.refresh() > 0) this.#onNews({ type: "gone" });
    for (const line of this.#desk.said.takeNews(this.#desk.settings)) await this.#desk.print(line);
    for (const line of await this.#desk.said.takeProgress()) await this.#desk.print(line);
    const { news, due, isWaiting } = await this.#pendingWatcher.look();
    for (const one of news) this.#onNews(one);
    for (const { line, why } of due) {
      await this.#desk.print(`* ${why}`);
      const run = ruledLine(this.#desk, line);
      this.#scope.run(
        "answer",
        () => this.#add(line, { run, place: undefined, offered: undefined }),
      );
    }
    return await nextLookMs(this.client, isWaiting);
  }
}

/** Never resolves: rejects with the reason of the signal. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
