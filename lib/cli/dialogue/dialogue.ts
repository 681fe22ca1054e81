/** The dialogue's state, and what commands can do with it. */

import { unasked } from "../../app/ask.ts";
import type { AppClient } from "../../app/conversations/app_client.ts";
import type { AppEvent, ShownEntry } from "../../app/events.ts";
import { HeliographError, Refusal, UsageError } from "../../base/errors.ts";
import { isRoom } from "../../base/ids.ts";
import { safeSentence, safeText } from "../../base/safe_text.ts";
import { Scope } from "../../base/scope.ts";
import { AnswerPolicy } from "../../client/contacts/answer_policy.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import { describeThrown } from "../failure_words.ts";
import { type LineStyle, MESSAGE_INDENT_CELLS, messageLine } from "./chat_lines.ts";
import { ChatSettings } from "./chat_settings.ts";
import { DeliveryTracker } from "./delivery_tracker.ts";
import { eventLines } from "./event_lines.ts";
import { pageInLines } from "./numbered.ts";
import { busyWarning, findPartner, findSomebody, type Partner } from "./partner.ts";
import type { ChatContext, VideoSurface } from "./slash_row.ts";
import { ToldHooks } from "./told_hooks.ts";

type Client = ChatContext["client"];
type Unsaid = Parameters<ChatContext["notSaid"]>[0];

/** What changes of the account need beside the client. */
export interface Secrets {
  greet(signal: AbortSignal): ReturnType<ChatContext["greet"]>;
  readFile(file: string): Promise<string>;
  keeper: ChatContext["keeper"];
}

/** What the commands of a dialogue work on. */
export interface DialogueOptions {
  readonly app: AppClient;
  readonly dialogue: Pick<LineDialogue, "print" | "readAnswer" | "showsRemarks">;
  /** False where a video leaves room for what is said meanwhile. */
  readonly hasCurtain?: boolean;
  readonly stage: VideoSurface;
  /** Whether a person is there to answer a question. */
  readonly isAttended: boolean;
  readonly secrets: Secrets;
  /** See `ChatContext.drawsCards`. */
  readonly drawsCards?: boolean;
  /** Shows pages; left out, their lines are printed. */
  readonly showPage?: ChatContext["showPage"];
  readonly voice?: ChatContext["voice"];
  /** Called when plain text goes to somebody else from now on. */
  readonly onPartner: () => void;
  /** Takes the program's own lines off the page that is open; undefined where they stay. */
  readonly onClear?: () => void;
}

/** What a command of the dialogue may touch: the client, the people, the partner, the page. */
export class Dialogue implements ChatContext {
  readonly app: AppClient;
  readonly client: Client;
  readonly people: ChatContext["people"];
  readonly rooms: ChatContext["rooms"];
  readonly requests: ChatContext["requests"];
  readonly settings: ChatSettings;
  readonly stage: VideoSurface;
  readonly signal: AbortSignal;
  readonly voice: ChatContext["voice"];
  readonly deliveries: DeliveryTracker;
  #unsaid: Unsaid | undefined;
  readonly #options: DialogueOptions;
  readonly #beside = new BackgroundTasks((line) => this.print(line));
  readonly #hooks: ToldHooks | undefined;
  #partner: Partner | undefined;
  #curtain: string[] | undefined;
  #isOfflineTold = false;

  constructor(options: DialogueOptions) {
    const { app, app: { client, people, rooms, scope }, stage } = options;
    this.#options = options;
    this.app = app;
    this.client = client;
    this.people = people;
    this.rooms = rooms;
    this.stage = stage;
    this.voice = options.voice;
    this.signal = scope.signal;
    this.requests = app.shown;
    this.settings = new ChatSettings(client.profile);
    this.deliveries = new DeliveryTracker(client);
    this.#hooks = stage.hooks && new ToldHooks(stage.hooks, this);
  }

  get isAttended(): boolean {
    return this.#options.isAttended;
  }

  /** Why the last line of those was not sent that were not; undefined when every one was. */
  get unsaid(): Unsaid | undefined {
    return this.#unsaid;
  }

  notSaid(exit: Unsaid): void {
    this.#unsaid = exit;
  }

  get drawsCards(): boolean {
    return this.#options.drawsCards === true;
  }

  get partner(): Partner | undefined {
    return this.#partner;
  }

  get style(): LineStyle {
    const rules = new AnswerPolicy(this.client.profile);
    return {
      nowMs: this.client.clock.nowMs(),
      emoticons: this.settings.emoticons,
      nameOf: (peer) => isRoom(peer) ? this.rooms.labelOf(peer) : this.people.nameOf(peer),
      isVerified: (account) => this.people.isVerified(account),
      isAskedAboutFiles: (from) => (rules.of(from, "files") ?? "ask") === "ask",
    };
  }

  asked(): ReturnType<ChatContext["asked"]> {
    return this.app.asked();
  }

  greet(): ReturnType<ChatContext["greet"]> {
    return this.#options.secrets.greet(this.signal);
  }

  keeper(): ReturnType<ChatContext["keeper"]> {
    return this.#options.secrets.keeper();
  }

  readSecret(file: string): Promise<string> {
    return this.#options.secrets.readFile(file);
  }

  get canAsk(): boolean {
    return this.isAttended && this.#options.dialogue.readAnswer !== undefined;
  }

