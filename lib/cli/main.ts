/** The client's command line: from the arguments to a verb, and from whatever it ended with to an exit code. */

import { systemClock } from "../base/clock.ts";
import { Bug } from "../base/errors.ts";
import { parseArgv } from "../commands/commander_adapter.ts";
import { EXIT } from "../commands/exit_code.ts";
import { Output, ProcessStreams } from "./output.ts";
import { isUnread, runVerb, type VerbCall } from "./run_verb.ts";
import { NO_SERVER, runServer } from "./server_program.ts";
import type { OpenFullScreen } from "./screen/full_screen.ts";
import { PROGRAM } from "./verbs.ts";

/** Instead of a command: runs the server with the words behind it (row S0.01, decision 0013). */
const SERVER_SWITCH = "-s";
/** Instead of a command: speaks as one of the seeds' programs does (rows S3.06, S4.20). */
const CLASSIC_SWITCH = "--classic";
const NO_CLASSIC =
  "There are no classic shells yet. heliograph chat and heliograph p2p take most words of the programs that they are to speak like";
/** Talks with others directly. */
const WITHOUT_SERVER = "p2p";

/** Other faces, which the program's entry passes in. */
export interface Faces {
  readonly openScreen?: OpenFullScreen;
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
  const plain = new Output(streams, { json: false });
  if (args[0] === SERVER_SWITCH) {
    const exit = await runServer(args.slice(1));
    if (exit !== undefined) return exit;
    await plain.note(NO_SERVER);
    return EXIT.missingExternal;
  }
  if (meantClassic(args)) {
    await plain.note(NO_CLASSIC);
    return EXIT.usage;
  }
  const outcome = await parseArgv(PROGRAM, args);
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
        withoutServer: PROGRAM.table.get(WITHOUT_SERVER) === undefined ? undefined : directCall,
      });
  }
}

/** The seeds' other spelling, which is the option that names a server here; and the other program's word. */
function meantServer(args: readonly string[]): boolean {
  return args[args.length - 1] === "--server" || args[0] === "serve" || args[0] === "server";
}

/** No command has such an option, and behind `--` stand words. */
function meantClassic(args: readonly string[]): boolean {
  const words = args.indexOf("--");
  const options = words < 0 ? args : args.slice(0, words);
  return options.some((one) => one === CLASSIC_SWITCH || one.startsWith(`${CLASSIC_SWITCH}=`));
}

/** The command that needs no server, in a program that has it. */
async function directCall(): Promise<VerbCall> {
  const outcome = await parseArgv(PROGRAM, [WITHOUT_SERVER]);
  if (outcome.kind !== "command") throw new Bug(`Cannot run ${WITHOUT_SERVER}: it needs words`);
  return outcome;
}
