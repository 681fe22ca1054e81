/** The `~> ` shell as its commands see it: who one is, whom one knows, and how things are said. */

import { NodeNews } from "../../app/conversations/node_news.ts";
import { type Ask, chooseByNumber, unasked } from "../../app/ask.ts";
import { parseAccountName } from "../../base/account_name.ts";
import { type HeliographError, Refusal, UsageError } from "../../base/errors.ts";
import { Bell } from "../../base/bell.ts";
import { Scope } from "../../base/scope.ts";
import type { KnownPeer } from "../../client/p2p/address_book.ts";
import { PeerNode } from "../../client/p2p/node.ts";
import { openNodeParts } from "../../client/p2p/node_parts.ts";
import type { Pair } from "../../client/p2p/pair.ts";
import { deliveryOf } from "../../client/sending/sender.ts";
import type { ExitCode } from "../../commands/exit_code.ts";
import { describeThrown } from "../failure_words.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import type { NodeFolder } from "../../client/p2p/node_folder.ts";
import type { DialogueInput } from "../../terminal/lines/dialogue.ts";
import type { SoundWays } from "../../media/sound/sound_ways.ts";
import type { Viewer } from "../video/viewer.ts";

/** What it needs of the program around it. */
interface P2pDialogueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Opens the folder of a name. */
  readonly openFolder: (name: string) => Promise<NodeFolder>;
  /** Removes what `exit --wipe` shall not leave beside the folder. */
  readonly removeTraces: () => Promise<void>;
  /** Destroyed at the end. */
  readonly isEphemeral: boolean;
  /** Nobody connects without having begun, and the seed's commands alone are listed (row S1.08). */
  readonly isStrict?: boolean;
  /** Whether somebody types, who does not want to wait. */
  readonly isAttended: boolean;
  /** Whether a QR code can be looked at. */
  readonly showsCodes: boolean;
  /** Where files go that are taken. */
  readonly downloads: string;
  /** A path as the person means it. */
  readonly resolvePath: (path: string) => string;
  /** Of somebody who connects without having said who they are. */
  readonly defaultName: () => string;
  /**
   * One fact: an object for programs, words for people. What is foreign in them is made safe, and further lines of one text
   * are indented; several texts are the program's own lines.
   */
  readonly say: (
    type: string,
    fields: Readonly<Record<string, unknown>>,
    words: string | readonly string[],
  ) => Promise<void>;
  /** Takes the terminal for pictures; closing the viewer gives it back. Undefined where there is nothing to draw on. */
  /** Looks for what plays sound; left out, streams are not heard. */
  readonly findSound?: (() => Promise<SoundWays>) | undefined;
  readonly openViewer: ((signal: AbortSignal) => Promise<Viewer>) | undefined;
  readonly readLine: (prompt: string) => Promise<DialogueInput>;
}

type Fact = Parameters<P2pDialogueOptions["say"]>;

/** How long what was said last may take to arrive when a person leaves, and when a script does: as long as any answer. */
const FAREWELL_MS = { attended: 5_000, alone: 30_000 };

/** One person at one shell. Closing it closes what they are, or destroys it. */
export class P2pDialogue implements Ask, AsyncDisposable {
  readonly options: P2pDialogueOptions;
  readonly isPossible = true;
  /** All that happens to whoever this is. */
  readonly news = new NodeNews(() => this.requireNode().pairs);
  #node: PeerNode | undefined;
  #wipes: boolean;
  #isLeaving = false;
  readonly #scope = new Scope();
  /** Rung by whatever happens to the people that are known. */
  readonly #bell = new Bell();
  /** What is to be said when the terminal is back. */
  #held: Fact[] | undefined;
  /** Own texts of this run to people who were here, for the farewell. */
  readonly #said: { readonly pair: Pair; readonly id: string }[] = [];

  constructor(options: P2pDialogueOptions) {
    this.options = options;
    this.#wipes = options.isEphemeral;
  }

  /** Whether `exit` was said. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Undefined before `init`. */
  get node(): PeerNode | undefined {
    return this.#node;
  }

