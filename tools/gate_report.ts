/** What the steps of the gate found, and how it is told: wall time and, on Linux, time of the processor. */

import type { Failure } from "./junit.ts";

/** What one step of the gate found. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** When a step began, by both clocks. */
export interface Started {
  readonly wallMs: number;
  readonly cpuSeconds: number | undefined;
}

/** The clocks at this moment. */
export function started(): Started {
  return { wallMs: performance.now(), cpuSeconds: childrenCpuSeconds() };
}

/** Linux counts in these, whatever its own clock is. */
const TICKS_PER_SECOND = 100;

/** What the programs that this one started, and that have ended, used of the processor. */
function childrenCpuSeconds(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  // The second field is the program's name in parentheses, and may hold anything.
  const fields = Deno.readTextFileSync("/proc/self/stat").split(") ").at(-1)?.split(" ") ?? [];
  const [user, system] = [fields[13], fields[14]].map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** Tells of one step. */
export function report(name: string, text: string, since: Started): void {
  const wall = ((performance.now() - since.wallMs) / 1000).toFixed(1);
  const cpuSeconds = childrenCpuSeconds();
  const cpu = cpuSeconds === undefined || since.cpuSeconds === undefined
    ? ""
    : `, CPU ${(cpuSeconds - since.cpuSeconds).toFixed(0)} s`;
  console.log(`${name.padEnd(14)} ${text.padEnd(36)} ${wall} s${cpu}`);
}

/** One check that is no test. `problems` returns what is wrong, "" when nothing is. */
export async function check(
  name: string,
  problems: () => Promise<string>,
  since: Started = started(),
): Promise<Outcome> {
  const found = (await problems()).trim();
  report(name, found === "" ? "ok" : "FAILED", since);
  if (found !== "") console.log(`\n${found}\n\n${describeFailure({ name, reason: found })}`);
  return found === "" ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs those of each lane one after the other, and the lanes side by side. What one uses of the processor cannot be told from what
 * its neighbour does, so their `since` does not say it.
 */
export async function inLanes<One>(
  lanes: readonly (readonly One[])[],
  run: (one: One, since: Started) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes = await Promise.all(lanes.map(async (lane) => {
    const found: Outcome[] = [];
    for (const one of lane) found.push(await run(one, { ...started(), cpuSeconds: undefined }));
    return found;
  }));
  return outcomes.flat();
}

/** So much of an error says what it is; all of it stands in the output before. */
const REASON_LINES = 16;

/** In a form that `.ci/run` repeats at its end: a line `  FAILED: NAME`, and below it lines that begin with `    | `. */
export function describeFailure({ name, reason }: Failure): string {
  const lines = reason.trim().split("\n").filter((line) => line !== "").slice(0, REASON_LINES);
  return [`  FAILED: ${name}`, ...lines.map((line) => `    | ${line}`)].join("\n");
}
