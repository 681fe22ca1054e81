/** The program once more, as a child of this process, which then only waits (decision 0026). */

import { SERVER_FLAGS } from "../commands/server_flags.ts";

/** Signals that are for the server. Ctrl-C on a terminal reaches the child by itself: it is of the same group. */
function forwarded(): readonly Deno.Signal[] {
  if (Deno.build.os === "windows") return [];
  return Deno.stdin.isTerminal() ? ["SIGTERM", "SIGHUP"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/** See `AdminIo.runAgain`. */
export async function runAgain(environment: Readonly<Record<string, string>>): Promise<number> {
  const program = Deno.build.standalone ? [] : ["run", ...SERVER_FLAGS, Deno.mainModule];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...program, ...Deno.args],
    env: { ...environment },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const stops = [
    ...forwarded().map((signal) => listen(signal, () => pass(child, signal))),
    // Not the default, which would end this process before its child.
    ...(Deno.stdin.isTerminal() ? [listen("SIGINT", () => {})] : []),
  ];
  try {
    return (await child.status).code;
  } finally {
    for (const stop of stops) stop();
  }
}

function listen(signal: Deno.Signal, handler: () => void): () => void {
  Deno.addSignalListener(signal, handler);
  return () => Deno.removeSignalListener(signal, handler);
}

function pass(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}
