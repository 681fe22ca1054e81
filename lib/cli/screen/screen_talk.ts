/** The conversation behind a full screen: the same client and the same commands as the line dialogue's, without lines. */

import { AppClient, type AppClientOptions } from "../../app/conversations/app_client.ts";
import type { Talk, TalkNews } from "../../app/conversations/talk.ts";
import type { AppEvent } from "../../app/events.ts";
import { utf8 } from "../../base/bytes.ts";
import { Channel } from "../../base/channel.ts";
import { HeliographError, StorageError, TerminalError } from "../../base/errors.ts";
import type { Peer } from "../../base/ids.ts";
import { quoteWord } from "../../commands/words.ts";
import { createPrivateFile } from "../../storage/atomic_file.ts";
import { storageError } from "../../storage/failures.ts";
import { completeAt } from "../dialogue/completion.ts";
import { Dialogue, type DialogueOptions } from "../dialogue/dialogue.ts";
import { eventLines, isAside } from "../dialogue/event_lines.ts";
import { ruledLine, takesTerminal, typedLine } from "../dialogue/lines_in.ts";
import { SLASH_TABLE } from "../dialogue/slash_table.ts";
import { describeThrown } from "../failure_words.ts";
import { join } from "node:path";

/** What a talk is made of. */
export interface ScreenTalkOptions
  extends AppClientOptions, Pick<DialogueOptions, "stage" | "secrets"> {
  readonly readAnswer: DialogueOptions["dialogue"]["readAnswer"];
  readonly signal: AbortSignal;
}

/** How a line is run, where it was typed, and what was offered as it was begun. */
interface Call {
  readonly run: () => Promise<void>;
  readonly place: Peer | undefined;
  readonly offered: string | undefined;
}

/** Runs commands and tells what happens. */
export class ScreenTalk implements Talk {
  readonly client: Talk["client"];
  readonly facts: Talk["facts"];
  readonly #app: AppClient;
  readonly #desk: Dialogue;
  readonly #commandQueue: CommandQueue;
  #onNews: (news: TalkNews) => void = () => {};
  /** Where the command was typed that runs now, or the conversation that it chose. */
  #at: Peer | "open" | undefined = "open";