  get showsRemarks(): boolean {
    return this.#options.dialogue.showsRemarks === true;
  }

  async ask(...[question, how]: Parameters<ChatContext["ask"]>): Promise<string> {
    const { isSecret } = how;
    const { dialogue } = this.#options;
    const prompt = safeSentence`${question} `;
    const input = await dialogue.readAnswer?.({ prompt, ...how, signal: this.signal });
    if (input === undefined) {
      throw isSecret
        ? new UsageError("no-input", "Cannot ask for a password here: use --password-file FILE")
        : unasked(question);
    }
    if (input.kind === "line" && (input.text !== "" || !isSecret)) return input.text;
    throw new Refusal("interrupted", "Nothing was done");
  }

  async print(text: string): Promise<void> {
    if (this.#curtain !== undefined) {
      this.#curtain.push(text);
      return;
    }
    const indentCells = MESSAGE_INDENT_CELLS;
    await this.#options.dialogue.print(safeText(text), { indentCells });
  }

  async printAll(lines: readonly string[]): Promise<void> {
    // Begun together, so that nothing comes in between.
    await Promise.all(lines.map((line) => this.print(line)));
  }

  async showPage(...given: Parameters<ChatContext["showPage"]>): Promise<void> {
    const { showPage } = this.#options;
    if (showPage !== undefined) await showPage(...given);
    else await this.printAll(this.voice === undefined ? pageInLines(...given) : given[1]);
  }

  async behindCurtain<Result>(action: () => Promise<Result>): Promise<Result> {
    if (this.#options.hasCurtain === false) return await action();
    const held: string[] = [];
    this.#curtain = held;
    try {
      return await action();
    } finally {
      this.#curtain = undefined;
      for (const text of held) await this.print(text);
    }
  }

  /** Shows what was said, or a line of the program. What the person offers is told by the command that did so. */
  async show({ entry, facts }: ShownEntry): Promise<void> {
    if (entry.own && entry.kind === "notice") return;
    this.#renamePartner();
    await this.print(messageLine(entry, this.style, { facts }));
  }

  /** Adds the lines of an event. */
  async tell(event: AppEvent): Promise<void> {
    const printed = this.printAll(eventLines(event, this));
    if (event.type === "connection" && event.news.state === "online") this.#isOfflineTold = false;
    await printed;
  }

  /** Has the person's own programs told of an event, which waits for none of them. */
  hear(event: AppEvent): void {
    this.#hooks?.hear(event);
  }

  findContact(name: string): ReturnType<ChatContext["findContact"]> {
    return findSomebody(this, name);
  }

  findPartner(name: string): Promise<Partner> {
    return findPartner(this, name);
  }

  talkTo(partner: Partner): void {
    if (partner.peer === this.people.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    if (this.#partner?.peer === partner.peer) return;
    this.#partner = partner;
    this.#options.onPartner();
  }

  async clear(): Promise<void> {
    const { onClear } = this.#options;
    if (onClear !== undefined) return onClear();
    await this.print(
      "* lines stay here: to clear the screen, press ctrl-L or use the terminal's own command",
    );
  }

  talkToNobody(): void {
    this.#partner = undefined;
    this.#options.onPartner();
  }

  async wrote(...[to, { id, text }]: Parameters<ChatContext["wrote"]>): Promise<void> {
    this.app.outbox.send();
    this.deliveries.add(id, { to, text });
    await this.app.look();
    const warning = await busyWarning(this, to);
    if (warning !== undefined) await this.print(warning);
    if (this.client.isOnline || this.#isOfflineTold) return;
    this.#isOfflineTold = true;
    await this.print(
      "* not connected: your messages are stored and go out when the server is back",
    );
  }

  beside(task: (signal: AbortSignal) => Promise<void>): void {
    this.#beside.run(task);
  }

  /** Ends what runs beside, and waits for it. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#beside.close();
  }

  send(): void {
    this.#isOfflineTold = false;
    this.app.outbox.send();
  }

  async look(): Promise<void> {
    await this.app.look();
  }

  leave(): void {
    this.app.leave();
  }

  /** Somebody in charge may have named the room meanwhile. */
  #renamePartner(): void {
    const peer = this.#partner?.peer;
    if (peer === undefined || !isRoom(peer)) return;
    const name = this.rooms.labelOf(peer);
    if (name === this.#partner?.name) return;
    this.#partner = { peer, name };
    this.#options.onPartner();
  }
}

// What goes on beside the conversation, e.g. a stream that is shown: ended and awaited with it.

/** Whoever makes it closes it. */
class BackgroundTasks {
  readonly #tell: (line: string) => Promise<void>;
  readonly #scope = new Scope();

  /** `tell` gets a line about what went wrong. */
  constructor(tell: (line: string) => Promise<void>) {
    this.#tell = tell;
  }

  /** Begins a task. `signal` aborts when the dialogue ends. */
  run(task: (signal: AbortSignal) => Promise<void>): void {
    this.#scope.run("beside", async (signal) => {
      try {
        await task(signal);
      } catch (error) {
        if (signal.aborted && error === signal.reason) throw error;
        if (!(error instanceof HeliographError)) throw error;
        await this.#tell(`* ${describeThrown(error).text}`);
      }
    });
  }

  /** Ends what runs, and waits for it. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
  }
}
