/** Runs one command: with its context, its log, and whatever it ended with as an exit code. */

import { Bug, HeliographError, TerminalError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { logPath, startLogging } from "../client/logging.ts";
import type { CommandValues } from "../commands/command_values.ts";
import type { ExitCode } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { describeThrown, exampleAfter } from "./failure_words.ts";
import { openContext } from "./open_context.ts";
import { Output, type OutputStreams } from "./output.ts";
import type { OpenFullScreen } from "./screen/full_screen.ts";
import { Stopper } from "./stopper.ts";
import type { Verb } from "./verb.ts";

const log = logger("cli");

/** How much is written into the log: debug, info, warning or error. */
const LEVEL_VARIABLE = "HELIOGRAPH_LOG";

/** A command with what was given to it. */
export interface VerbCall {
  readonly row: Verb;
  readonly values: CommandValues;
}

/** What commands are run with. */
export interface Surroundings {
  readonly streams: OutputStreams;
  readonly openScreen: OpenFullScreen | undefined;
  /** What talks with others directly, in a program that can. */
  readonly withoutServer: (() => Promise<VerbCall>) | undefined;
}

/** Whether whoever reads the output has gone, as `head` when it has enough: an end without a word (journey J10). */
export function isUnread(error: unknown): boolean {
  return error instanceof TerminalError && error.code === "output-unread";
}

/** Everything is closed when it returns, and the terminal is as it was. */
export async function runVerb(
  { row: verb, values }: VerbCall,
  { streams, openScreen, withoutServer }: Surroundings,
): Promise<ExitCode> {
  const output = new Output(streams, {
    json: values.has("--json"),
    quiet: values.has("--quiet"),
  });
  using stopper = new Stopper();
  let logFile: string | undefined;
  try {
    await using context: Context = await openContext(values, {
      output,
      stopper,
      openScreen,
      server: verb.server?.(values),
      udpPort: verb.udpPort?.(values),
      withoutServer: withoutServer && (async () => {
        const { row, values } = await withoutServer();
        return await row.run(context, values);
      }),
    });
    const { state } = context.options.folders;
    const keepsLog = verb.keepsNoLog?.(values) !== true;
    using _log = keepsLog ? await startLogging(state, Deno.env.get(LEVEL_VARIABLE)) : undefined;
    if (keepsLog) {
      logFile = logPath(state);
      stopper.tellAtCrash(`More is in ${logFile}`);
    }
    try {
      return await verb.run(context, values);
    } catch (error) {
      if (isOurFault(error)) log.error("command failed", traceOf(error));
      throw error;
    }
  } catch (error) {
    stopper.restore();
    if (isUnread(error)) throw error;
    if (stopper.signal.aborted) return stopper.exit;
    const { exit, name, text, details } = describeThrown(error);
    await output.object("error", { code: exit, name, message: text, ...details });
    await output.complain(text);
    const example = exampleAfter(error, verb);
    if (example !== undefined) await output.complain(`Example: heliograph ${example}`);
    if (logFile !== undefined && isOurFault(error)) await output.complain(`More is in ${logFile}`);
    return exit;
  }
}

/** What no person can mend. */
function isOurFault(error: unknown): boolean {
  return !(error instanceof HeliographError) || error instanceof Bug;
}

/** Code, not content: what was said stands in no message of a fault. */
function traceOf(error: unknown) {
  if (!(error instanceof Error)) return { reason: String(error) };
  return { reason: error.message, stack: error.stack };
}
