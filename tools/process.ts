/** Running other programs from the tools: what they print, how they end, and how long they may take. */

import { endMarked, type Leftover, RUN_MARK } from "./leftovers.ts";

/** How a program ended, and everything that it printed. */
export interface Ended {
  readonly success: boolean;
  /** Standard output and standard error, one after the other. */
  readonly output: string;
  readonly durationMs: number;
  /** Processes that it started and did not end. They are ended by now. */
  readonly leftovers: readonly Leftover[];
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program is ended after this time and counts as failed. */
  readonly limitMs?: number;
}

/** Ten minutes: a program of the gate that takes longer hangs. */
const LIMIT_MS = 600_000;

/** What `timeout` of coreutils ends with. */
const LATE_CODE = 124;

/** Runs a program to its end and collects what it prints, without colours. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env, limitMs = LIMIT_MS } = options;
  const [program, ...args] = command;
  const startedMs = performance.now();
  const mark = crypto.randomUUID();
  const child = new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...env, [RUN_MARK]: mark },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let ending: Promise<unknown> | undefined;
  const timer = setTimeout(() => {
    child.kill("SIGTERM");
    // Its children hold the pipes open.
    ending = endMarked(mark);
  }, limitMs);
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const isLate = ending !== undefined;
  await ending;
  const leftovers = await endMarked(mark);
  const text = new TextDecoder();
  const late = isLate ? `Ended after ${limitMs / 1000} s: it did not end by itself\n` : "";
  return {
    success: success && !isLate,
    output: `${text.decode(stdout)}${text.decode(stderr)}${late}`,
    durationMs: performance.now() - startedMs,
    leftovers,
  };
}

/** Runs a program in the foreground, with this terminal. Returns its exit code; 124 when it took too long. */
export async function runHere(
  command: readonly string[],
  options: RunOptions = {},
): Promise<number> {
  const [program, ...args] = command;
  const { cwd, env, limitMs = LIMIT_MS } = options;
  const mark = crypto.randomUUID();
  const child = new Deno.Command(program, {
    args,
    cwd,
    env: { ...env, [RUN_MARK]: mark },
    stdin: "null",
  }).spawn();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGTERM");
  }, limitMs);
  const { code } = await child.status;
  clearTimeout(timer);
  await endMarked(mark);
  return isLate ? LATE_CODE : code;
}

/** The oldest Deno that Heliograph supports; the compiled programs are checked with it. */
export const OLDEST_DENO = "2.4.2";

/** The command that starts the oldest supported Deno from npm. */
export function oldestDeno(): string[] {
  const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
  return [npx, "-y", `deno@${OLDEST_DENO}`];
}
