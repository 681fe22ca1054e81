/** The program once more, as a child of this process, which then only waits (decisions 0026, 0051). */

/**
 * Signals that are for the child. Of a terminal it is in the same group: a ctrl-C and a hang-up reach it from the kernel too, and
 * nothing tells those from a `kill` of this process. So all are passed on, and the child takes the same one again so soon for
 * one (`Stopper`, `StopSignals`).
 */
const FORWARDED: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Set for a program that serves the one that starts it: it ends when its standard input does, and so with that one, however that
 * ends.
 */
export const ENDS_WITH_INPUT = "HELIOGRAPH_ENDS_WITH_INPUT";

/** Where this program was when it started. An upgrade puts a new one there: from then on Linux says "… (deleted)" of the own one. */
const PROGRAM = Deno.execPath();

/**
 * Runs it with the arguments of this one and passes signals on. Returns its exit code. `flags`: what stands between `deno run` and
 * the program, when it runs from source.
 */
export async function runAgain(
  flags: readonly string[],
  { env, clearEnv }: Pick<Deno.CommandOptions, "env" | "clearEnv">,
): Promise<number> {
  const streams = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
  const child = spawnAgain(flags, { env, clearEnv, ...streams });
  const stops = [
    ...FORWARDED.map((signal) => listen(signal, () => passSignal(child, signal))),
    // There the console tells both. Not the default, which would end this process before its child.
    ...(Deno.build.os === "windows" && Deno.stdin.isTerminal() ? [listen("SIGINT", () => {})] : []),
  ];
  try {
    return (await child.status).code;
  } finally {
    for (const stop of stops) stop();
  }
}

/** Starts it with the arguments of this one, and waits for nothing. */
export function spawnAgain(
  flags: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "cwd">,
): Deno.ChildProcess {
  const program = Deno.build.standalone ? [] : ["run", ...flags, Deno.mainModule];
  return new Deno.Command(PROGRAM, { ...options, args: [...program, ...Deno.args] }).spawn();
}

function listen(signal: Deno.Signal, handler: () => void): () => void {
  Deno.addSignalListener(signal, handler);
  return () => Deno.removeSignalListener(signal, handler);
}

/** Passes a signal on, to a program that may have ended by itself. */
export function passSignal(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}
