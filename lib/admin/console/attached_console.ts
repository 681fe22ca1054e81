/** The dialogue of `heliograph-server console` without a command: on a terminal with an input line, else line by line. */

import { untilAborted } from "../../base/scope.ts";
import { type ExitCode, SIGNAL_EXIT } from "../../commands/exit_code.ts";
import { safeText } from "../../base/safe_text.ts";
import { processTty } from "../../terminal/tty_device.ts";
import { type AdminIo, isPlain } from "../admin_io.ts";
import type { ControlClient } from "../control_client.ts";
import { readState } from "../state_file.ts";
import { StopSignals } from "../stop_signals.ts";
import { ConsoleHistory } from "./console_history.ts";
import { ConsoleSession } from "./console_session.ts";
import { runGathered } from "./gathered_line.ts";
import { openConsoleTerminal } from "./console_terminal.ts";

/** A console on another process's server. */
export interface Attachment {
  readonly client: ControlClient;
  readonly folder: string;
  /** Every answer as JSON. */
  readonly isJson: boolean;
}

/** Until the input ends, ctrl-C, or a signal. Returns what the last command, or the signal, ended it with. Throws TransportError when the server is gone. */
export async function attachConsole(
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
