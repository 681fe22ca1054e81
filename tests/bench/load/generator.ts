/** The generator of load (`loadgen.c`): many connections of one process, which costs little beside what it measures. */

import { join } from "node:path";
import type { Running } from "./running.ts";

/** One run: senders, messages a second (0: as many as go), messages on the way. */
export interface Load {
  readonly receivers: number;
  readonly senders: number;
  readonly rate: number;
  readonly window: number;
  readonly seconds: number;
}

/** What it speaks to. */
interface Loaded {
  readonly name: string;
  readonly protocol: string;
  readonly sizeBytes: number;
  /** What it signs in with. */
  readonly crowd: readonly string[];
  readonly server: Running;
  readonly tls: boolean;
}

/** What it prints of messages. */
export interface Measured {
  readonly deliveriesPerSecond: number;
  readonly deliveriesPerCpuSecond: number;
  readonly cores: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly missing: number;
}

/** Builds it in a folder. Undefined, with a word, where there is no compiler. */
export function buildGenerator(folder: string): Promise<string | undefined> {
  return build("loadgen.c", join(folder, "loadgen"), ["-lssl", "-lcrypto"]);
}

/** Builds what makes the syncs of a program slow that has it preloaded; the same. */
export function buildSlowSync(folder: string): Promise<string | undefined> {
  return build("slow_sync.c", join(folder, "slow_sync.so"), ["-shared", "-fPIC"]);
}

async function build(
  name: string,
  to: string,
  flags: readonly string[],
): Promise<string | undefined> {
  const source = new URL(name, import.meta.url).pathname;
  try {
    const args = ["-O2", "-o", to, source, ...flags];
    const { success, stderr } = await new Deno.Command("cc", { args }).output();
    if (success) return to;
    console.log(`skipped: cannot build ${name}: ${new TextDecoder().decode(stderr)}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: there is no C compiler here");
  }
  return undefined;
}

/** Runs it once; what it prints. `onWord` hears where a stretch that is measured begins and ends. Throws when it says nothing. */
export async function runGenerator(
  program: string,
  { name, protocol, sizeBytes, crowd, server, tls }: Loaded,
  { receivers, senders, rate, window, seconds }: Load,
  onWord: (word: "begin" | "end") => void = () => {},
): Promise<unknown> {
  const numbers = [server.port, tls ? 1 : 0, receivers, senders, rate, window, seconds];
  const args = [protocol, ...numbers, sizeBytes, server.pid, ...crowd].map(String);
  const child = new Deno.Command(program, { args, stdout: "piped", stderr: "piped" }).spawn();
  const complaint = new Response(child.stderr).text();
  let last = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = `${last}${text}`.split("\n");
    last = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "begin" || line === "end") onWord(line);
      else last = line;
    }
  }
  await child.status;
  if (last === "") throw new Error(`${name}: ${await complaint}`);
  return JSON.parse(last);
}
