/** The groups of tests: which folder each is, what its tests may do, and whether its files run side by side. */

import { existsSync } from "node:fs";
import { join } from "node:path";

/** One folder of `tests/`. */
export interface TestGroup {
  readonly name: string;
  readonly folder: string;
  /** Narrow groups may read the project, write `tests/tmp` and talk to this machine; the others may do anything. */
  readonly isNarrow: boolean;
  /** Files run side by side. Only where tests neither start processes nor watch the clock of the machine. */
  readonly isParallel: boolean;
  /** Runs on the oldest supported Deno too. House rules judge the source, which is the same there. */
  readonly runsOnOldest: boolean;
}

const NARROW = { isNarrow: true, isParallel: true, runsOnOldest: true } as const;
const WIDE = { isNarrow: false, isParallel: false, runsOnOldest: true } as const;

export const TEST_GROUPS: readonly TestGroup[] = [
  { name: "house", folder: "tests/tools", ...WIDE, runsOnOldest: false },
  { name: "unit", folder: "tests/unit", ...NARROW },
  { name: "properties", folder: "tests/properties", ...NARROW },
  { name: "vectors", folder: "tests/vectors", ...NARROW },
  { name: "scenarios", folder: "tests/scenarios", ...WIDE },
  { name: "screens", folder: "tests/screens", ...WIDE },
  { name: "journeys", folder: "tests/journeys", ...WIDE },
];

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
  return files.sort();
}
