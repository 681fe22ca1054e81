/** Runs one command: with its context, its log, and whatever it ended with as an exit code. */

import { Bug, HeliographError, TerminalError } from "../base/errors.ts";
import { logger } from "../base/log.ts";
import { logPath, startLogging } from "../client/logging.ts";
import type { OpenShell } from "../app/shells/shell.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import type { Context } from "./context.ts";
import { describeThrown, exampleAfter } from "./failure_words.ts";
import { openContext } from "./open_context.ts";
import { Output, type OutputStreams } from "./output.ts";
import type { ContextOptions } from "./context_options.ts";
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
export interface CommandContext {
  readonly streams: OutputStreams;
  readonly openScreen: OpenFullScreen | undefined;
  readonly openSettings: ContextOptions["openSettings"];
  readonly openShell: OpenShell | undefined;
  /** What talks with others directly, in a program that can. */
  readonly withoutServer: ((words: readonly string[]) => Promise<VerbCall>) | undefined;
}

/** Whether whoever reads the output has gone, as `head` when it has enough: an end without a word (journey J10). */
export function isUnread(error: unknown): boolean {
  return error instanceof TerminalError && error.code === "output-unread";
}

/** What a command runs in. */
export interface Run {
  readonly output: Output;
  readonly stopper: Pick<Stopper, "signal" | "exit" | "restore">;
  /** Opens what it works with, which is closed when it ends. */
  open(): Promise<Context>;
  /** Where the log is, once there is one. */
  logFile?(): string | undefined;
}

/** Everything is closed when it returns, and the terminal is as it was. */
export async function runVerb(
  call: VerbCall,
  { streams, openScreen, openShell, openSettings, withoutServer }: CommandContext,
): Promise<ExitCode> {
  const { row: verb, values } = call;
  const output = new Output(streams, {
    json: values.has("--json"),
    quiet: values.has("--quiet"),
  });
  using stopper = new Stopper();
  using logging = new DisposableStack();
  let logFile: string | undefined;
  return await runIn(call, {
    output,
    stopper,
    logFile: () => logFile,
    async open() {
      const context: Context = await openContext(values, {
        output,
        stopper,
        openScreen,
        openShell,
        openSettings,
        server: verb.server?.(values),
        udpPort: verb.udpPort?.(values),
        withoutServer: withoutServer && (async (words) => {
          const { row, values } = await withoutServer(words);
          return await row.run(context, values);
        }),
      });
      const { state } = context.options.folders;
      if (await verb.keepsNoLog?.(values, context) === true) return context;
      logging.use(await startLogging(state, Deno.env.get(LEVEL_VARIABLE)));
      logFile = logPath(state);
      stopper.tellAtCrash(`More: ${logFile}`);
      return context;
    },
  });
}

/** Runs a command, and says how it ended unless that is said: what became of what it was to send stands in every end. */
export async function runIn({ row: verb, values }: VerbCall, run: Run): Promise<ExitCode> {
  const { output, stopper } = run;
  let became:
    | { readonly fields: Readonly<Record<string, unknown>>; readonly words: string }
    | undefined;
  try {
    await using context = await run.open();
    try {
      return await verb.run(context, values);
    } catch (error) {
      if (isOurFault(error)) log.error("command failed", traceOf(error));
      // Before the profile is closed, which knows it.
      const { submission } = context;
      became = submission &&
        {
          fields: submission.fields(),
          words: submission.words(stopper.signal.aborted ? undefined : error),
        };
      throw error;
    }
  } catch (error) {
    stopper.restore();
    if (isUnread(error)) throw error;
    if (stopper.signal.aborted) {
      const { exit: code } = stopper;
      if (became === undefined) return code;
      const text = withSentence("Stopped", became.words);
      await output.object("error", { code, name: "interrupted", message: text, ...became.fields });
      await output.complain(text);
      return code;
    }
    const { exit, name, text: why, details } = describeThrown(error);
    // What was called wrongly has sent nothing.
    const text = became === undefined || exit === EXIT.usage
      ? why
      : withSentence(why, became.words);
    const nothing = became !== undefined && exit === EXIT.usage
      ? { kept: false, state: undefined }
      : {};
    const fields = {
      ...{ code: exit, name, message: text },
      ...details,
      ...became?.fields,
      ...nothing,
    };
    await output.object("error", fields);
    await output.complain(text);
    const example = exampleAfter(error, verb);
    // However it is called, it would say the same.
    if (name === "bad-config") await output.complain("Fix it: heliograph config edit");
    if (example !== undefined) await output.complain(`Example: heliograph ${example}`);
    const logFile = run.logFile?.();
    if (logFile !== undefined && isOurFault(error)) await output.complain(`More: ${logFile}`);
    return exit;
  }
}

function withSentence(text: string, sentence: string): string {
  if (text.includes("\n")) return `${text}\n${sentence}`;
  return `${text}${/[.!?]$/.test(text) ? "" : "."} ${sentence}`;
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
