/** The console on the server's own terminal (row S0.09): log lines above, the line being typed below. */

import { describeError } from "../../base/errors.ts";
import { logger } from "../../base/log.ts";
import { Scope } from "../../base/scope.ts";
import { safeText } from "../../base/safe_text.ts";
import type { TtyDevice } from "../../terminal/tty/tty_device.ts";
import { type AdminIo, isPlain } from "../admin_io.ts";
import { accountNames } from "../control_commands.ts";
import { ConsoleHistory } from "./console_history.ts";
import type { OperatorRunner } from "../operator_runner.ts";
import { ConsoleSession } from "./console_session.ts";
import { type ConsoleTerminal, openConsoleTerminal } from "./console_terminal.ts";
import { runGathered } from "./gathered_line.ts";

const log = logger("admin", "console");

/** What it is made of. */
export interface OwnConsoleOptions {
  readonly io: AdminIo;
  /** Of the server. */
  readonly folder: string;
  readonly runner: OperatorRunner;
  /** Whether another process had the terminal before, which takes the first key away: it still waits for one. */
  readonly afterRestart?: boolean;
  /** The worse line that is simulated, in words. */
  readonly simulated?: string | undefined;
  /** Ctrl-C, where it arrives as a key. */
  readonly onInterrupt: () => void;
}

/** For completion, which must not wait. */
interface KnownNames {
  names: readonly string[];
}

/** Has the terminal from its opening until it is closed, or left by ctrl-D. */
export class OwnConsole implements AsyncDisposable {
  readonly #owned: AsyncDisposableStack;
  readonly #terminal: ConsoleTerminal;
  readonly #history: ConsoleHistory;
  readonly #options: OwnConsoleOptions;
  readonly #scope = new Scope();
  #isOpen = true;

  private constructor(
    options: OwnConsoleOptions,
    owned: AsyncDisposableStack,
    { terminal, history }: { terminal: ConsoleTerminal; history: ConsoleHistory },
  ) {
    this.#options = options;
    this.#owned = owned;
    this.#terminal = terminal;
    this.#history = history;
  }

  /** On the terminal that this process has, if it has one. Never rejects: the server runs without a console, too. */
  static async find(options: OwnConsoleOptions): Promise<OwnConsole | undefined> {
    const device = options.io.terminal();
    if (device === undefined) return undefined;
    try {
      return await OwnConsole.open(device, options);
    } catch (error) {
      log.warn("no console", { reason: describeError(error) });
      return undefined;
    }
  }

  /** `device` must be a terminal on both sides. Throws TerminalError. */
  static async open(device: TtyDevice, options: OwnConsoleOptions): Promise<OwnConsole> {
    await using opening = new AsyncDisposableStack();
    const { io, folder } = options;
    const history = await ConsoleHistory.open(folder);
    const known: KnownNames = { names: [] };
    const terminal = await openConsoleTerminal(device, opening, {
      clock: io.clock,
      plain: isPlain(io),
      history: history.lines,
      names: () => known.names,
    });
    const own = new OwnConsole(options, opening.move(), { terminal, history });
    own.#scope.run("console", (signal) => own.#run(known, signal));
    return own;
  }

  /** Shows a log line above what is being typed. False when the console is not open: then it goes where it always goes. */
  log(line: string): boolean {
    if (!this.#isOpen) return false;
    this.#terminal.dialogue.print(safeText(line)).catch(() => {
      this.#isOpen = false;
    });
    return true;
  }

  /** Gives the terminal back. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#scope.close();
    await this.#leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #leave(): Promise<void> {
    this.#isOpen = false;
    await this.#owned.disposeAsync();
  }

  async #run(known: KnownNames, signal: AbortSignal): Promise<void> {
    const { runner, io, folder } = this.#options;
    const history = this.#history;
    const learnNames = async () => {
      known.names = await accountNames(runner.operator.parts.store);
    };
    const session = new ConsoleSession({
      ...this.#terminal,
      history: history.lines,
      remember: (line) => history.add(line),
      execute: async (line, tell) => {
        const reply = await runGathered(
          { io, folder, isJson: false },
          line,
          (gathered) => runner.run(line, { gathered, tell }),
        );
        await learnNames();
        return reply;
      },
      asks: false,
      signal,
    });
    try {
      await learnNames();
      const first = this.#options.afterRestart === true ? "press enter, then " : "";
      const { simulated } = this.#options;
      if (simulated !== undefined) await this.#say(`Simulated line: ${simulated}`);
      await this.#say(`Server console: ${first}help lists the commands, tab completes`);
      const end = await session.run();
      if (end === "interrupted") this.#options.onInterrupt();
      if (end === "left") {
        await this.#say("Console closed. The server keeps running: ctrl-C stops it");
      }
    } catch (error) {
      signal.throwIfAborted();
      // The terminal is gone; the server is of use without.
      log.warn("console ended", { reason: describeError(error) });
    }
    await this.#leave();
  }

  async #say(text: string): Promise<void> {
    await this.#terminal.dialogue.print(safeText(text));
  }
}
