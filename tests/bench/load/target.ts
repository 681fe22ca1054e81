/** What a bench puts under load, and the row that it prints of it. */

import { type Load, type Measured, runGenerator } from "./generator.ts";
import type { Running } from "./running.ts";

/** Stretches of a bench last so long, unless it says otherwise. */
const SECONDS = 2;

/** One kind of server, and how the generator speaks to it. */
export interface Target {
  readonly name: string;
  readonly protocol: string;
  /** Of a message's text. */
  readonly sizeBytes: number;
  /** Undefined when it is not installed. */
  start(): Promise<Running | undefined>;
  /** What the generator signs in with. */
  readonly crowd: readonly string[];
}

/** Runs the generator once against a server of the target. */
export function load(
  program: string,
  { target, server, tls }: { target: Target; server: Running; tls: boolean },
  round: Omit<Load, "seconds"> & { readonly seconds?: number },
): Promise<unknown> {
  return runGenerator(program, { ...target, server, tls }, { seconds: SECONDS, ...round });
}

/** The head of the table whose rows `showLoad` prints. */
export const LOAD_HEAD: readonly string[] = [
  "| server | load | deliveries/s | per CPU second | cores | p50 / p99 |",
  "| --- | --- | --- | --- | --- | --- |",
];

function million(number: number): string {
  return `${(number / 1e6).toFixed(2)} M`;
}

/** Prints a row of the table. */
export function showLoad(target: string, round: string, measured: Measured): void {
  const { deliveriesPerSecond, deliveriesPerCpuSecond, cores, p50Ms, p99Ms, missing } = measured;
  const lost = missing === 0 ? "" : `, ${missing} MISSING`;
  console.log(
    `| ${target} | ${round} | ${million(deliveriesPerSecond)} | ${
      million(deliveriesPerCpuSecond)
    } | ${cores.toFixed(2)} | ${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms${lost} |`,
  );
}
