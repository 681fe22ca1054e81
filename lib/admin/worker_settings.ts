/** What a process that another one has started beside itself (`workers`) has of its own, handed on by its environment. */

import { join } from "node:path";
import { UsageError } from "../base/errors.ts";
import type { AdminIo } from "./admin_io.ts";

const VARIABLE = "HELIOGRAPH_WORKER";

/** What the first process has for itself alone. */
const OF_THE_FIRST: readonly string[] = [
  "workers",
  "ready-file",
  "metrics",
  "metrics-token-file",
  "cert",
  "key",
];

/** What the first process has, and each other one has in its own way. */
export interface WorkerPlan {
  readonly dataFolder: string;
  readonly videoFolder: string;
  readonly node?: string;
}

/** The folder of the process of this number; the first is 1. */
export function workerFolder(
  { dataFolder }: Pick<WorkerPlan, "dataFolder">,
  number: number,
): string {
  return join(dataFolder, "workers", String(number));
}

/** The variable for the process of this number. */
export function workerEnvironment(plan: WorkerPlan, number: number): Record<string, string> {
  const { videoFolder, node } = plan;
  const own = {
    ...Object.fromEntries(OF_THE_FIRST.map((key) => [key, null])),
    data: workerFolder(plan, number),
    videos: videoFolder,
    "no-console": "true",
    ...(node === undefined ? {} : { node: `${node}-${number}` }),
  };
  // The supervisor hears of the first process alone.
  return { [VARIABLE]: JSON.stringify(own), NOTIFY_SOCKET: "" };
}

/** Whether another process of the same server has started this one beside itself. */
export function isWorker(io: Pick<AdminIo, "env">): boolean {
  return io.env(VARIABLE) !== undefined;
}

/** The settings that hold here instead of those of the first process; null: none. Throws UsageError. */
export function workerSettings(
  io: Pick<AdminIo, "env">,
): readonly (readonly [key: string, text: string | null])[] {
  const text = io.env(VARIABLE);
  if (text === undefined) return [];
  const isText = (value: unknown) => value === null || typeof value === "string";
  try {
    const entries = Object.entries(JSON.parse(text));
    if (entries.every((entry): entry is [string, string | null] => isText(entry[1]))) {
      return entries;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UsageError("bad-config", `Cannot use ${VARIABLE}: a server sets it, for its workers`);
}
