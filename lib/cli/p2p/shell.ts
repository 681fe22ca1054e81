/** The `~> ` shell: a line is read, run, and answered; what others do is told in between. */

import { HeliographError, UsageError } from "../../base/errors.ts";
import { EVERY_ROW } from "../../app/commands/every.ts";
import { splitAddress } from "../../commands/address.ts";
import { spell } from "../../commands/command_row.ts";
import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import { readArguments } from "../../commands/read_arguments.ts";
import { suggest } from "../../commands/suggest.ts";
import { nextWord, quoteWord } from "../../commands/words.ts";
import type { P2pDialogue } from "./p2p_dialogue.ts";
import type { KnownNames } from "./shell_completion.ts";
import { useOf } from "./shell_help.ts";
import { SHELL_TABLE } from "./shell_table.ts";

/** Row S1.02. */
const SHELL_PROMPT = "~> ";

/**
 * `julia:hi there` and `julia:/reply -1 yes`, as the command that it means, where exactly this name is known; undefined otherwise.
 * Words alone are never sent here, so a name that nobody has needs no question.
 */
export function addressedLine(
  line: string,
  known: readonly string[],
): { readonly line: string; readonly addressed?: string } | undefined {
  const address = splitAddress(line.trim());
  if (address === undefined || !known.includes(address.name)) return undefined;
  const text = address.rest.trim();
  const name = quoteWord(address.name);
  const command = /^\/(?!\/)(\S*)(.*)$/s.exec(text);
  if (command === null) {
    return text === "" ? undefined : { line: `send ${name} ${text.replace(/^\/\//, "/")}` };
  }
  const [, word, rest] = command;
  const { completes, isAddressable } = SHELL_TABLE.get(word) ?? {};
  if (isAddressable === true) return { line: `${word}${rest}`, addressed: address.name };
  const isNamed = completes !== undefined && completes !== "commands";
  return isNamed ? { line: `${word} ${name}${rest}` } : undefined;
}

/**
 * What a line begins with, where only a server makes it possible: a verb or a slash command of elsewhere. A word of the shell
 * itself is none alone, but it may begin one: `file receive`, unless somebody is called so.
 */
function needingServer(line: string, known: readonly string[]): string | undefined {
  const [first, second = ""] = line.trim().toLowerCase().split(/\s+/);
  const word = first.replace(/^\//, "");
  const isOfShell = SHELL_TABLE.get(word) !== undefined;
  if (isOfShell && known.some((name) => name.toLowerCase() === second)) return undefined;
  const begun = isOfShell ? [`${word} ${second}`] : [`${word} ${second}`, word];
  return EVERY_ROW.filter(({ needs }) => needs.includes("server"))
    .flatMap((row) => [row, spell(row, row.verb), spell(row, row.slash)])
    .flatMap(({ name, aliases = [] }) => [name, ...aliases])
    .find((name) => begun.includes(name));
}

/** One run of it. */
export class P2pShell {
  readonly #desk: P2pDialogue;
  #lastFailure: ExitCode = EXIT.done;
  #interrupts = 0;
  #senders: readonly string[] = [];

  constructor(desk: P2pDialogue) {
    this.#desk = desk;
  }

  /** Row S1.17: 0 for who said `exit`; else what the last command that failed would end with, 0 when none did. */
  get exit(): ExitCode {
    return this.#desk.isLeaving ? EXIT.done : this.#lastFailure;
  }

  /** For completion, which must not wait. */
  get names(): KnownNames {
    const peers = this.#desk.node?.book.list() ?? [];
    const connected = peers.filter((peer) => this.#desk.isConnected(peer));
    return {
      known: peers.map(({ name }) => name),
      connected: connected.map(({ name }) => name),
      senders: this.#senders,
    };
  }

  /** Reads lines until the person leaves, or the input ends. Rejects with the signal's reason. */
  async run(): Promise<void> {
    while (!this.#desk.isLeaving) {
      const input = await this.#desk.options.readLine(SHELL_PROMPT);
      if (input.kind === "ended") break;
      if (input.kind === "interrupted") await this.interrupt();
      else {
        this.#interrupts = 0;
        await this.runLine(input.text);
      }
    }
    await this.#desk.farewell();
  }

  /** Ctrl-C; twice in a row leaves (row S1.17). */
  async interrupt(): Promise<void> {
    if (++this.#interrupts >= 2) return this.#desk.leave({ wipe: false });
    await this.#desk.say(
      "notice",
      { code: "interrupt" },
      "Press ctrl-C again to leave, or type exit",
    );
  }

  /** Runs one line. What went wrong is said; only a stop of the program is thrown. */
  async runLine(line: string): Promise<void> {
    await this.attempt(() => this.#run(line));
    await this.learnNames();
  }

  /** Does something as a line does it. */
  async attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#desk.options.signal.throwIfAborted();
      if (!(error instanceof HeliographError)) throw error;
      this.#lastFailure = await this.#desk.complain(error);
    }
  }

  /** Looks who has said something, for completion. */
  async learnNames(): Promise<void> {
    const senders = [];
    for (const peer of this.#desk.node?.book.list() ?? []) {
      const { messenger } = await this.#desk.pair(peer);
      const wanted = { peer: peer.account, kinds: ["text"], own: false } as const;
      if (messenger.history.index.newest(wanted, 1).length > 0) senders.push(peer.name);
    }
    this.#senders = senders;
  }

  async #run(line: string, addressed?: string): Promise<void> {
    const command = nextWord(line, 0);
    if (command.kind === "end") return;
    if (command.kind !== "word") {
      throw new UsageError("open-quote", `A quote is not closed: ${line}`);
    }
    // As in a dialogue with a server: `/reply julia -1 yes`.
    const row = SHELL_TABLE.get(command.text.replace(/^\//, ""));
    const meant = row === undefined ? addressedLine(line, this.names.known) : undefined;
    if (meant !== undefined) return await this.#run(meant.line, meant.addressed);
    const missed = needingServer(line, this.names.known);
    if (missed !== undefined) {
      throw new UsageError(
        "needs-server",
        `Cannot run ${missed}: it needs a server, and p2p has none. Try: help`,
      );
    }
    if (row === undefined) {
      const near = suggest(command.text, SHELL_TABLE.spellings);
      const hint = near === undefined ? "Try: help" : `Did you mean ${near}?`;
      throw new UsageError("unknown-command", `*** Unknown syntax: ${line}. ${hint}`);
    }
    const read = readArguments(row, line, command.end);
    if (read.kind === "invalid") {
      throw new UsageError("bad-arguments", [read.problem, ...useOf(row)].join("\n"));
    }
    const exit = await row.run(this.#desk, read.values, addressed) ?? EXIT.done;
    if (exit !== EXIT.done) this.#lastFailure = exit;
  }
}
