/**
 * The line dialogue: lines come in from the person and from the server at any time, and neither disturbs the other. Knows
 * no terminal and no process: where it reads and writes, and how it connects, is passed in.
 */

import { nextLookMs } from "./next_look.ts";
import { Channel } from "../../base/channel.ts";
import { anySignal, Scope } from "../../base/scope.ts";
import type { Client } from "../../client/client.ts";
import { stayConnected } from "../../client/reconnect.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { Asks } from "../requests/asks.ts";
import { type AppEvent, EventPresenter } from "./event_presenter.ts";
import { quietLine } from "./chat_lines.ts";
import { Dialogue, type DialogueOptions, type Secrets } from "./dialogue.ts";
import { HistoryTail, type Quiet } from "./history_tail.ts";
import { LineLoop } from "./line_loop.ts";
import { promptOf, ruledLine, takesTerminal, typedLine } from "./lines_in.ts";

/** What a dialogue needs from the verb that opens it. */
export interface ChatOptions {
  readonly client: Client;
  /** Connects the client, or connects it again. */
  connect(signal: AbortSignal): Promise<void>;
  readonly dialogue: LineDialogue;
  readonly stage: DialogueOptions["stage"];
  readonly isAttended: boolean;
  readonly secrets: Secrets;
  /** Whether command lines are repeated where they were typed: not where the terminal itself keeps them. */
  readonly echo: boolean;
  /** Lines that are run first, as if typed. */
  readonly firstLines?: readonly string[];
}

/** How long what was said last may take to leave when the person leaves. */
const FAREWELL_MS = 5_000;

const LEFT = new DOMException("The person left", "AbortError");

/** The line dialogue: lines in, lines out, over one client and its connection. Owns all of them until `run` ends. */
export class Chat {
  readonly #options: ChatOptions;
  readonly #desk: Dialogue;
  readonly #feed: HistoryTail;
  readonly #announcer: EventPresenter;
  readonly #loop: LineLoop;
  readonly #asks: Asks;
  readonly #happenings = new Channel<AppEvent>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #leaving = new AbortController();
  readonly #scope: Scope;