  constructor(options: ScreenTalkOptions) {
    const { client, stage, secrets, signal } = options;
    const app = new AppClient(options, signal);
    const desk: Dialogue = new Dialogue({
      app,
      dialogue: {
        print: (text) => Promise.resolve(this.#onNews({ type: "line", text, place: this.#at })),
        readAnswer: options.readAnswer,
        showsRemarks: true,
      },
      hasCurtain: false,
      drawsCards: true,
      isAttended: true,
      stage,
      secrets,
      showPage: (page, lines) =>
        Promise.resolve(this.#onNews({ type: "page", page, lines, place: this.#at })),
      onPartner: () => this.#tellPartner(),
      onClear: () => {
        if (this.#at !== "open") this.#onNews({ type: "clear", place: this.#at });
      },
    });
    this.client = client;
    this.facts = {
      commands: SLASH_TABLE,
      get names() {
        return desk.style;
      },
      complete: (before) => completeAt(desk, before),
    };
    this.#app = app;
    this.#desk = desk;
    this.#commandQueue = new CommandQueue((line) => desk.print(line));
  }

  /** Who and what can be named, for the shells of this person. */
  get named(): Pick<Dialogue, "people" | "rooms" | "client"> {
    return this.#desk;
  }

  /** How many texts are kept here, and sent when the person is back. */
  get unsentCount(): number {
    return this.#desk.deliveries.unsentCount;
  }

  /** Runs until the person leaves. Rejects with what cannot be mended (Refusal, TrustError, TerminalError). Once. */
  async run(
    onNews: (news: TalkNews) => void,
    marks: { keepMarks(): void },
  ): Promise<void> {
    this.#onNews = onNews;
    const app = this.#app;
    app.scope.run("commands", (signal) => this.#commandQueue.run(signal));
    await app.run({
      take: (event) => this.#take(event),
      close: () => this.#desk.close(),
      keepMarks: () => marks.keepMarks(),
    });
  }

  /** What an answer would be about now. */
  offered(): string | undefined {
    return this.#desk.requests.newest();
  }

  /** Runs a line, after those before it; a video plays beside what comes after. */
  enter(line: string, place: Peer | undefined, offered?: string): Promise<void> {
    return this.#add(line, { run: typedLine(this.#desk, line, { offered }), place, offered });
  }

  async sendAsFile(text: string, place: Peer | undefined): Promise<void> {
    const { downloads, outbox } = this.#desk.stage;
    let file: string | undefined;
    await this.#commandQueue.add(() =>
      this.#while(place, async () => {
        file = await keepText(outbox ?? downloads, text, this.client.clock.nowMs());
        await this.#desk.print(`* saved in ${file}, and sent from there`);
      })
    );
    if (file !== undefined) await this.enter(`/send ${quoteWord(file)}`, place);
  }

  typing(place: Peer | undefined): void {
    if (place !== undefined) this.#app.typing(place);
  }

  leave(): void {
    this.#app.leave();
  }

  async #take(event: AppEvent): Promise<void> {
    const desk = this.#desk;
    this.#onNews(event);
    desk.hear(event);
    if (isAside(event)) {
      for (const text of eventLines(event, desk)) {
        this.#onNews({ type: "line", text, place: undefined, isNews: true });
      }
      return;
    }
    // Cards draw how files go on, and the strip above what is typed says what strangers want.
    if (event.type === "transfers" || event.type === "request") return;
    // The status line and the first page count requests.
    await desk.tell(event.type === "started" ? { ...event, requests: 0 } : event);
    if (event.type !== "due") return;
    const { line } = event.due;
    const run = ruledLine(desk, line);
    this.#app.scope.run(
      "answer",
      () => this.#add(line, { run, place: undefined, offered: undefined }),
    );
  }

  #add(line: string, call: Call): Promise<void> {
    return this.#commandQueue.add(() => this.#while(call.place, () => this.#runLine(line, call)));
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
    else desk.talkTo({ peer: place, name: desk.style.nameOf(place) });
    if (takesTerminal(desk, line, offered)) {
      this.#app.scope.run("video", run);
      return;
    }
    await run();
    if (place !== undefined && desk.partner === undefined) {
      this.#onNews({ type: "partner", peer: undefined, from: place });
    }
    // What is only said changes no list.
    if (/^\/|:\s*\//.test(line)) await this.#app.roomsChanged();
  }

  #tellPartner(): void {
    const peer = this.#desk.partner?.peer;
    // Who closes a conversation reads what is said about that on the first page.
    if (peer === this.#at || peer === undefined && this.#at === "open") return;
    this.#onNews({ type: "partner", peer, from: this.#at });
    this.#at = peer;
  }
}

// Texts of the person's that become files.

/** As many in one second are enough. */
const MAX_TRIES = 20;

/** Writes a text into a new file of the folder, its owner's only; returns where. Throws StorageError. */
async function keepText(folder: string, text: string, nowMs: number): Promise<string> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw storageError(`Cannot make the folder ${folder}`, error);
  }
  const name = `pasted-${stampOf(new Date(nowMs))}`;
  for (let attempt = 1;; attempt++) {
    const path = join(folder, `${name}${attempt === 1 ? "" : `-${attempt}`}.txt`);
    try {
      await createPrivateFile(path, utf8(text));
      return path;
    } catch (error) {
      const isThere = error instanceof StorageError && error.code === "already-exists";
      if (!isThere || attempt === MAX_TRIES) throw error;
    }
  }
}

/** `2026-11-24-190507`, local time. */
function stampOf(now: Date): string {
  const two = (number: number) => `${number}`.padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

// What the person asked for, done one after the other; what was wrong with it is told, and the next goes on.

/** A queue of things to do. */
class CommandQueue {
  readonly #queue = new Channel<() => Promise<void>>();
  readonly #tell: (line: string) => Promise<void>;

  /** `tell` gets a line about what could not be done. */
  constructor(tell: (line: string) => Promise<void>) {
    this.#tell = tell;
  }

  /** Resolves when it was done, or told why not. */
  add(queuedCommand: () => Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push(async () => {
      try {
        await queuedCommand();
      } finally {
        resolve();
      }
    });
    return promise;
  }

  /** Does what is added until `signal` aborts. Rejects with its reason, and with what ends more than the queued command. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const queuedCommand = await this.#queue.next({ signal });
      if (queuedCommand === undefined) return;
      try {
        await queuedCommand();
      } catch (error) {
        if (signal.aborted || error instanceof TerminalError) throw error;
        if (!(error instanceof HeliographError)) throw error;
        await this.#tell(`* ${describeThrown(error).text}`);
      }
    }
  }
}
