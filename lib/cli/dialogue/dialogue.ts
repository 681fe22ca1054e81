/** The dialogue's state, and what commands can do with it. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { isRoom } from "../../base/ids.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { safeSentence, safeText } from "../../base/safe_text.ts";
import { BackgroundTasks } from "./background_tasks.ts";
import { type LineStyle, MESSAGE_INDENT_CELLS, messageLine } from "./chat_lines.ts";
import { type ChatState, openChatState } from "./chat_state.ts";
import { busyWarning, findPartner, findSomebody, type Partner } from "./partner.ts";
import { type HeldBack, heldLine, OutboxSender } from "./outbox_sender.ts";
import { DeliveryTracker } from "./delivery_tracker.ts";
import type { ChatContext, VideoSurface } from "./slash_row.ts";

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
  readonly client: Client;
  readonly dialogue: Pick<LineDialogue, "print" | "readSecret">;
  /** False where a video leaves room for what is said meanwhile. */
  readonly hasCurtain?: boolean;
  readonly stage: VideoSurface;
  /** Whether a person is there to answer a question. */
  readonly isAttended: boolean;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  /** Called when plain text goes to somebody else from now on. */
  readonly onPartner: () => void;
  /** Shows what was written down, before anything else is shown. */
  readonly onWritten: () => Promise<void>;
  readonly onLeave: () => void;
}

/** What a command of the dialogue may touch: the client, the people, the partner, the page. */
export class Dialogue implements ChatContext {
  readonly client: Client;
  readonly people: ChatState["people"];
  readonly rooms: ChatState["rooms"];
  readonly requests: ChatState["requests"];
  readonly settings: ChatState["settings"];
  readonly stage: VideoSurface;
  readonly signal: AbortSignal;
  readonly post: OutboxSender;
  readonly said: DeliveryTracker;
  #unsaid: Unsaid | undefined;
  readonly #options: DialogueOptions;
  readonly #beside = new BackgroundTasks((line) => this.print(line));
  #partner: Partner | undefined;
  #curtain: string[] | undefined;
  #isOfflineTold = false;

  constructor(options: DialogueOptions) {
    const { client, stage, signal } = options;
    this.#options = options;
    this.client = client;
    this.stage = stage;
    this.signal = signal;
    const state = openChatState(client);
    this.people = state.people;
    this.rooms = state.rooms;
    this.requests = state.requests;
    this.settings = state.settings;
    this.post = new OutboxSender(client, (held) => this.#tellHeld(held));
    this.said = new DeliveryTracker(client);
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

  get partner(): Partner | undefined {
    return this.#partner;
  }

  get style(): LineStyle {
    return {
      nowMs: this.client.clock.nowMs(),
      emoticons: this.settings.emoticons,
      nameOf: (peer) => isRoom(peer) ? this.rooms.labelOf(peer) : this.people.nameOf(peer),
      isVerified: (account) => this.people.isVerified(account),
    };
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

  async askSecret(question: string): Promise<string> {
    const { dialogue } = this.#options;
    const prompt = safeSentence`${question}: `;
    const input = await dialogue.readSecret?.({ prompt, signal: this.signal });
    if (input === undefined) {
      throw new UsageError("no-input", "A password cannot be typed here: use --password-file FILE");
    }
    if (input.kind === "line" && input.text !== "") return input.text;
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

  /** Shows what was said, or a line of the program. */
  async show(entry: Parameters<Client["talk"]["factsOf"]>[0]): Promise<void> {
    const { peer, kind } = entry;
    const facts = await this.client.talk.factsOf(entry);
    // Lines of the program tell of names and of members.
    if (isRoom(peer) && (kind === "notice" || !this.rooms.has(peer))) {
      await this.rooms.refresh();
      this.#renamePartner();
    }
    const printed = this.print(messageLine(entry, this.style, { facts }));
    // The answer may be there before the write is over.
    this.requests.show(entry);
    await printed;
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

  talkToNobody(): void {
    this.#partner = undefined;
  }

  async wrote(...[to, { id, text }]: Parameters<ChatContext["wrote"]>): Promise<void> {
    this.post.send();
    this.said.add(id, { to, text });
    await this.#options.onWritten();
    const warning = await busyWarning(this, to);
    if (warning !== undefined) await this.print(warning);
    if (this.client.isOnline || this.#isOfflineTold) return;
    this.#isOfflineTold = true;
    await this.print("* not connected: what you say is kept, and sent when the server is back");
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
    this.post.send();
  }

  async look(): Promise<void> {
    await this.#options.onWritten();
  }

  leave(): void {
    this.#options.onLeave();
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

  async #tellHeld(held: HeldBack): Promise<void> {
    await this.print(heldLine(held, this.style.nameOf(held.peer)));
  }
}
