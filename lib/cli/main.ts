/** The client's command line: from the arguments to a verb, and from whatever it ended with to an exit code. */

import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/random.ts";
import type { CommandValues } from "../commands/command_values.ts";
import { CommandTable } from "../commands/command_table.ts";
import { parseArgv } from "../commands/commander_adapter.ts";
import { EXIT, type ExitCode } from "../commands/exit_code.ts";
import { profileFolder, programFolders } from "../storage/paths.ts";
import { makePrivateFolder, restrictUmask } from "../storage/private_files.ts";
import { QueuedOutput } from "../terminal/output.ts";
import { Prompter } from "../terminal/prompt.ts";
import { processTty } from "../terminal/tty_device.ts";
import { ACCOUNT_VERBS } from "./account_verbs.ts";
import { Context, readServerOption } from "./context.ts";
import { describeThrown } from "./failure_words.ts";
import { MESSAGE_VERBS } from "./message_verbs.ts";
import { Output } from "./output.ts";
import { PEOPLE_VERBS } from "./people_verbs.ts";
import { Person } from "./person.ts";
import { PLACE_VERBS } from "./place_verbs.ts";
import { GLOBAL_OPTIONS, type Verb } from "./verb.ts";
import { VIDEO_VERBS } from "./video/video_verbs.ts";

export const VERSION = "0.1.0";

export const VERBS: CommandTable<Verb> = new CommandTable([
  ...ACCOUNT_VERBS,
  ...MESSAGE_VERBS,
  ...PEOPLE_VERBS,
  ...VIDEO_VERBS,
  ...PLACE_VERBS,
]);

const PROGRAM = {
  name: "heliograph",
  version: VERSION,
  summary: "Talk, send and watch video, end-to-end encrypted, in any terminal",
  table: VERBS,
  options: GLOBAL_OPTIONS,
};

/** Runs the program and returns its exit code. Everything is closed, and the terminal is as it was. */
export async function runClient(args: readonly string[]): Promise<ExitCode> {
  restrictUmask();
  const clock = systemClock;
  const streams = {
    data: new QueuedOutput(processTty("stdout").output, { clock }),
    notes: new QueuedOutput(processTty("stderr").output, { clock }),
  };
  const outcome = await parseArgv(PROGRAM, args);
  const plain = new Output(streams, { json: false });
  try {
    switch (outcome.kind) {
      case "completed":
        return EXIT.done;
      case "text":
        await plain.line(outcome.text.trimEnd());
        return EXIT.done;
      case "usage":
        await plain.note(outcome.message);
        return EXIT.usage;
      case "command":
        return await runVerb(outcome.row, outcome.values, streams);
    }
  } finally {
    await streams.data.close();
    await streams.notes.close();
  }
}

async function runVerb(
  verb: Verb,
  values: CommandValues,
  streams: ConstructorParameters<typeof Output>[0],
): Promise<ExitCode> {
  const output = new Output(streams, { json: values.has("--json") });
  const stopper = new Stopper();
  try {
    await using context = await openContext(values, { output, stopper });
    return await verb.run(context, values);
  } catch (error) {
    stopper.restore();
    if (stopper.signal.aborted) return stopper.exit;
    const { exit, name, text, details } = describeThrown(error);
    await output.object("error", { code: exit, name, message: text, ...details });
    await output.note(text);
    return exit;
  } finally {
    stopper.close();
  }
}

async function openContext(
  values: CommandValues,
  parts: { output: Output; stopper: Stopper },
): Promise<Context> {
  const { output, stopper } = parts;
  const env = (name: string) => Deno.env.get(name);
  // `deno task` runs in the project's folder; the person was somewhere else.
  const workingFolder = env("INIT_CWD") ?? Deno.cwd();
  const folders = programFolders("heliograph", { os: Deno.build.os, env, workingFolder });
  await makePrivateFolder(folders.data);
  const isPlain = values.has("--plain") || env("ACCESSIBLE") === "1";
  const prompter = new Prompter(processTty("stderr"), { clock: systemClock, plain: isPlain });
  stopper.restoreAtExit(() => prompter.restore());
  const resolve = (path: string) =>
    /^([/\\]|[A-Za-z]:)/.test(path) ? path : `${workingFolder}/${path}`;
  const canBeAsked = !values.has("--no-input") && Deno.stdin.isTerminal();
  return new Context({
    output,
    person: new Person(prompter, { canBeAsked, resolve }),
    folders,
    profileFolder: profileFolder(folders, values.option("--profile") ?? "default", Deno.build.os),
    server: readServerOption(values.option("--server")),
    tls: values.option("--tls") === "off" ? "off" : "auto",
    isPlain,
    clock: systemClock,
    random: systemRandom,
    signal: stopper.signal,
    restoreAtExit: (restore) => stopper.restoreAtExit(restore),
  });
}

/** Turns signals into an abort, and gives the terminal back whatever happens. */
class Stopper {
  readonly #controller = new AbortController();
  readonly #restores: (() => void)[] = [];
  readonly #handlers: [Deno.Signal, () => void][] = [];
  #exit: ExitCode = EXIT.interrupted;

  constructor() {
    const signals: [Deno.Signal, ExitCode][] = Deno.build.os === "windows"
      ? [["SIGINT", EXIT.interrupted]]
      : [["SIGINT", EXIT.interrupted], ["SIGTERM", EXIT.terminated], ["SIGHUP", EXIT.terminated]];
    for (const [name, exit] of signals) {
      const handler = () => this.#stop(exit);
      Deno.addSignalListener(name, handler);
      this.#handlers.push([name, handler]);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get exit(): ExitCode {
    return this.#exit;
  }

  restoreAtExit(restore: () => void): void {
    this.#restores.push(restore);
  }

  restore(): void {
    for (const restore of this.#restores) restore();
  }

  close(): void {
    this.restore();
    for (const [name, handler] of this.#handlers) Deno.removeSignalListener(name, handler);
  }

  #stop(exit: ExitCode): void {
    this.restore();
    // A second signal does not wait for anything.
    if (this.#controller.signal.aborted) Deno.exit(exit);
    this.#exit = exit;
    this.#controller.abort(new DOMException("Stopped by a signal", "AbortError"));
  }
}
