/** Runs groups of tests, one after the other, and judges what ran, what was skipped and what was left behind. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { PREPARED_NAME, preparedName } from "../tests/kit/prepared.ts";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { judgeCoverage } from "./coverage.ts";
import { check, describeFailure, type Outcome, report, started } from "./gate_report.ts";
import { type Failure, readJunit } from "./junit.ts";
import { oldestDeno, run } from "./process.ts";
import { hasNeed, hasSystem, judgeSkips, missingNeeds, readSkips } from "./skips.ts";
import { removeBundles, writeBundles } from "./test_bundles.ts";
import { groupFiles, groupPermissions, type TestGroup } from "./test_groups.ts";
import { LIGHT_IMPORTS, OLDEST_CONFIG } from "./test_imports.ts";

const TMP = join(PROJECT_ROOT, "tests/tmp");
const COVERAGE = join(TMP, "coverage");
const COUNT_FILE = join(PROJECT_ROOT, "tests/count");
const SKIPS_FILE = join(PROJECT_ROOT, "tests/skips");
const SKIPS_ELSEWHERE_FILE = join(PROJECT_ROOT, "tests/skips_elsewhere");

/**
 * Files of a parallel group at once: one for each core, and one that works while another waits. With more of them nothing is done
 * sooner, and each waits longer for what it started (decision 0074).
 */
const AT_ONCE = navigator.hardwareConcurrency + 1;

/** Groups to run, and how. */
export interface Run {
  readonly groups: readonly TestGroup[];
  /** By the oldest supported Deno. */
  readonly isOldest?: boolean;
  /** Folder of the compiled programs that journeys start. Left out: the source. */
  readonly programs?: string;
  /** Whether coverage is measured and judged: only when all groups that are measured are there. */
  readonly isMeasured?: boolean;
  readonly writesCount?: boolean;
}

/** Paths of the test files of `tests/skips`. */
export function skippableFiles(): string[] {
  return readSkips(Deno.readTextFileSync(SKIPS_FILE)).map(({ test }) => test.split(": ")[0]);
}

/** Runs the groups. What each came to, and what is wrong with all of them. */
export async function runGroups(wanted: Run): Promise<Outcome[]> {
  const { groups, writesCount = false } = wanted;
  if (existsSync(COVERAGE)) await Deno.remove(COVERAGE, { recursive: true });
  const ran = new Map<string, GroupOutcome>();
  const whole = new Map<string, GroupOutcome>();
  for (const group of groups) {
    const outcome = await runGroup(group, wanted);
    ran.set(group.name, outcome);
    if (!group.isPart) whole.set(group.name, outcome);
  }
  const outcomes: Outcome[] = [...ran.values()];
  const folders = groups.filter((group) => measures(group, wanted)).map(({ name }) => name);
  if (folders.length > 0) {
    const paths = folders.map((name) => join(COVERAGE, name));
    outcomes.push(await check("coverage", () => judgeCoverage(PROJECT_ROOT, paths)));
  }
  if (writesCount) writeCount(whole);
  outcomes.push(await check("count", () => judgeCount(whole)));
  outcomes.push(await check("skips", () => judgeSkipped(ran)));
  return outcomes;
}

function measures(group: TestGroup, { isMeasured = false }: Run): boolean {
  return isMeasured && group.isMeasured === true && groupFiles(group, PROJECT_ROOT).length > 0;
}

/** The command that runs one group and writes its report to `junit`. */
function testCommand(group: TestGroup, wanted: Run, junit: string): string[] {
  const all = groupFiles(group, PROJECT_ROOT);
  const bundled = { atOnce: AT_ONCE, root: PROJECT_ROOT };
  const isAlone = (file: string) => group.alone?.includes(file.slice(group.folder.length + 1));
  const [alone, others] = [all.filter(isAlone), all.filter((file) => !isAlone(file))];
  const files = group.isBundled ? [...alone, ...writeBundles(group.name, others, bundled)] : all;
  const deno = wanted.isOldest
    ? [...oldestDeno(), "test", "--no-lock", "--config", OLDEST_CONFIG]
    : [Deno.execPath(), "test"];
  // Types are a step of their own, and the oldest Deno has an older TypeScript.
  const options = ["--quiet", "--no-check", "--unstable-net", `--junit-path=${junit}`];
  if (group.isParallel) options.push("--parallel");
  if (group.isLight) options.push(`--import-map=${LIGHT_IMPORTS}`);
  // Each run empties its folder first, so each group has its own.
  if (measures(group, wanted)) options.push(`--coverage=${join(COVERAGE, group.name)}`);
  return [...deno, ...options, ...groupPermissions(group), ...files];
}

/** What programs that tests start find in their environment. */
function environment({ programs, isOldest = false }: Run): Record<string, string> {
  const name = preparedName();
  return {
    DENO_JOBS: `${AT_ONCE}`,
    // Deno does not ask its maker for news: on a busy machine that is before a program has emptied Deno's store of roots, and
    // it would be two processes then (decision 0051).
    DENO_NO_UPDATE_CHECK: "1",
    // What one Deno has made is not what the other one makes.
    [PREPARED_NAME]: isOldest ? `${name}-oldest` : name,
    ...(programs === undefined ? {} : { HELIOGRAPH_BIN: programs }),
  };
}

