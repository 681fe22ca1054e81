/**
 * `deno task check`: for every save, in seconds. Format, lint with the house rules, types, and the tests of what changed since this
 * branch left `main`, committed or not. It says what it left out; `deno task test` decides.
 *
 *     deno task check             since the merge base with main
 *     deno task check REVISION    since that one
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ENTRIES, PROJECT_ROOT } from "../tests/tools/layers.ts";
import { check, type Outcome } from "./gate_report.ts";
import { run } from "./process.ts";
import { nearestTests } from "./nearest_tests.ts";
import { groupFiles, groupPermissions, TEST_GROUPS, type TestGroup } from "./test_groups.ts";
import { LIGHT_IMPORTS, writeTestImports } from "./test_imports.ts";

/** Groups whose tests take seconds: bytes in memory, and the source itself. */
const QUICK_GROUPS: readonly string[] = ["house", "core", "unit", "properties", "vectors"];

/** So many test files take about five seconds on two cores. */
const MAX_TESTS = 12;

async function git(...args: string[]): Promise<string[]> {
  const { success, output } = await run(["git", ...args], { cwd: PROJECT_ROOT });
  return success ? output.split("\n").filter((line) => line !== "") : [];
}

/** Where this branch left main, as the remote has it or as it is here. */
async function mergeBase(): Promise<string> {
  for (const main of ["origin/main", "main"]) {
    const [base] = await git("merge-base", "HEAD", main);
    if (base !== undefined) return base;
  }
  return "HEAD";
}

/** Files that differ from `base`, new ones too, and are still there. */
async function changedFiles(base: string): Promise<string[]> {
  const changed = await git("diff", "--name-only", base);
  const added = await git("ls-files", "--others", "--exclude-standard");
  return [...new Set([...changed, ...added])].filter((path) => existsSync(join(PROJECT_ROOT, path)))
    .sort();
}

async function deno(...args: readonly string[]): Promise<string> {
  const { success, output } = await run([Deno.execPath(), ...args], { cwd: PROJECT_ROOT });
  return success ? "" : output || `deno ${args[0]} failed without a word`;
}

function testGroup(group: TestGroup, files: readonly string[]): Promise<string> {
  const options = ["--quiet", "--no-check", "--unstable-net", "--parallel"];
  if (group.isLight) options.push(`--import-map=${LIGHT_IMPORTS}`);
  return deno("test", ...options, ...groupPermissions(group), ...files);
}

/** The checks of these files. */
async function checkChanged(changed: readonly string[]): Promise<Outcome[]> {
  const formatted = changed.filter((path) => /\.(ts|md|json|jsonc|yml)$/.test(path));
  const typed = changed.filter((path) => path.endsWith(".ts") && !path.endsWith(".as.ts"));
  const outcomes: Outcome[] = [];
  const step = async (name: string, files: readonly string[], ...args: readonly string[]) => {
    if (files.length > 0) outcomes.push(await check(name, () => deno(...args, ...files)));
  };
  await step("format", formatted, "fmt", "--check", "--permit-no-files");
  await step("lint", typed, "lint", "--permit-no-files");
  // Who imports what changed is wrong with it: both programs reach all of the library.
  const programs = typed.some((path) => path.startsWith("lib/")) ? ENTRIES : [];
  await step("types", [...programs, ...typed], "check", "--quiet", "--unstable-net");
  const quick = TEST_GROUPS.filter(({ name }) => QUICK_GROUPS.includes(name));
  const files = quick.flatMap((group) => groupFiles(group, PROJECT_ROOT));
  const { chosen, left } = nearestTests(changed, files, MAX_TESTS);
  for (const group of quick) {
    const own = groupFiles(group, PROJECT_ROOT).filter((file) => chosen.includes(file));
    if (own.length > 0) outcomes.push(await check(group.name, () => testGroup(group, own)));
  }
  if (left > 0) console.log(`left to deno task test: ${left} more test files`);
  return outcomes;
}

if (import.meta.main) {
  await Deno.mkdir(join(PROJECT_ROOT, "tests/tmp"), { recursive: true });
  writeTestImports();
  const base = Deno.args[0] ?? await mergeBase();
  const changed = await changedFiles(base);
  console.log(`${changed.length} files changed since ${base.slice(0, 12)}`);
  const outcomes = await checkChanged(changed);
  const sum = (key: keyof Outcome) => outcomes.reduce((total, each) => total + each[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  Deno.exit(sum("failed") === 0 ? 0 : 1);
}
