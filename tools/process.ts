/** Running other programs from the tools: what they print, how they end, and how long they may take. */

/** How a program ended, and everything that it printed. */
export interface Ended {
  readonly success: boolean;
  /** Standard output and standard error, one after the other. */
  readonly output: string;
  readonly durationMs: number;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program is ended after this time and counts as failed. */
  readonly limitMs?: number;
}

/** Ten minutes: a program of the gate that takes longer hangs. */
const LIMIT_MS = 600_000;

/** Runs a program to its end and collects what it prints, without colours. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env, limitMs = LIMIT_MS } = options;
  const [program, ...args] = command;
  const startedMs = performance.now();
  const limit = AbortSignal.timeout(limitMs);
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...env },
    stdin: "null",
    signal: limit,
  }).output();
  const text = new TextDecoder();
  const late = limit.aborted ? `Ended after ${limitMs / 1000} s: it did not end by itself\n` : "";
  return {
    success: success && !limit.aborted,
    output: `${text.decode(stdout)}${text.decode(stderr)}${late}`,
    durationMs: performance.now() - startedMs,
  };
}

/** Runs a program in the foreground, with this terminal. Returns its exit code. */
export async function runHere(
  command: readonly string[],
  options: RunOptions = {},
): Promise<number> {
  const [program, ...args] = command;
  const { cwd, env } = options;
  const { code } = await new Deno.Command(program, { args, cwd, env, stdin: "null" }).spawn()
    .status;
  return code;
}

/** The oldest Deno that Heliograph supports; the compiled programs are checked with it. */
export const OLDEST_DENO = "2.4.2";

/** The command that starts the oldest supported Deno from npm. */
export function oldestDeno(): string[] {
  const npx = Deno.build.os === "windows" ? "npx.cmd" : "npx";
  return [npx, "-y", `deno@${OLDEST_DENO}`];
}
