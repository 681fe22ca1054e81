/** A person, or a script, at the console: lines in, answers out. */

import { EXIT, type ExitCode } from "../../commands/exit_code.ts";
import type { LineDialogue } from "../../terminal/lines/dialogue.ts";
import type { LineHistory } from "../../terminal/lines/line_history.ts";
import { safeText } from "../../base/safe_text.ts";
import { parseConsoleLine } from "./console_line.ts";
import type { OperatorOutcome, TellLines } from "../operator_command.ts";

const PROMPT = safeText("server> ");

/** Why a session ended. */
export type SessionEnd =
  /** Ctrl-D, or the end of the input. */
  | "left"
  | "interrupted"
  /** By a command that ends the server. */
  | "stopped";

/** What a session is made of. */
export interface ConsoleSessionOptions {
  readonly dialogue: LineDialogue;
  readonly history: LineHistory;
  /** Called with each line before it is run. */
  readonly remember: (line: string) => void;
  /** Runs a line where the server is. What it throws ends the session. `tell` may take what comes on the way. */
  readonly execute: (line: string, tell: TellLines) => Promise<OperatorOutcome>;
  /** Clears the screen, where there is one. */
  readonly clear: () => Promise<void>;
  /** Whether a person is there to be asked before the server ends. */
  readonly asks: boolean;
  /** Ends the session from outside. */
  readonly signal?: AbortSignal;
}

/** Lines are run one after the other, each answered before the next is read. */
export class ConsoleSession {
  readonly #options: ConsoleSessionOptions;
  #lastExit: ExitCode = EXIT.done;

  constructor(options: ConsoleSessionOptions) {
    this.#options = options;
  }

  /** What the last command ended with. */
  get lastExit(): ExitCode {
    return this.#lastExit;
  }

  /** Until the input ends or ctrl-C. Rejects with the signal's reason, and with what `execute` throws. */
  async run(): Promise<SessionEnd> {
    const { dialogue, signal } = this.#options;
    for (;;) {
      const input = await dialogue.readLine({ prompt: PROMPT, signal });
      if (input.kind !== "line") return input.kind === "ended" ? "left" : input.kind;
      this.#options.remember(input.text);
      if (await this.#handle(input.text)) return "stopped";
    }
  }

  /** True when the server ends by it. */
  async #handle(line: string): Promise<boolean> {
    const { execute, history, clear, signal } = this.#options;
    const parsed = parseConsoleLine(line);
    // Row S3.59: an empty line is answered with the next prompt alone.
    if (parsed.kind === "empty") return false;
    const row = parsed.kind === "command" ? parsed.row : undefined;
    if (row?.local === "clear") {
      await clear();
      return false;
    }
    if (row?.local === "history") {
      await this.#print(history.entries.map((entry, i) => `${i + 1}  ${entry}`));
      return false;
    }
    if (row?.confirms !== undefined && !await this.#agrees(row.confirms)) {
      await this.#print(["Nothing changed"]);
      return false;
    }
    const { out, exit, afterwards } = await execute(line, async ({ out, notes }) => {
      signal?.throwIfAborted();
      await this.#print([...out, ...notes]);
    });
    this.#lastExit = exit;
    await this.#print(out);
    afterwards?.();
    return row?.endsServer === true && exit === EXIT.done;
  }

  async #agrees(question: string): Promise<boolean> {
    const { asks, dialogue, signal } = this.#options;
    if (!asks) return true;
    const input = await dialogue.readLine({ prompt: safeText(`${question} [y/N] `), signal });
    return input.kind === "line" && /^y(es)?$/i.test(input.text.trim());
  }

  /** Queued at once, so that nothing comes in between. Line by line: in a table every row begins at the left. */
  async #print(lines: readonly string[]): Promise<void> {
    const { dialogue } = this.#options;
    await Promise.all(lines.map((line) => dialogue.print(safeText(line))));
  }
}
