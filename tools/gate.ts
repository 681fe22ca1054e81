/**
 * `deno task test`: the one program that decides whether a change is good. Format, lint with the house rules, doc
 * lint, types, generated files, Markdown, then the tests in their groups; it counts, names every skip, and ends with `N passed, N failed`.
 *
 *     deno task test                  everything
 *     deno task test unit vectors     some groups of tests only
 *     deno task test --oldest         the groups on the oldest supported Deno, without checks of the source
 *     deno task test --compiled       compiles both programs and runs journeys on them
 *     deno task test --write-count    everything, then raises tests/count to what ran
 */

import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/floors.ts";
import { compile } from "./compile.ts";
import { judgeCoverage } from "./coverage.ts";
import { readJunit } from "./junit.ts";
import { oldestDeno, run } from "./process.ts";
import { setupFfmpeg } from "./setup.ts";
import { SOURCE_CHECKS } from "./source_checks.ts";
import { COMPILED_GROUP, TEST_GROUPS, type TestGroup } from "./test_groups.ts";
import { groupFiles, groupPermissions } from "./test_groups.ts";
import { LIGHT_IMPORTS, OLDEST_CONFIG, writeTestImports } from "./test_imports.ts";

/**
 * A group that takes longer hangs, on a busy machine and beside another group too; Deno then has named the test that was
 * running.
 */
const GROUP_LIMIT_MS = 1_800_000;

const TMP = join(PROJECT_ROOT, "tests/tmp");
const COVERAGE = join(TMP, "coverage");
const COUNT_FILE = join(PROJECT_ROOT, "tests/count");

/** What one step of the gate found. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** What the person asked for. */
interface Request {
  readonly groups: readonly TestGroup[];
  readonly isWhole: boolean;
  readonly isOldest: boolean;
  readonly isCompiled: boolean;
  readonly writesCount: boolean;
}

function readRequest(args: readonly string[]): Request {
  const isOldest = args.includes("--oldest");
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = names.filter((name) => !TEST_GROUPS.some((group) => group.name === name));
  if (unknown.length > 0) {
    console.error(`Unknown test group: ${unknown.join(", ")}`);
    Deno.exit(2);
  }
  const isCompiled = args.includes("--compiled");
  const groups = isCompiled ? [COMPILED_GROUP] : TEST_GROUPS
    .filter((group) => names.length === 0 || names.includes(group.name))
    .filter((group) => !isOldest || group.runsOnOldest || names.includes(group.name));
  const isWhole = names.length === 0 && !isOldest && !isCompiled;
  const writesCount = isWhole && args.includes("--write-count");
  return { groups, isWhole, isOldest, isCompiled, writesCount };
}

/** One check of the source. `problems` returns what is wrong, "" when nothing is. */
async function check(name: string, problems: () => Promise<string>): Promise<Outcome> {
  const startedMs = performance.now();
  const found = (await problems()).trim();
  report(name, found === "" ? "ok" : "FAILED", performance.now() - startedMs);
  if (found !== "") console.log(`\n${found}\n`);
  return found === "" ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function report(name: string, text: string, durationMs: number): void {
  console.log(`${name.padEnd(12)} ${text.padEnd(40)} ${(durationMs / 1000).toFixed(1)} s`);
}

async function checkSource(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, problems } of SOURCE_CHECKS) outcomes.push(await check(name, problems));
  return outcomes;
}

function measures(group: TestGroup, request: Request): boolean {
  return group.isMeasured === true && request.isWhole && groupFiles(group, PROJECT_ROOT).length > 0;
}

/** The command that runs one group and writes its report to `junit`. */
function testCommand(group: TestGroup, request: Request, junit: string): string[] {
  const files = groupFiles(group, PROJECT_ROOT);
  const deno = request.isOldest
    ? [...oldestDeno(), "test", "--no-lock", "--config", OLDEST_CONFIG]
    : [Deno.execPath(), "test"];
  // Types are a step of their own, and the oldest Deno has an older TypeScript.
  const options = ["--quiet", "--no-check", "--unstable-net", `--junit-path=${junit}`];
  if (group.isParallel) options.push("--parallel");
  if (group.isLight) options.push(`--import-map=${LIGHT_IMPORTS}`);
  // Each run empties its folder first, so each group has its own.
  if (measures(group, request)) options.push(`--coverage=${join(COVERAGE, group.name)}`);
  return [...deno, ...options, ...groupPermissions(group, PROJECT_ROOT), ...files];
}

/** Files that failed outside of a test, at their top level or late: the report does not tell of them. */
function brokenFiles(output: string): string[] {
  const found = output.matchAll(/^(?:\.\/)?(\S+) \(uncaught error\)/gm);
  return [...new Set([...found].map(([, file]) => `${file}: uncaught error`))];
}

