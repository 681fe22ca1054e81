/** `heliograph -s`: the other program of the two, found and run as if it had been called itself (row S0.01). */

import { delimiter, dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SERVER_FLAGS } from "../commands/program_flags.ts";
import { passSignal } from "../terminal/programs/run_again.ts";

/** A command that begins with these words. */
export interface FoundProgram {
  readonly program: string;
  readonly args: readonly string[];
}

/** What is said when there is no server program. */
export const NO_SERVER =
  "Cannot find heliograph-server. It comes in the same archive as heliograph: put it into the same folder, or into a folder on PATH. From the source: deno task server serve";

/** Signals that are for the server. Windows gives ctrl-C to every program of the console by itself. */
const FORWARDED: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Where to look; what is left out is that of this process. */
export interface ProgramPlaces {
  readonly executable?: string;
  readonly mainModule?: string;
  readonly path?: string;
  readonly os?: typeof Deno.build.os;
  /** True for a compiled program, which has no sources beside it. */
  readonly standalone?: boolean;
}

/** The server of the same sources, the one beside this program, else one on PATH; undefined when there is none. */
export async function findServerProgram(
  places: ProgramPlaces = {},
): Promise<FoundProgram | undefined> {
  const {
    executable = Deno.execPath(),
    mainModule = Deno.mainModule,
    path = Deno.env.get("PATH") ?? "",
    os = Deno.build.os,
    standalone = Deno.build.standalone,
  } = places;
  if (!standalone) {
    const source = new URL("server.ts", mainModule);
    if (source.protocol === "file:" && await isFile(fileURLToPath(source))) {
      return { program: executable, args: ["run", ...SERVER_FLAGS, source.href] };
    }
  }
  const name = os === "windows" ? "heliograph-server.exe" : "heliograph-server";
  // A relative folder on PATH would be one that somebody else may fill.
  const folders = [dirname(executable), ...path.split(delimiter).filter(isAbsolute)];
  for (const folder of folders) {
    const program = join(folder, name);
    if (await isFile(program)) return { program, args: [] };
  }
  return undefined;
}

/** Runs `heliograph-server serve` with these arguments, here, and returns its exit code. Undefined when there is none. */
export async function runServer(args: readonly string[]): Promise<number | undefined> {
  const found = await findServerProgram();
  if (found === undefined) return undefined;
  // The server's console reads commands from the terminal that is its own (row S0.09). There ctrl-C reaches both programs, and
  // passed on it would be the server's second one, which ends it at once. Without a terminal each signal is passed on, once: the
  // server has a session of its own.
  const sharesTerminal = Deno.stdin.isTerminal();
  const child = new Deno.Command(found.program, {
    args: [...found.args, "serve", ...args],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    detached: !sharesTerminal && Deno.build.os !== "windows",
  }).spawn();
  const handlers = FORWARDED.map((signal) => {
    const forward = () => {
      if (sharesTerminal && signal === "SIGINT") return;
      passSignal(child, signal);
    };
    Deno.addSignalListener(signal, forward);
    return () => Deno.removeSignalListener(signal, forward);
  });
  try {
    return (await child.status).code;
  } finally {
    for (const remove of handlers) remove();
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    // Not there, or not to be looked at: then it is not to be run either.
    return false;
  }
}