/** Files that failed outside of a test, at their top level or late: the report does not tell of them. */
function brokenFiles(output: string): Failure[] {
  const found = output.matchAll(/^(?:\.\/)?(\S+) \(uncaught error\)/gm);
  return [...new Set([...found].map(([, file]) => `${file}: uncaught error`))].map(unexplained);
}

/** The test files in which tests failed. */
function filesOf(failed: readonly Failure[]): ReadonlySet<string> {
  return new Set(
    failed.map(({ name }) => name.match(/^(\S+_test\.ts): /)?.[1] ?? "").filter(Boolean),
  );
}

/** Runs one file as it ran here; `.ci/run` reads it. */
function againCommand({ isOldest = false, programs }: Run, file: string): string {
  const option = isOldest ? "--oldest " : programs === undefined ? "" : "--compiled ";
  return `deno task test ${option}${file}`;
}

function unexplained(name: string): Failure {
  return { name, reason: "" };
}

/** What the tests of a group came to. */
interface GroupOutcome extends Outcome {
  /** How many ran, whatever came out. */
  readonly ran: number;
  /** Those that did not, by name. */
  readonly skipped: readonly string[];
}

/** Runs one group of tests. */
async function runGroup(group: TestGroup, wanted: Run): Promise<GroupOutcome> {
  const files = groupFiles(group, PROJECT_ROOT);
  if (files.length === 0) return { passed: 0, failed: 0, ran: 0, skipped: [] };
  const since = started();
  const junit = join(TMP, `junit-${group.name}.xml`);
  if (existsSync(junit)) await Deno.remove(junit);
  const ended = await run(testCommand(group, wanted, junit), {
    cwd: PROJECT_ROOT,
    env: environment(wanted),
  });
  removeBundles(PROJECT_ROOT);
  const tests = readJunit(existsSync(junit) ? await Deno.readTextFile(junit) : "");

  const failed = [...tests.failed, ...brokenFiles(ended.output)];
  if (!ended.success && failed.length === 0) {
    failed.push(unexplained(`${group.folder}: deno test failed`));
  }
  for (const { command } of ended.leftovers) failed.push(unexplained(`left behind: ${command}`));
  const skipped = tests.skipped.length > 0 ? `, ${tests.skipped.length} skipped` : "";
  const text = `${tests.passed} passed, ${failed.length} failed${skipped}`;
  report(group.name, text, since);
  for (const name of tests.skipped) console.log(`  skipped: ${name}`);
  if (failed.length > 0) {
    console.log(`\n${ended.output.trim()}\n`);
    for (const failure of failed) console.log(describeFailure(failure));
    for (const file of filesOf(failed)) console.log(`    again: ${againCommand(wanted, file)}`);
  }
  return {
    passed: tests.passed,
    failed: failed.length,
    ran: tests.passed + tests.failed.length,
    skipped: tests.skipped,
  };
}

/** `tests/count`: a line `group number` each, the least number of tests that must be there. Skipped ones are judged apart. */
function judgeCount(groups: ReadonlyMap<string, GroupOutcome>): Promise<string> {
  const problems: string[] = [];
  for (const [name, least] of readCount()) {
    const group = groups.get(name);
    if (group === undefined) continue;
    const { ran, skipped: { length: skipped } } = group;
    if (ran + skipped < least) {
      problems.push(`${name}: ${ran} ran, ${skipped} skipped; tests/count says at least ${least}`);
    }
  }
  return Promise.resolve(problems.join("\n"));
}

/** Whether the tests that were skipped may be. */
function judgeSkipped(groups: ReadonlyMap<string, GroupOutcome>): Promise<string> {
  const skipped = [...groups.values()].flatMap((group) => group.skipped);
  // The later line of a test counts: on Linux, what it needs there.
  const files = [SKIPS_ELSEWHERE_FILE, SKIPS_FILE];
  const kept = files.flatMap((file) => readSkips(Deno.readTextFileSync(file)));
  if (skipped.length > 0) console.log(`not on this machine: ${missingNeeds().join(", ")}`);
  const has = Deno.build.os === "linux" ? hasNeed : hasSystem;
  return Promise.resolve(judgeSkips(skipped, { kept, has }));
}

function readCount(): Map<string, number> {
  if (!existsSync(COUNT_FILE)) return new Map();
  const lines = Deno.readTextFileSync(COUNT_FILE).split("\n").map((line) => line.split(" "));
  return new Map(lines.filter(([name]) => name).map(([name, number]) => [name, Number(number)]));
}

/** Writes how many tests these groups have; the lines of others stay. */
function writeCount(groups: ReadonlyMap<string, GroupOutcome>): void {
  const counts = readCount();
  for (const [name, { ran, skipped }] of groups) counts.set(name, ran + skipped.length);
  Deno.writeTextFileSync(COUNT_FILE, [...counts].map((line) => `${line.join(" ")}\n`).join(""));
  console.log("wrote tests/count");
}
