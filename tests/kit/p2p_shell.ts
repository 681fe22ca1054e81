/** Shells of people without a server in one process: lines go in, and what each says is kept. */

import { fail } from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../lib/base/clock.ts";
import { systemRandom } from "../../lib/base/random.ts";
import { Scope } from "../../lib/base/scope.ts";
import { P2pDialogue } from "../../lib/cli/p2p/p2p_dialogue.ts";
import { P2pShell } from "../../lib/cli/p2p/shell.ts";
import { followNews } from "../../lib/cli/p2p/shell_news.ts";
import { HANG_MS } from "./hang.ts";
import { NodeFolder } from "../../lib/client/p2p/node_folder.ts";

/** What was said: the object for programs, and the words. */
export interface ShellFact {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

/** One shell, begun under its name. Closing it closes what it is. */
export class ShellWithout implements AsyncDisposable {
  readonly desk: P2pDialogue;
  readonly folder: string;
  readonly facts: ShellFact[] = [];
  readonly #shell: P2pShell;
  readonly #answers: string[] = [];
  readonly #scope = new Scope();
  readonly #waiting: (() => void)[] = [];

  private constructor(folder: string, clock: Clock) {
    this.folder = folder;
    const { signal } = this.#scope;
    this.desk = new P2pDialogue({
      clock,
      random: systemRandom,
      signal,
      openFolder: () => NodeFolder.open(join(folder, "p2p"), "kept", systemRandom),
      isEphemeral: false,
      removeTraces: () => Promise.resolve(),
      isAttended: false,
      showsCodes: false,
      downloads: join(folder, "downloads"),
      resolvePath: (path) => path,
      defaultName: () => "somebody",
      say: (type, fields, words) => {
        this.facts.push({ type, fields, words: [words].flat().filter((one) => one !== "") });
        this.#wakeAll();
        return Promise.resolve();
      },
      openViewer: undefined,
      readLine: () => {
        const text = this.#answers.shift();
        return Promise.resolve(text === undefined ? { kind: "ended" } : { kind: "line", text });
      },
    });
    this.#shell = new P2pShell(this.desk);
    const onTold = () => this.#shell.learnNames();
    this.#scope.run("news", (stop) => followNews(this.desk, onTold, stop));
  }

  /** `folder`: of one that was closed before. */
  static async open(
    name: string,
    { folder, clock = systemClock }: { folder?: string; clock?: Clock } = {},
  ): Promise<ShellWithout> {
    const shell = new ShellWithout(folder ?? await Deno.makeTempDir({ dir: "tests/tmp" }), clock);
    await shell.run(`init 127.0.0.1 0 ${name}`);
    return shell;
  }

  /** Both have seen that the other one is there. */
  async meet(other: ShellWithout): Promise<void> {
    await this.run(`conn 127.0.0.1 ${other.desk.requireNode().address?.port}`);
    await Promise.all([this.#sees(other), other.#sees(this)]);
  }

  /** Runs a line; `answers` are typed where it asks. Returns what was said meanwhile. */
  async run(line: string, ...answers: readonly string[]): Promise<readonly string[]> {
    this.#answers.push(...answers);
    const before = this.facts.length;
    await this.#shell.runLine(line);
    return this.facts.slice(before).flatMap(({ words }) => words);
  }

  /** With which code a script would end. */
  get exit(): number {
    return this.#shell.exit;
  }

  get lines(): readonly string[] {
    return this.facts.flatMap(({ words }) => words);
  }

  /** Resolves with the first line like this one, once it was said. */
  said(like: RegExp): Promise<string> {
    return this.#once(String(like), () => this.lines.find((line) => like.test(line)));
  }

  /** The facts of a type. */
  of(type: string): readonly ShellFact["fields"][] {
    return this.facts.filter((fact) => fact.type === type).map(({ fields }) => fields);
  }

  /** They are here, by the last word of their coming and going: they may have been here before. */
  async #sees(other: ShellWithout): Promise<void> {
    const { name } = other.desk.requireNode().me.own;
    await this.#once(`${name} is here`, () => {
      const last = this.facts.findLast(({ type, fields }) =>
        (type === "connected" || type === "disconnected") && fields.name === name
      );
      return last?.type === "connected" || undefined;
    });
  }

  /** The first answer of `look` that is not undefined. Fails with all that was said when none comes. */
  async #once<Found>(what: string, look: () => Found | undefined): Promise<Found> {
    let isOver = false;
    const cancel = systemClock.after(HANG_MS, () => {
      isOver = true;
      this.#wakeAll();
    });
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (isOver) fail(`Never came: ${what}. Said: ${this.lines.join("\n")}`);
        const told = Promise.withResolvers<void>();
        this.#waiting.push(told.resolve);
        await told.promise;
      }
    } finally {
      cancel();
    }
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    await this.desk[Symbol.asyncDispose]();
  }
}