  /** Ends when `signal` aborts, and then rejects with its reason. */
  constructor(options: ChatOptions, signal: AbortSignal) {
    const { client, dialogue, stage, isAttended, secrets } = options;
    this.#options = options;
    this.#scope = new Scope(signal);
    this.#desk = new Dialogue({
      client,
      dialogue,
      stage,
      isAttended,
      secrets,
      signal: this.#scope.signal,
      onPartner: () => this.#loop.promptChanged(),
      onWritten: () => this.#feed.look(),
      onLeave: () => this.#leaving.abort(LEFT),
    });
    this.#asks = new Asks(client);
    this.#feed = new HistoryTail(client, {
      show: (entry) => {
        if (entry.kind === "notice") this.#asks.roomsChanged();
        return this.#desk.show(entry);
      },
      unread: (count, shown) => this.#tellUnread(count, shown),
      isQuiet: async () => await client.publicly.ownBusy() !== undefined,
      quiet: (now, before) => this.#tellQuiet(now, before),
      tick: () => this.#tick(),
    });
    this.#announcer = new EventPresenter(this.#desk, this.#feed, { onReady: () => this.#begin() });
    this.#loop = new LineLoop({
      dialogue,
      prompt: () => promptOf(this.#desk, this.#announcer.state, this.#feed.quiet?.waiting),
      offered: () => this.#desk.requests.newest(),
      typed: (line, offered) => {
        const run = typedLine(this.#desk, line, { offered });
        return () => this.#run(line, run);
      },
      ruled: (line) => {
        const run = ruledLine(this.#desk, line);
        return () => this.#run(line, run);
      },
      takesTerminal: (line, offered) => takesTerminal(this.#desk, line, offered),
      onInterrupt: () => this.#desk.print("* press ctrl-C again to leave, or say /quit"),
      onLeave: () => this.#leaving.abort(LEFT),
    });
  }

  /** For completion: who and what there is to name. */
  get desk(): Dialogue {
    return this.#desk;
  }

  /** Whether there ever was a connection. */
  get wasOnline(): boolean {
    return this.#announcer.wasOnline;
  }

  /** Ctrl-C, where it does not come as a key. */
  interrupt(): void {
    this.#scope.run("interrupt", () => this.#loop.interrupt());
  }

  /** Runs until the person leaves. Rejects with what cannot be mended (Refusal, TrustError, TerminalError). Once. */
  async run(): Promise<void> {
    const { client, connect } = this.#options;
    const scope = this.#scope;
    const stopListening = client.listen((event) => this.#happenings.push(event));
    scope.run("connection", (signal) =>
      stayConnected(client, {
        connect,
        onNews: (news) => this.#happenings.push({ type: "connection", news }),
        signal,
      }));
    scope.run("happenings", (signal) => this.#announce(signal));
    scope.run("commands", async (signal) => {
      await this.#ready.promise;
      await this.#loop.run(signal);
    });
    try {
      const until = anySignal(scope.signal, this.#leaving.signal);
      const reading = this.#loop.read(until);
      for (const line of this.#options.firstLines ?? []) this.#loop.enter(line);
      await reading;
    } catch (error) {
      if (error !== LEFT) throw error;
      await this.#farewell();
    } finally {
      stopListening();
      this.#ready.resolve();
      await this.#desk.close();
      await Promise.all([scope.close(), client.close()]);
    }
  }

  /** What was said before comes first; then the tasks that need the history. */
  #begin(): void {
    const scope = this.#scope;
    scope.run("feed", (signal) => this.#feed.run(signal));
    scope.run("post", (signal) => this.#desk.post.run(signal));
    this.#ready.resolve();
  }

  async #announce(signal: AbortSignal): Promise<void> {
    for (;;) {
      const happening = await this.#happenings.next({ signal });
      if (happening === undefined) return;
      const before = this.#announcer.state;
      await this.#announcer.tell(happening);
      if (this.#announcer.state !== before) this.#loop.promptChanged();
    }
  }

  async #run(line: string, run: () => Promise<void>): Promise<void> {
    if (this.#leaving.signal.aborted) return;
    if (this.#options.echo && line.startsWith("/")) await this.#desk.print(`> ${line}`);
    await run();
  }

  async #tellUnread(count: number, shown: number): Promise<void> {
    const earlier = count > shown ? `; these are the last ${shown}` : "";
    await this.#desk.print(`* ${count} unread ${count === 1 ? "message" : "messages"}${earlier}`);
  }

  async #tellQuiet(now: Quiet | undefined, before: Quiet | undefined): Promise<void> {
    const busy = await this.#desk.client.publicly.ownBusy();
    if (now === undefined) await this.#desk.print("* you are free");
    else if (before === undefined && busy !== undefined) {
      await this.#desk.print(quietLine(busy, now.waiting));
    }
    this.#loop.promptChanged();
  }

  async #tick(): Promise<number> {
    const { client } = this.#desk;
    await client.talk.refresh();
    for (const line of this.#desk.said.takeNews(this.#desk.settings)) await this.#desk.print(line);
    for (const line of await this.#desk.said.takeProgress()) await this.#desk.print(line);
    const { asks, due } = await this.#asks.look();
    for (const { line, why } of due) {
      await this.#desk.print(`* ${why}`);
      await this.#loop.obey(line);
    }
    return await nextLookMs(client, asks.length > 0);
  }

  async #farewell(): Promise<void> {
    const { client } = this.#options;
    const { post, said, people } = this.#desk;
    await post.idle(client.clock.deadline(FAREWELL_MS));
    const waiting = said.unsentCount;
    if (waiting > 0) {
      const what = waiting === 1 ? "1 message is" : `${waiting} messages are`;
      await this.#desk.print(`* ${what} kept here, and sent when you are back`);
    }
    await this.#desk.print(`Bye, ${people.own.name}!`);
  }
}
