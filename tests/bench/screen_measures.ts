/** What benches measure at a full screen in a pseudo-terminal: keys, processor, memory. */

import type { PseudoTerminal } from "../kit/pseudo_terminal.ts";

const KEYS = 200;
/** Between two keys, so that one is done before the next. */
const PAUSE_MS = 30;
/** Of one CPU: `getconf CLK_TCK` is 100 on Linux. */
const TICKS_PER_SECOND = 100;

/** Types letters one by one, and how long each takes to be on the screen, sorted; bytes are those of one. */
export async function typing(
  terminal: PseudoTerminal,
): Promise<{ times: number[]; bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < KEYS; i++) {
    // A letter that stands in no escape sequence and no word that changes meanwhile.
    const letter = "GOQUVWXYZ"[i % 9];
    const start = terminal.written.length;
    const startedMs = performance.now();
    await terminal.type(letter);
    await terminal.see(new RegExp(`${letter}`), start);
    times.push(performance.now() - startedMs);
    bytes += terminal.written.length - start;
    if (i % 40 === 39) await terminal.type("\x15");
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { times: times.sort((one, other) => one - other), bytes: bytes / KEYS };
}

/** Of a process, by /proc. */
export function usage(pid: number): { cpuMs: number; residentBytes: number } {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  const cpuMs = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND * 1000;
  const resident = /VmRSS:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return { cpuMs, residentBytes: Number(resident?.[1] ?? 0) * 1024 };
}

/** Of one core, while `action` goes on. */
export async function cpuShare(pid: number, action: () => Promise<unknown>): Promise<string> {
  const before = usage(pid);
  const startedMs = performance.now();
  await action();
  const share = (usage(pid).cpuMs - before.cpuMs) / (performance.now() - startedMs);
  return `${(share * 100).toFixed(1)} % of a core`;
}

/** Waits. */
export const rest = (durationMs: number) =>
  new Promise((resolve) => setTimeout(resolve, durationMs));
/** A percentile of sorted times. */
export const at = (times: readonly number[], share: number) =>
  `${times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1)} ms`;

/** Prints a row. */
export function say(what: string, result: string): void {
  console.log(`${what.padEnd(44)} ${result}`);
}
