/** A classic shell over a client: the shell says what a line means and how things are said, the line dialogue does it. */

import { AppClient, type AppClientOptions } from "../../app/conversations/app_client.ts";
import type { AppEvent } from "../../app/events.ts";
import type { Shell, ShellCall, ShellTalk, Step } from "../../app/shells/shell.ts";
import { seedLogLine, seedLogName } from "../../app/talk/seed_log.ts";
import { Bug, HeliographError, StorageError, TerminalError } from "../../base/errors.ts";
import { isRoom, type RoomHandle } from "../../base/ids.ts";
import { safeText } from "../../base/safe_text.ts";
import type { HistoryEntry } from "../../client/store/history.ts";
import { whole } from "../../commands/command_table.ts";
import { CommandValues } from "../../commands/command_values.ts";
import { appendPrivately } from "../../storage/private_files.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import { Dialogue, type DialogueOptions } from "../dialogue/dialogue.ts";
import { eventLines } from "../dialogue/event_lines.ts";
import { LineLoop } from "../dialogue/line_loop.ts";
import { ruledLine, typedLine } from "../dialogue/lines_in.ts";
import { SLASH_TABLE } from "../dialogue/slash_table.ts";
import { describeThrown } from "../failure_words.ts";
import { join } from "node:path";

/** What a run of a shell is made of. */
export interface ClassicChatOptions
  extends AppClientOptions, Pick<DialogueOptions, "stage" | "secrets" | "isAttended"> {
  readonly shell: Shell;
  readonly dialogue: LineDialogue;
  /** Where there is no input line, the prompt is a line of its own. */
  readonly showsPrompts: boolean;
  /** Where the logs go that a shell keeps. */
  readonly folder: string;
}

/** Lines of the dialogue begin with a mark, which no seed has. */
const MARK = /^\* /;

/** One run. Owns the client and its connection until `run` ends. */
export class ClassicChat {
  readonly #options: ClassicChatOptions;
  readonly #app: AppClient;
  readonly #desk: Dialogue;
  readonly #loop: LineLoop;
  readonly #talk: ShellTalk;
  readonly #logs: SeedLogs | undefined;
  #room: RoomHandle | undefined;
  #isStarted = false;
  /** The last prompt that was shown as a line. */
  #prompted = "";