/** Runs one group of tests. `ran` is how many tests ran, whatever came out. */
async function runGroup(group: TestGroup, request: Request): Promise<Outcome & { ran: number }> {
  const files = groupFiles(group, PROJECT_ROOT);
  if (files.length === 0) return { passed: 0, failed: 0, ran: 0 };
  const junit = join(TMP, `junit-${group.name}.xml`);
  if (existsSync(junit)) await Deno.remove(junit);
  const options = { cwd: PROJECT_ROOT, limitMs: GROUP_LIMIT_MS };
  const ended = await run(testCommand(group, request, junit), options);
  const tests = readJunit(existsSync(junit) ? await Deno.readTextFile(junit) : "");

  const failed = [...tests.failed, ...brokenFiles(ended.output)];
  if (!ended.success && failed.length === 0) failed.push(`${group.folder}: deno test failed`);
  for (const { command } of ended.leftovers) failed.push(`left behind: ${command}`);
  const skipped = tests.skipped.length > 0 ? `, ${tests.skipped.length} skipped` : "";
  const text = `${tests.passed} passed, ${failed.length} failed${skipped}`;
  report(group.name, text, ended.durationMs);
  for (const name of tests.skipped) console.log(`  skipped: ${name}`);
  if (failed.length > 0) {
    console.log(`\n${ended.output.trim()}\n`);
    for (const name of failed) console.log(`  FAILED: ${name}`);
  }
  return {
    passed: tests.passed,
    failed: failed.length,
    // Some tests need Linux. Elsewhere a skip counts as a run; each is named above.
    ran: tests.passed + tests.failed.length +
      (Deno.build.os === "linux" ? 0 : tests.skipped.length),
  };
}

/** `tests/count`: a line `group number` each, the least number of tests that must run. */
function judgeCount(ran: ReadonlyMap<string, number>): Promise<string> {
  const problems: string[] = [];
  for (const [name, least] of readCount()) {
    const number = ran.get(name);
    if (number !== undefined && number < least) {
      problems.push(`${name}: ${number} tests ran, tests/count says at least ${least}`);
    }
  }
  return Promise.resolve(problems.join("\n"));
}

function readCount(): Map<string, number> {
  if (!existsSync(COUNT_FILE)) return new Map();
  const lines = Deno.readTextFileSync(COUNT_FILE).split("\n").map((line) => line.split(" "));
  return new Map(lines.filter(([name]) => name).map(([name, number]) => [name, Number(number)]));
}

function writeCount(ran: ReadonlyMap<string, number>): void {
  const lines = TEST_GROUPS.map(({ name }) => [name, ran.get(name) ?? 0] as const)
    .filter(([, number]) => number > 0).map(([name, number]) => `${name} ${number}\n`);
  Deno.writeTextFileSync(COUNT_FILE, lines.join(""));
  console.log("wrote tests/count");
}

/** The groups of one lane, one after the other. What ran is added to `ran`. */
async function runLane(
  lane: TestGroup["lane"],
  request: Request,
  ran: Map<string, number>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const group of request.groups.filter((each) => each.lane === lane)) {
    const outcome = await runGroup(group, request);
    outcomes.push(outcome);
    ran.set(group.name, outcome.ran);
  }
  return outcomes;
}

/**
 * Everything that is asked for. Processes wait for each other, and the rest waits for nothing: side by side they leave no
 * core idle.
 */
async function runAll(request: Request): Promise<Outcome[]> {
  const ran = new Map<string, number>();
  const computing = async () => [
    ...(request.isWhole ? await checkSource() : []),
    ...await runLane("computing", request, ran),
  ];
  const lanes = await Promise.all([computing(), runLane("waiting", request, ran)]);
  const outcomes = lanes.flat();
  if (request.isWhole) {
    const measured = request.groups.filter((group) => measures(group, request));
    const folders = measured.map((group) => join(COVERAGE, group.name));
    outcomes.push(await check("coverage", () => judgeCoverage(PROJECT_ROOT, folders)));
  }
  if (request.writesCount) writeCount(ran);
  outcomes.push(await check("count", () => judgeCount(ran)));
  return outcomes;
}

/** Gets the oldest Deno and its packages: both lanes start it, and two installations at once get in each other's way. */
async function getOldest(request: Request): Promise<string> {
  const files = request.groups.flatMap((group) => groupFiles(group, PROJECT_ROOT));
  const cache = ["cache", "--quiet", "--no-lock", "--config", OLDEST_CONFIG];
  const { success, output } = await run([...oldestDeno(), ...cache, ...files], {
    cwd: PROJECT_ROOT,
  });
  return success ? "" : output || "it ended without a word";
}

/** Compiles both programs and tells the journeys where they are. */
async function compilePrograms(): Promise<string> {
  const outputFolder = join(PROJECT_ROOT, "dist");
  try {
    await compile({ root: PROJECT_ROOT, outputFolder });
  } catch (error) {
    return String(error);
  }
  Deno.env.set("HELIOGRAPH_BIN", outputFolder);
  return "";
}

async function setUp(): Promise<Outcome> {
  await Deno.mkdir(TMP, { recursive: true });
  if (existsSync(COVERAGE)) await Deno.remove(COVERAGE, { recursive: true });
  return await check("ffmpeg", async () => {
    const result = await setupFfmpeg(PROJECT_ROOT);
    if (!result.ok) return `Cannot set up ffmpeg: ${result.reason}`;
    // Wherever it was found, tests find it on PATH.
    const path = Deno.env.get("PATH") ?? "";
    if (result.fetched || !path.split(delimiter).includes(dirname(result.path))) {
      Deno.env.set("PATH", `${path}${delimiter}${dirname(result.path)}`);
    }
    return "";
  });
}

if (import.meta.main) {
  const request = readRequest(Deno.args);
  const outcomes = [await setUp()];
  writeTestImports();
  if (request.isOldest) outcomes.push(await check("oldest", () => getOldest(request)));
  if (request.isCompiled) outcomes.push(await check("compile", compilePrograms));
  outcomes.push(...await runAll(request));
  const sum = (key: keyof Outcome) => outcomes.reduce((total, each) => total + each[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  Deno.exit(sum("failed") === 0 ? 0 : 1);
}
