/** The client's command line: from the arguments to a verb, and from whatever it ended with to an exit code. */

import type { OpenShell } from "../app/shells/shell.ts";
import { systemClock } from "../base/clock.ts";
import { Bug } from "../base/errors.ts";
import { parseArgv } from "../commands/commander_adapter.ts";
import type { OpenLineSettings, SettingsFile } from "./dialogue/line_settings.ts";
import { EXIT } from "../commands/exit_code.ts";
import { Output, ProcessStreams } from "./output.ts";
import { isUnread, runVerb, type VerbCall } from "./run_verb.ts";
import { NO_SERVER, runServer } from "./server_program.ts";
import type { OpenFullScreen } from "./screen/full_screen.ts";
import { BARE_SHELL } from "./p2p/meeting_questions.ts";
import { PROGRAM } from "./verbs.ts";
import { readConfig, writeConfig } from "./config_file.ts";
import { configProblems, homeFolder } from "./whole_config.ts";

/** Instead of a command: runs the server with the words behind it (row S0.01, decision 0013). */
const SERVER_SWITCH = "-s";
/** Another spelling of the command classic. */
const CLASSIC_SWITCH = "--classic";
/** Talks with others directly. */
const WITHOUT_SERVER = "p2p";

/** Other faces, which the program's entry passes in. */
export interface Faces {
  readonly openScreen?: OpenFullScreen;
  readonly openShell?: OpenShell;
  readonly openSettings?: OpenLineSettings;
}

/** Runs the program and returns its exit code. Everything is closed, and the terminal is as it was. */
export async function runClient(args: readonly string[], faces: Faces = {}): Promise<number> {
  await using streams = new ProcessStreams(systemClock);
  try {
    return await run(args, faces, streams);
  } catch (error) {
    if (!isUnread(error)) throw error;
    return EXIT.done;
  }
}

async function run(
  args: readonly string[],
  faces: Faces,
  streams: ProcessStreams,
): Promise<number> {
  const { openSettings } = faces;
  const plain = new Output(streams, { json: false });
  if (args[0] === SERVER_SWITCH) {
    const exit = await runServer(args.slice(1));
    if (exit !== undefined) return exit;
    await plain.note(NO_SERVER);
    return EXIT.missingExternal;
  }
  const outcome = await parseArgv(PROGRAM, classicWords(args));
  switch (outcome.kind) {
    case "text":
      await plain.page(`${outcome.text.trimEnd()}\n`);
      return EXIT.done;
    case "usage":
      await plain.note(outcome.message);
      if (meantServer(args)) {
        await plain.note(`To run a server on this machine: ${PROGRAM.name} ${SERVER_SWITCH}`);
      }
      return EXIT.usage;
    case "command":
      return await runVerb(outcome, {
        streams,
        openScreen: faces.openScreen,
        openShell: faces.openShell,
        openSettings: openSettings && ((folder) => openSettings(settingsFile(folder))),
        withoutServer: PROGRAM.table.get(WITHOUT_SERVER) === undefined ? undefined : directCall,
      });
  }
}

/** The seeds' other spelling, which is the option that names a server here; and the other program's word. */
function meantServer(args: readonly string[]): boolean {
  return args[args.length - 1] === "--server" || args[0] === "serve" || args[0] === "server";
}

/**
 * `--classic toom 127.0.0.1 4000`, `--classic=toom` and `chat --classic toom` as `classic toom …`; with p2p, which is a command of its own,
 * as that. No command has such an option, and behind `--` stand words.
 */
export function classicWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  const at = args.findIndex((one, at) =>
    (end < 0 || at < end) && (one === CLASSIC_SWITCH || one.startsWith(`${CLASSIC_SWITCH}=`))
  );
  if (at < 0) return args;
  const before = args.slice(args[0] === "chat" ? 1 : 0, at);
  const named = args[at].slice(CLASSIC_SWITCH.length + 1);
  const [shell = "", ...after] = named === "" ? args.slice(at + 1) : [named, ...args.slice(at + 1)];
  if (shell === WITHOUT_SERVER) return [WITHOUT_SERVER, BARE_SHELL, ...before, ...after];
  return ["classic", ...shell === "" ? [] : [shell], ...before, ...after];
}

/** The command that needs no server, in a program that has it. */
async function directCall(words: readonly string[]): Promise<VerbCall> {
  const outcome = await parseArgv(PROGRAM, [WITHOUT_SERVER, ...words]);
  if (outcome.kind !== "command") {
    throw new Bug(`Cannot run ${WITHOUT_SERVER}: it does not take its own words`);
  }
  return outcome;
}

/** The one in this folder of settings. */
function settingsFile(folder: string): SettingsFile {
  return {
    read: () => readConfig(folder),
    write: (text) => writeConfig(folder, text),
    problemsIn: (text) => configProblems(text, homeFolder((name) => Deno.env.get(name))),
  };
}
