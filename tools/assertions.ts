/**
 * How many assertions the tests execute, and what each group costs the processor. By hand, before and after a change that makes
 * tests cheaper: no assertion may be lost.
 *
 *     deno run -A tools/assertions.ts [--files] [GROUP… | FILE…]
 *
 * Each file runs alone, in a process of its own, with `tests/kit/counted` before `node:assert/strict`. What other processes
 * assert is not seen. `--files` prints a line for each file too.
 */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { run } from "./process.ts";
import { groupFiles, groupPermissions, TEST_GROUPS, type TestGroup } from "./test_groups.ts";
import { countedImports, writeTestImports } from "./test_imports.ts";

/** As many as a small machine has cores. */
const AT_ONCE = 2;

/** What one file came to. */
interface Counted {
  readonly file: string;
  readonly assertions: number;
  readonly cpuSeconds: number;
  readonly success: boolean;
}

/** Runs a command, and prints what it and its children used of the processor as the last two lines. */
const TIMED = 'rc=0; "$@" || rc=$?; times; exit $rc';

/** `0m1.25s 0m0.50s`, as the last line of `times` has it for children. */
function cpuSeconds(output: string): number {
  const last = [...output.matchAll(/^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/gm)].at(-1);
  if (last === undefined) return NaN;
  const [userMinutes, userSeconds, systemMinutes, systemSeconds] = last.slice(1).map(Number);
  return 60 * (userMinutes + systemMinutes) + userSeconds + systemSeconds;
}

async function countFile(group: TestGroup, file: string): Promise<Counted> {
  const folder = await Deno.makeTempDir({ dir: join(PROJECT_ROOT, "tests/tmp") });
  try {
    const command = [Deno.execPath(), "test", "--quiet", "--no-check", "--unstable-net"];
    const imports = `--import-map=${countedImports({ isLight: group.isLight === true })}`;
    const { success, output } = await run(
      ["bash", "-c", TIMED, "timed", ...command, imports, ...groupPermissions(group), file],
      {
        cwd: PROJECT_ROOT,
        env: { HELIOGRAPH_ASSERTIONS: folder, DENO_NO_UPDATE_CHECK: "1" },
      },
    );
    if (!success) console.log(output);
    let assertions = 0;
    for (const { name } of Deno.readDirSync(folder)) {
      assertions += Number(Deno.readTextFileSync(join(folder, name)));
    }
    return { file, assertions, cpuSeconds: cpuSeconds(output), success };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function countGroup(
  group: TestGroup,
  files: readonly string[],
  printsFiles: boolean,
): Promise<void> {
  const counted: Counted[] = [];
  const work = files.values();
  const worker = async () => {
    for (const file of work) {
      const found = await countFile(group, file);
      counted.push(found);
      if (printsFiles) {
        const { assertions, cpuSeconds, success } = found;
        console.log(
          `${cpuSeconds.toFixed(2)} s  ${assertions}  ${file}${success ? "" : " FAILED"}`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const sum = (key: "assertions" | "cpuSeconds") =>
    counted.reduce((total, each) => total + each[key], 0);
  const failed = counted.filter(({ success }) => !success).length;
  console.log(
    `${group.name}: ${counted.length} files, ${sum("assertions")} assertions, ` +
      `${sum("cpuSeconds").toFixed(0)} CPU s${failed > 0 ? `, ${failed} files FAILED` : ""}`,
  );
}

if (import.meta.main) {
  const names = Deno.args.filter((arg) => !arg.startsWith("--"));
  await Deno.mkdir(join(PROJECT_ROOT, "tests/tmp"), { recursive: true });
  writeTestImports();
  const printsFiles = Deno.args.includes("--files");
  for (const group of TEST_GROUPS) {
    const all = groupFiles(group, PROJECT_ROOT);
    const files = names.length === 0 || names.includes(group.name)
      ? all
      : all.filter((file) => names.includes(file));
    if (files.length > 0) await countGroup(group, files, printsFiles);
  }
}
