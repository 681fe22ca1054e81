/** The groups of tests: which folder each is, what its tests may do, and whether its files run side by side. */

import { existsSync } from "node:fs";
import { join } from "node:path";

/** One folder of `tests/`. */
export interface TestGroup {
  readonly name: string;
  readonly folder: string;
  /** Leaves out these subfolders, or takes only them. */
  readonly except?: readonly string[];
  readonly only?: readonly string[];
  /** Takes only these of its files. */
  readonly files?: readonly string[];
  /** Counts towards the coverage of the rooms in `MEASURED_ROOMS`. */
  readonly isMeasured?: boolean;
  /** Narrow groups may read the project, write `tests/tmp` and talk to this machine; the others may do anything. */
  readonly isNarrow: boolean;
  /** Files run side by side. Only where tests do not watch the clock of the machine. */
  readonly isParallel: boolean;
  /**
   * Runs on the oldest supported Deno too. House rules judge the source, which is the same there; journeys run on it as
   * compiled programs.
   */
  readonly runsOnOldest: boolean;
}

/**
 * Rooms with a floor under their coverage. Their tests are a group of their own: measuring costs seconds for them, and
 * minutes for everything.
 */
export const MEASURED_ROOMS: readonly string[] = ["base", "protocol", "crypto"];

/** Scenarios that start processes, use sockets, or wait for ffmpeg: side by side they would slow each other down. */
const MACHINE_SCENARIOS: readonly string[] = ["media", "net", "server", "storage"];

const NARROW = { isNarrow: true, isParallel: true, runsOnOldest: true } as const;
const WIDE = { isNarrow: false, isParallel: false, runsOnOldest: true } as const;

export const TEST_GROUPS: readonly TestGroup[] = [
  { name: "house", folder: "tests/tools", ...WIDE, runsOnOldest: false },
  { name: "core", folder: "tests/unit", only: MEASURED_ROOMS, isMeasured: true, ...NARROW },
  { name: "unit", folder: "tests/unit", except: MEASURED_ROOMS, ...NARROW },
  { name: "properties", folder: "tests/properties", isMeasured: true, ...NARROW },
  { name: "vectors", folder: "tests/vectors", isMeasured: true, ...NARROW },
  {
    name: "scenarios",
    folder: "tests/scenarios",
    except: MACHINE_SCENARIOS,
    ...WIDE,
    isParallel: true,
    // A third of the gate's time, in memory and on a false clock: what could differ there is in the units below it, in the
    // machine's scenarios, and in the compiled programs. `deno task test --oldest scenarios` runs them.
    runsOnOldest: false,
  },
  { name: "machine", folder: "tests/scenarios", only: MACHINE_SCENARIOS, ...WIDE },
  { name: "screens", folder: "tests/screens", ...WIDE },
  { name: "journeys", folder: "tests/journeys", ...WIDE, isParallel: true, runsOnOldest: false },
];

/**
 * What is tried on the compiled programs: that everything is in them, Workers and wasm too. The other journeys try what is
 * the same code compiled or not.
 */
export const COMPILED_GROUP: TestGroup = {
  name: "compiled",
  folder: "tests/journeys",
  files: ["dialogue_test.ts", "exchange_test.ts", "rooms_test.ts", "watch_test.ts"],
  ...WIDE,
  isParallel: true,
};

/** What a group may do, as arguments of `deno test`. */
export function groupPermissions(group: TestGroup, root: string): readonly string[] {
  if (!group.isNarrow) return ["--allow-all"];
  // Published vectors and footage may lie beside the project; tests that use them are skipped elsewhere.
  const beside = join(root, "..", "shared");
  const readable = existsSync(beside) ? `.,${beside}` : ".";
  return [
    "--no-prompt",
    `--allow-read=${readable}`,
    "--allow-write=tests/tmp",
    "--allow-net=127.0.0.1",
    "--allow-env",
  ];
}

/** The test files of a group, with paths below `root`. */
export function groupFiles(group: TestGroup, root: string): string[] {
  const files: string[] = [];
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) walk(path);
      else if (/[_.]test\.tsx?$/.test(name)) files.push(path);
    }
  };
  if (existsSync(join(root, group.folder))) walk(group.folder);
  const isInside = (file: string) => (name: string) => file.startsWith(`${group.folder}/${name}/`);
  return files
    .filter((file) => group.only?.some(isInside(file)) ?? true)
    .filter((file) => !group.except?.some(isInside(file)))
    .filter((file) => group.files?.includes(file.slice(group.folder.length + 1)) ?? true)
    .sort();
}
