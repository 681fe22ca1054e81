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
  /** The groups of a lane run one after the other, and the two lanes side by side (decision 0045). */
  readonly lane: "computing" | "waiting";
  /** Passwords are stretched lightly (`test_imports.ts`). Only where the stretching itself is not what is tested. */
  readonly isLight?: boolean;
  /**
   * Runs on the oldest supported Deno too: whatever touches its API (files, SQLite, sockets, TLS, QUIC, WebCrypto, Workers,
   * processes, the terminal). House rules judge the source, which is the same there; properties and scenarios are bytes in
   * memory and a false clock, over the units that run there; journeys run on it as compiled programs. Any group can be
   * named, e.g. `deno task test --oldest scenarios`.
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

const NARROW = {
  isNarrow: true,
  isParallel: true,
  lane: "computing",
  runsOnOldest: true,
} as const;
const WIDE = { isNarrow: false, isParallel: false, lane: "waiting", runsOnOldest: true } as const;

export const TEST_GROUPS: readonly TestGroup[] = [
  { name: "house", folder: "tests/tools", ...WIDE, runsOnOldest: false },
  { name: "core", folder: "tests/unit", only: MEASURED_ROOMS, isMeasured: true, ...NARROW },
  { name: "unit", folder: "tests/unit", except: MEASURED_ROOMS, isLight: true, ...NARROW },
  {
    name: "properties",
    folder: "tests/properties",
    isMeasured: true,
    ...NARROW,
    runsOnOldest: false,
  },
  { name: "vectors", folder: "tests/vectors", isMeasured: true, ...NARROW },
  {
    name: "scenarios",
    folder: "tests/scenarios",
    except: MACHINE_SCENARIOS,
    ...WIDE,
    isParallel: true,
    lane: "computing",
    isLight: true,
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
