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
  /** The program hangs when it says nothing for this time: it is ended, and counts as failed. */
  readonly silenceMs?: number;
  /** How long what it started may take to end after it. */
  readonly graceMs?: number;
}

/**
 * Ten minutes: the longest test takes one on a quiet machine. How long a program may take in all is not judged, for a busy
 * machine would fail it.
 */
const SILENCE_MS = 600_000;

/** What `deno test` says of a test that does not end, at longer and longer intervals: no sign of life. */
const STILL_RUNNING = /^.* has been running for over .*$/gm;

/** How long a program in the foreground may take in all: ten minutes. */
const LIMIT_MS = 600_000;

/** What `timeout` of coreutils ends with. */
const LATE_CODE = 124;

/** Runs a program to its end and collects what it prints, without colours. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env, silenceMs = SILENCE_MS, graceMs } = options;
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
  const end = () => {
    // `deno test` names the tests that were under way.
    child.kill("SIGINT");
    // Its children hold the pipes open.
    ending = endMarked(mark, graceMs);
  };
  let timer = setTimeout(end, silenceMs);
  const onText = (text: string) => {
    if (text.replaceAll(STILL_RUNNING, "").trim() === "") return;
    clearTimeout(timer);
    if (ending === undefined) timer = setTimeout(end, silenceMs);
  };
  const [{ success }, stdout, stderr] = await Promise.all([
    child.status,
    readAll(child.stdout, onText),
    readAll(child.stderr, onText),
  ]);
  clearTimeout(timer);
  const hung = ending !== undefined;
  await ending;
  const leftovers = await endMarked(mark, graceMs);
  const last = hung ? `Ended: it said nothing for ${silenceMs / 1000} s\n` : "";
  return {
    success: success && !hung,
    output: `${stdout}${stderr}${last}`,
    durationMs: performance.now() - startedMs,
    leftovers,
  };
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: (text: string) => void,
): Promise<string> {
  let all = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    all += text;
    onText(text);
  }
  return all;
}

export interface ForegroundOptions extends Pick<RunOptions, "cwd" | "env"> {
  /** The program is ended after this time. */
  readonly limitMs?: number;
}

/** Runs a program in the foreground, with this terminal. Returns its exit code; 124 when it took too long. */
export async function runHere(
  command: readonly string[],
  options: ForegroundOptions = {},
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