  /** Says one fact; later, while pictures have the terminal. */
  async say(...fact: Fact): Promise<void> {
    if (this.#held !== undefined) this.#held.push(fact);
    else await this.options.say(...fact);
  }

  /** Says what went wrong, and with which code a program would end. */
  async complain(error: HeliographError): Promise<ExitCode> {
    const { exit, name, text, details } = describeThrown(error);
    await this.say("error", { code: exit, name, message: text, ...details }, text);
    return exit;
  }

  /** Works beside the shell, until that is left. What fails is said by `task`. */
  beside(task: (signal: AbortSignal) => Promise<void>): void {
    this.#scope.run("beside", task);
  }

  /** Nothing is said while `action` has the terminal. */
  async behindCurtain<Result>(action: () => Promise<Result>): Promise<Result> {
    const held: Fact[] = [];
    this.#held = this.options.openViewer === undefined ? undefined : held;
    try {
      return await action();
    } finally {
      this.#held = undefined;
      for (const fact of held) await this.say(...fact);
    }
  }

  /** Reads or makes who one is. The folder is closed again when that fails. */
  async begin(name: string): Promise<PeerNode> {
    if (this.#node !== undefined) {
      throw new UsageError("begun", `You are ${this.#node.me.own.name} already, until you exit`);
    }
    const folder = await this.options.openFolder(name);
    try {
      const { clock, random } = this.options;
      const parts = await openNodeParts(folder, name, {
        clock,
        random,
        onEvent: (event) => {
          this.#bell.ring();
          this.news.push(event);
        },
      });
      this.#node = new PeerNode(parts);
      return this.#node;
    } catch (error) {
      if (this.#wipes) await folder.destroy();
      else folder.close();
      throw error;
    }
  }

  /** Takes back `begin`, which came to nothing. */
  async undoBegin(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    if (this.#wipes) await node?.destroy();
    else await node?.close();
  }

  /** Throws UsageError before `init`. */
  requireNode(): PeerNode {
    if (this.#node !== undefined) return this.#node;
    throw new UsageError("not-begun", "Say first who you are: init 127.0.0.1 8090 Oscar");
  }

  /** To whom something is said. Throws Refusal `unknown-account` with the seed's words (row S1.14). */
  find(name: string): KnownPeer {
    const found = this.#lookUp(name);
    if (found !== undefined) return found;
    throw new Refusal("unknown-account", `You're not connected to ${name}`);
  }

  /** Somebody about whom something is asked, here or away. Throws Refusal `unknown-account`. */
  findKnown(name: string): KnownPeer {
    const found = this.#lookUp(name);
    if (found !== undefined) return found;
    throw new Refusal("unknown-account", `No contact "${name}". Try: peers`);
  }

  isConnected(peer: KnownPeer): boolean {
    return this.#node?.pairs.isConnected(peer.account) === true;
  }

  /** What was said with somebody, and what is to be. */
  async pair(peer: KnownPeer): Promise<Pair> {
    return await this.requireNode().pairs.open(peer);
  }

  /** The next line, also of a script. Throws Refusal `given-up`. */
  async text(question: string): Promise<string> {
    await this.say("", {}, question);
    const input = await this.options.readLine("");
    if (input.kind === "line") return input.text;
    throw new Refusal("given-up", "Nothing was done");
  }

  choice(question: string, choices: readonly string[], usual: number): Promise<number> {
    return chooseByNumber(this, question, { choices, usual });
  }

  /** Nobody signs in here. */
  secret(question: string): Promise<string> {
    return Promise.reject(unasked(question));
  }

  /** What was written down is waited for at the farewell, if they are there. */
  follow(pair: Pair, id: string): void {
    if (pair.isConnected) this.#said.push({ pair, id });
  }

  /** Ends the shell after this command. `wipe`: and destroys all that is kept. */
  leave({ wipe }: { wipe: boolean }): void {
    this.#isLeaving = true;
    if (wipe) this.#wipes = true;
  }

  /** Waits until what was said to those who are here has arrived, and says what has not. */
  async farewell(): Promise<void> {
    const { clock, signal, isAttended } = this.options;
    const untilMs = clock.monotonicMs() + FAREWELL_MS[isAttended ? "attended" : "alone"];
    for (;;) {
      const timeoutMs = untilMs - clock.monotonicMs();
      if (timeoutMs <= 0 || !this.#onTheWay().some(({ pair }) => pair.isConnected)) break;
      await this.#bell.wait(clock, { timeoutMs, signal });
    }
    const { length } = this.#onTheWay();
    if (length === 0) return;
    const texts = length === 1 ? "1 text" : `${length} texts`;
    const left = this.#wipes
      ? "Destroyed with the rest"
      : "Stored: it goes out at the next connection";
    const text = `Not delivered: ${texts}. ${left}`;
    await this.say("undelivered", { texts: length, kept: !this.#wipes }, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    await this.undoBegin();
    // One that is ephemeral has left none, and others' are not its business.
    if (this.#wipes && !this.options.isEphemeral) await this.options.removeTraces();
  }

  /** By any spelling. */
  #lookUp(name: string): KnownPeer | undefined {
    const parsed = parseAccountName(name);
    return parsed.ok ? this.#node?.book.find(parsed.id) : undefined;
  }

  #onTheWay(): readonly { readonly pair: Pair }[] {
    return this.#said.filter(({ pair, id }) => {
      const state = deliveryOf(pair.messenger, id);
      // One that was deleted before it left is nowhere.
      return state !== undefined && state !== "delivered";
    });
  }
}
