/** The dialogue's state, and what commands can do with it. */

import { Refusal, UsageError } from "../../base/errors.ts";
import type { Client } from "../../client/client.ts";
import type { Contact } from "../../client/messaging/contacts.ts";
import type { LineDialogue } from "../../terminal/dialogue.ts";
import { onOneLine, safeText } from "../../terminal/safe_text.ts";
import { readBusyWords } from "../attendance.ts";
import { type LineStyle, MESSAGE_INDENT_CELLS } from "./chat_lines.ts";
import { showName } from "./names.ts";
import { People } from "./people.ts";
import { type HeldBack, heldLine, Post } from "./post.ts";
import { Said } from "./said.ts";
import type { ChatHands, ChatSettings, Stage } from "./slash_row.ts";

/** What the commands of a dialogue work on. */
export interface DeskOptions {
  readonly client: Client;
  readonly dialogue: LineDialogue;
  readonly stage: Stage;
  readonly signal: AbortSignal;
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
  readonly settings: ChatSettings = { emoticons: true, receipts: false };
  readonly stage: Stage;
  readonly signal: AbortSignal;
  readonly post: Post;
  readonly said: Said;
  videoNames: readonly string[] = [];
  readonly #options: DeskOptions;
  #partner: Contact | undefined;
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
    this.post = new Post(client, (held) => this.#tellHeld(held));
    this.said = new Said(client);
  }

  get partner(): Contact | undefined {
    return this.#partner;
  }

  get style(): LineStyle {
    return {
      nowMs: this.client.clock.nowMs(),
      emoticons: this.settings.emoticons,
      nameOf: (account) => this.people.nameOf(account),
      isVerified: (account) => this.people.isVerified(account),
    };
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

  async findContact(name: string): Promise<Contact> {
    try {
      const contact = await this.client.findContact(name);
      this.people.meet(contact);
      return contact;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "unknown-account") throw error;
      const suggestion = this.people.suggest(name);
      throw new Refusal(error.code, `There is nobody called ${showName(name)} here`, {
        details: suggestion === undefined ? {} : { suggestion },
        cause: error,
      });
    }
  }

  talkTo(contact: Contact): void {
    if (contact.account === this.people.own.account) {
      throw new UsageError("to-yourself", "This is you: choose another name");
    }
    if (this.#partner?.account === contact.account) return;
    this.#partner = contact;
    this.#options.onPartner();
  }

  async say(to: Contact, text: string): Promise<void> {
    this.talkTo(to);
    const id = await this.post.write(to.account, text);
    this.said.add(id, { to, text });
    await this.#options.onWritten();
    await this.#tellBusy(to);
    if (this.client.isOnline || this.#isOfflineTold) return;
    this.#isOfflineTold = true;
    await this.print("* not connected: what you say is kept, and sent when the server is back");
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

  /** Once each time that somebody is busy. */
  async #tellBusy(to: Contact): Promise<void> {
    const busy = this.people.takeBusy(to.account);
    if (busy === undefined || !this.client.isOnline) return;
    const words = await readBusyWords(this.client, to.account, busy);
    await this.print(`* ${showName(to.name)} is ${words}; what you say waits there quietly`);
  }

  async #tellHeld(held: HeldBack): Promise<void> {
    await this.print(heldLine(held, this.people.nameOf(held.peer)));
  }
}
