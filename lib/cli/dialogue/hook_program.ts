/** Runs a program of the person's own on one event: with nothing of this program but the event, and for so long. */

import { concatBytes, decodeUtf8, utf8 } from "../../base/bytes.ts";

/** How a program ended. */
export type HookEnd =
  | { readonly kind: "done"; readonly output: string }
  | { readonly kind: "failed"; readonly code: number }
  | { readonly kind: "not-started"; readonly reason: string }
  /** It took too long, or wrote too much, and was ended. */
  | { readonly kind: "ended"; readonly reason: "time" | "output" };

/** More is no message. */
const MAX_OUTPUT_BYTES = 64 * 1024;
/** What a program needs to find others and to write in the person's language; tokens and passwords are never among these. */
const KEPT_VARIABLES = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USERPROFILE", "SYSTEMROOT"];

/**
 * Starts it, gives it `input` on standard input, and reads what it writes. It is ended when `signal` aborts. Never rejects for what the
 * program does.
 */
export async function runHookProgram(
  [program, ...words]: readonly string[],
  input: string,
  { env, signal }: {
    readonly env: (name: string) => string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<HookEnd> {
  const kept = KEPT_VARIABLES.flatMap((name) => {
    const value = env(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: words,
      clearEnv: true,
      env: Object.fromEntries(kept),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      detached: HAS_GROUPS,
    }).spawn();
  } catch (error) {
    return { kind: "not-started", reason: error instanceof Error ? error.message : `${error}` };
  }
  const reader = child.stdout.getReader();
  let ended: "time" | "output" | undefined;
  const end = (reason: "time" | "output") => {
    if (ended !== undefined) return;
    ended = reason;
    kill(child);
    // What it has started itself may hold the pipe open.
    reader.cancel().catch(() => {});
  };
  const onAbort = () => end("time");
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const writing = writeAll(child.stdin, input);
    const output = await readAll(reader, () => end("output"));
    const { code } = await child.status;
    await writing;
    if (ended !== undefined) return { kind: "ended", reason: ended };
    return code === 0 ? { kind: "done", output } : { kind: "failed", code };
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Where a program has a group of its own, to which belongs what it starts. */
const HAS_GROUPS = Deno.build.os !== "windows";

function kill(child: Deno.ChildProcess): void {
  try {
    // A script that hangs mostly waits for another program, which would be left over.
    if (HAS_GROUPS) Deno.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch (error) {
    // It has ended by itself meanwhile.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** A program may end without having read all of it, or any. */
async function writeAll(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(utf8(input));
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onTooMuch: () => void,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    sizeBytes += value.length;
    if (sizeBytes > MAX_OUTPUT_BYTES) {
      onTooMuch();
      break;
    }
    parts.push(value);
  }
  return decodeUtf8(concatBytes(...parts)) ?? "";
}
