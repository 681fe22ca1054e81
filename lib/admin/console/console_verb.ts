/** `heliograph-server console`: the console of a server that runs, from another terminal or a script (SR-57). */

import { existsSync } from "node:fs";
import { UsageError } from "../../base/errors.ts";
import type { CommandValues } from "../../commands/command_values.ts";
import { EXIT, type ExitCode, SIGNAL_EXIT } from "../../commands/exit_code.ts";
import { safeText } from "../../base/safe_text.ts";
import { type AdminCommand, DATA_OPTION, JSON_OPTION } from "../admin_command.ts";
import { type AdminIo, dataFolder, isPlain } from "../admin_io.ts";
import { ControlClient } from "../control_client.ts";
import { isServerRunning } from "../data_store.ts";
import { lineOfWords } from "./console_line.ts";
import { runGathered } from "./gathered_line.ts";
import { untilAborted } from "../../base/scope.ts";
import { processTty } from "../../terminal/tty/tty_device.ts";
import { readState } from "../state_file.ts";
import { StopSignals } from "../stop_signals.ts";
import { ConsoleHistory } from "./console_history.ts";
import { ConsoleSession } from "./console_session.ts";
import { openConsoleTerminal } from "./console_terminal.ts";

/** One command, or a dialogue. Returns what the last command ended with. Throws TransportError, TerminalError. */
async function runConsole(io: AdminIo, values: CommandValues): Promise<ExitCode> {
  if (io.os === "windows") {
    throw new UsageError(
      "no-control",
      "Windows has no socket for this: type the commands in the server's own terminal",
    );
  }
  const folder = dataFolder(io, values.option("--data"));
  if (!existsSync(folder) || !isServerRunning(folder)) {
    await io.note(`No server is running on ${folder}`);
    return EXIT.unreachable;
  }
  using client = await ControlClient.open(folder, io.clock);
  const words = values.words("COMMAND");
  const isJson = values.has("--json");
  if (words.length === 0) return await attachConsole(io, { client, folder, isJson });
  const line = lineOfWords(words);
  const { out, exit } = await runGathered(
    { io, folder, isJson },
    line,
    (gathered) => client.run({ command: "console", line, json: isJson, gathered }),
  );
  // What went wrong is for the person, unless a program asked.
  const say = exit === EXIT.done || isJson ? io.out : io.note;
  for (const text of out) await say(safeText(text));
  return exit;
}

/** The verb. */
export const CONSOLE_VERB: AdminCommand = {
  name: "console",
  group: "Server",
  summary: "run commands in the running server",
  details:
    "Without a command it reads lines until ctrl-D; 'help' lists them. With one it runs that, and exits with its code. " +
    "Only the user who runs the server can do it, on the same machine. Every command is recorded: see 'audit'. On Windows only " +
    "the server's own terminal has a console.",
  arguments: [{ name: "COMMAND", summary: "one command", required: false, rest: "words" }],
  options: [DATA_OPTION, JSON_OPTION],
  examples: [
    { line: "console", summary: "a prompt, with history and completion" },
    { line: "console active --json", summary: "who is online, one object per line" },
    { line: "console broadcast back in five minutes", summary: "on every screen" },
  ],
  exitCodes: [4, 5, 6],
  run: runConsole,
};

// The dialogue of `heliograph-server console` without a command: on a terminal with an input line, else line by line.

/** A console on another process's server. */
interface Attachment {
  readonly client: ControlClient;
  readonly folder: string;
  /** Every answer as JSON. */
  readonly isJson: boolean;
}

/** Until the input ends, ctrl-C, or a signal. Returns what the last command, or the signal, ended it with. Throws TransportError when the server is gone. */
async function attachConsole(
  io: AdminIo,
  { client, folder, isJson }: Attachment,
): Promise<ExitCode> {
  const stop = new AbortController();
  let exit: ExitCode | undefined;
  using signals = new StopSignals(io.clock, () => Deno.exit(exit));
  signals.first.then((name) => {
    exit = isSignal(name) ? SIGNAL_EXIT[name] : undefined;
    stop.abort(new DOMException("Stopped by a signal", "AbortError"));
  });
  const history = await ConsoleHistory.open(folder);
  const found = isPlain(io) ? undefined : io.terminal();
  const hasTerminal = found !== undefined;
  const names = hasTerminal ? (await client.run({ command: "names" })).out : [];
  await using owned = new AsyncDisposableStack();
  const { dialogue, clear } = await openConsoleTerminal(found ?? processTty("stdout"), owned, {
    clock: io.clock,
    plain: !hasTerminal,
    history: history.lines,
    names: () => names,
  });
  if (hasTerminal) {
    const simulated = (await readState(folder))?.simulate;
    if (simulated !== undefined) {
      await dialogue.print(safeText(`Simulated line: ${simulated}`));
    }
    await dialogue.print(safeText("help lists the commands, ctrl-D leaves the server running"));
  }
  const session = new ConsoleSession({
    dialogue,
    history: history.lines,
    remember: (line) => history.add(line),
    execute: (line) =>
      runGathered(
        { io, folder, isJson },
        line,
        (gathered) => client.run({ command: "console", line, json: isJson, gathered }),
      ),
    clear,
    asks: hasTerminal,
    signal: stop.signal,
  });
  try {
    // A command that is under way goes on at the server; nobody waits for its answer.
    await untilAborted(session.run(), stop.signal);
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  }
  return exit ?? session.lastExit;
}

function isSignal(name: string): name is keyof typeof SIGNAL_EXIT {
  return Object.hasOwn(SIGNAL_EXIT, name);
}
