/** The dialogue's state, and what commands can do with it. */

import { Refusal, UsageError } from "../../base/errors.ts";
import { isRoom } from "../../base/ids.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { onOneLine, safeSentence, safeText } from "../../terminal/safe_text.ts";
import { Beside } from "./beside.ts";
import { RoomLabels } from "../rooms/room_labels.ts";
import { type LineStyle, MESSAGE_INDENT_CELLS, messageLine } from "./chat_lines.ts";
import { busyWarning, findPartner, findSomebody, type Partner } from "./partner.ts";
import { People } from "./people.ts";
import { type HeldBack, heldLine, Post } from "./post.ts";
import { Said } from "./said.ts";
import type { ChatHands, ChatSettings, Stage } from "./slash_row.ts";

type Client = ChatHands["client"];

/** What changes of the account need beside the client. */
export interface Secrets {
  greet(signal: AbortSignal): ReturnType<ChatHands["greet"]>;
  readFile(file: string): Promise<string>;
  keeper: ChatHands["keeper"];
}

/** What the commands of a dialogue work on. */
export interface DeskOptions {
  readonly client: Client;
  readonly dialogue: Pick<LineDialogue, "print" | "readSecret">;
  /** False where a video leaves room for what is said meanwhile. */
  readonly hasCurtain?: boolean;
  readonly stage: Stage;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  /** Called when plain text goes to somebody else from now on. */
  readonly onPartner: () => void;
  /** Shows what was written down, before anything else is shown. */
  readonly onWritten: () => Promise<void>;
  readonly onLeave: () => void;
}

/** What a command of the dialogue may touch: the client, the people, the partner, the page. */
export class Desk implements ChatHands {
  readonly client: Client;
  readonly people: People;
  readonly rooms: RoomLabels;
  readonly settings: ChatSettings = { emoticons: true, receipts: false };
  readonly stage: Stage;
  readonly signal: AbortSignal;
  readonly post: Post;
  readonly said: Said;
  readonly #options: DeskOptions;
  readonly #beside = new Beside((line) => this.print(line));
  #partner: Partner | undefined;
  #curtain: string[] | undefined;
  #isOfflineTold = false;

  constructor(options: DeskOptions) {
    const { client, stage, signal } = options;
    this.#options = options;
    this.client = client;
    this.stage = stage;
    this.signal = signal;
    const { account, name } = client.profile.own;
    this.people = new People({ account, name });
    this.rooms = new RoomLabels(client);
    this.post = new Post(client, (held) => this.#tellHeld(held));
    this.said = new Said(client);
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

  greet(): ReturnType<ChatHands["greet"]> {
    return this.#options.secrets.greet(this.signal);
  }

  keeper(): ReturnType<ChatHands["keeper"]> {
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

  async behindCurtain(
    action: (aside: () => string | undefined) => Promise<void>,
  ): Promise<void> {
    if (this.#options.hasCurtain === false) return await action(() => undefined);
    const held: string[] = [];
    this.#curtain = held;
    try {
      await action(() => {
        const last = held[held.length - 1];
        return last === undefined ? undefined : `${held.length} new: ${onOneLine(safeText(last))}`;
      });
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
    await this.print(messageLine(entry, this.style, { facts }));
  }

  findContact(name: string): ReturnType<ChatHands["findContact"]> {
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

  /** Plain text goes to nobody, until somebody is addressed. */
  talkToNobody(): void {
    this.#partner = undefined;
  }

  async say(to: Partner, text: string): Promise<void> {
    this.talkTo(to);
    const id = await this.post.write(to.peer, text);
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