  /** Ends when `signal` aborts, and then rejects with its reason. */
  constructor(options: ClassicChatOptions, signal: AbortSignal) {
    const { dialogue, stage, isAttended, secrets, shell, showsPrompts, folder } = options;
    this.#options = options;
    const app = new AppClient(options, signal);
    this.#app = app;
    this.#logs = shell.keepsLogs ? new SeedLogs(folder) : undefined;
    this.#talk = shell.open(this.#facts());
    this.#desk = new Dialogue({
      app,
      dialogue: {
        readAnswer: dialogue.readAnswer?.bind(dialogue),
        print: (text) => dialogue.print(safeText(text.replace(MARK, ""))),
      },
      stage,
      isAttended,
      secrets,
      voice: this.#talk,
      onPartner: () => this.#choosePartner(),
    });
    this.#loop = new LineLoop({
      dialogue,
      keepsLines: true,
      prompt: () => safeText(showsPrompts || !this.#isStarted ? "" : this.#talk.prompt()),
      offered: () => this.#desk.requests.newest(),
      typed: (line, offered) => () => this.#type(line, offered),
      ruled: (line) => ruledLine(this.#desk, line),
      // Each line is answered before the next one is asked for, as in the seeds.
      takesTerminal: () => true,
      onInterrupt: () => this.#desk.print("press ctrl-C again to leave"),
      onLeave: () => app.leave(),
    });
  }

  /** For completion: who and what there is to name. */
  get desk(): Dialogue {
    return this.#desk;
  }

  /** Whether there ever was a connection. */
  get wasOnline(): boolean {
    return this.#app.wasOnline;
  }

  /** Ctrl-C, where it does not come as a key. */
  interrupt(): void {
    this.#app.scope.run("interrupt", () => this.#loop.interrupt());
  }

  /** Runs until the person leaves. Rejects with what cannot be mended (Refusal, TrustError, TerminalError). Once. */
  async run(): Promise<void> {
    await this.#app.run({
      take: (event) => this.#take(event),
      read: (signal) => this.#loop.read(signal),
      left: () => {
        const { unsentWords } = this.#desk.deliveries;
        const stays = unsentWords === undefined ? [] : [unsentWords];
        return this.#desk.printAll([...stays, ...this.#talk.farewell()]);
      },
      close: () => this.#desk.close(),
    });
  }

  #facts(): Parameters<Shell["open"]>[0] {
    const { people, client, rooms } = this.#app;
    const desk = () => this.#desk;
    const room = () => this.#room ?? rooms.listed[0]?.room;
    return {
      own: people.own.name,
      get session() {
        return client.isOnline ? client.signedIn.sessionNumber : undefined;
      },
      get active() {
        return people.active.map(({ name }) => name);
      },
      get names() {
        return desk().style;
      },
      isAway: (name) => {
        const known = people.find(name);
        return known !== undefined &&
          !people.active.some(({ account }) => account === known.account);
      },
      get room() {
        return room();
      },
    };
  }

  #choosePartner(): void {
    const peer = this.#desk.partner?.peer;
    if (peer !== undefined && isRoom(peer)) this.#room = peer;
  }

  async #take(event: AppEvent): Promise<void> {
    await this.#log(event);
    const desk = this.#desk;
    switch (event.type) {
      case "started":
        await desk.printAll(this.#talk.greeting());
        await desk.tell(event);
        this.#isStarted = true;
        this.#loop.promptChanged();
        return await this.#showPrompt();
      case "ready":
        return this.#app.scope.run("commands", (signal) => this.#loop.run(signal));
      case "entry": {
        const lines = this.#talk.entry(event);
        if (lines === undefined) return await desk.show(event);
        return await desk.printAll(lines);
      }
    }
    const lines = this.#talk.news(event);
    await desk.printAll(lines ?? eventLines(event, desk));
    if (event.type === "due") await this.#loop.obey(event.due.line);
  }

  /** What cannot be written is said; the talk goes on. */
  async #log(event: AppEvent): Promise<void> {
    try {
      await this.#logs?.take(event);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      await this.#desk.print(error.message);
    }
  }

  async #type(line: string, offered: string | undefined): Promise<void> {
    if (this.#app.isLeaving) return;
    for (const step of this.#talk.take(line)) await this.#step(step, offered);
    if (this.#app.isLeaving) return;
    await this.#desk.printAll(this.#talk.after());
    await this.#showPrompt();
    this.#loop.promptChanged();
  }

  async #step(step: Step, offered: string | undefined): Promise<void> {
    switch (step.kind) {
      case "say":
        return await this.#desk.printAll(step.lines);
      case "line":
        return await typedLine(this.#desk, step.line, { ...step, offered })();
      case "call":
        return await this.#call(step.call, offered);
      case "waiting":
        if ((await this.#desk.asked()).length > 0) await this.#desk.printAll(step.lines);
        return;
      case "leave":
        return this.#app.leave();
    }
  }

  /** Runs a row and says what was wrong with it. Throws only what ends the talk: an abort, or a terminal that is gone. */
  async #call({ row: name, given = {}, options = {} }: ShellCall, offered: string | undefined) {
    const found = SLASH_TABLE.get(name);
    if (found === undefined) throw new Bug(`Cannot run ${name}: there is no such command`);
    const values = CommandValues.from(whole(found), { arguments: given, options });
    try {
      await found.run(this.#desk, { values, to: undefined, offered });
    } catch (error) {
      if (this.#desk.signal.aborted || error instanceof TerminalError) throw error;
      if (!(error instanceof HeliographError)) throw error;
      const { text, exit, details } = describeThrown(error);
      this.#desk.notSaid(exit);
      await this.#desk.print(this.#talk.failed({ code: error.code, text, details }));
    }
  }

  async #showPrompt(): Promise<void> {
    const prompt = this.#talk.prompt();
    if (!this.#options.showsPrompts || prompt === this.#prompted) return;
    this.#prompted = prompt;
    if (prompt !== "") await this.#desk.print(prompt);
  }
}

// The readable log files that the shell of Toom keeps where the person is (rows S3.17, S3.36): whoever chooses it is told.

/** Writes each message once, as soon as it has its number. */
class SeedLogs {
  readonly #folder: string;
  /** Own texts of rooms, which the server has not numbered yet. */
  readonly #unnumbered = new Map<string, HistoryEntry>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Throws StorageError. */
  async take(event: AppEvent): Promise<void> {
    if (event.type === "delivery" && event.number !== undefined) {
      const entry = this.#unnumbered.get(event.id);
      if (entry === undefined) return;
      this.#unnumbered.delete(event.id);
      return await this.#write(event.number, entry);
    }
    if (event.type !== "entry") return;
    const { entry } = event;
    // What was seen elsewhere comes once more when it is found here; own words count as seen from the start.
    if (event.wasShown && !entry.own) return;
    const isOfRoom = entry.kind === "text" && isRoom(entry.peer);
    if (entry.kind !== "broadcast" && !isOfRoom) return;
    if (entry.number === undefined) this.#unnumbered.set(entry.id, entry);
    else await this.#write(entry.number, entry);
  }

  async #write(number: number, entry: HistoryEntry): Promise<void> {
    const { kind, peer } = entry;
    const room = kind === "text" && isRoom(peer) ? peer : undefined;
    const line = `${seedLogLine(number, entry)}\n`;
    await appendPrivately(join(this.#folder, seedLogName(room)), line);
  }
}
