/**
 * Processes that a run left behind. Every run is marked by a variable in its environment, which all of its children
 * inherit; Linux shows the environment of one's own processes, and Deno shows it to programs that may do anything.
 * Elsewhere nothing is found.
 */

import { existsSync } from "node:fs";

/** The variable. */
export const RUN_MARK = "HELIOGRAPH_RUN";

/**
 * How long a process may take to end after its run has: whoever stops a program need not wait for it, and on a busy machine a
 * program takes many seconds to leave.
 */
const GRACE_MS = 30_000;

/** One process that still runs. */
export interface Leftover {
  readonly pid: number;
  /** As it was started. */
  readonly command: string;
}

function canSeeEnvironments(): boolean {
  try {
    return existsSync("/proc/self/environ");
  } catch {
    return false;
  }
}

/** The processes with this mark, at this moment. */
export function findMarked(mark: string): Leftover[] {
  if (!canSeeEnvironments()) return [];
  const found: Leftover[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // A process that has ended and waits for its parent has an empty environment.
      const environment = Deno.readTextFileSync(`/proc/${name}/environ`).split("\0");
      if (!environment.includes(`${RUN_MARK}=${mark}`)) continue;
      const command = Deno.readTextFileSync(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      found.push({ pid: Number(name), command });
    } catch {
      // Another person's, or gone since the folder was read.
    }
  }
  return found;
}

/** Waits a moment for the processes with this mark, ends those that remain, and returns them. */
export async function endMarked(mark: string, graceMs: number = GRACE_MS): Promise<Leftover[]> {
  const found = await waitForEnd(mark, graceMs);
  for (const { pid } of found) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself just now.
    }
  }
  // A signal takes a moment to arrive.
  await waitForEnd(mark, GRACE_MS);
  return found;
}

/** Returns those that are still there after this time. */
async function waitForEnd(mark: string, limitMs: number): Promise<Leftover[]> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    const found = findMarked(mark);
    if (found.length === 0 || performance.now() >= untilMs) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
