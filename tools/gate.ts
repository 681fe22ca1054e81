/**
 * `deno task test`: the one program that decides whether a change is good. It ends with `N passed, N failed`, and exits with 1
 * when something failed. What is in which part stands in decision 0074.
 *
 *     deno task test                  format, lint, docs, types, and all groups of tests but those only in --all
 *     deno task test unit vectors     some groups of tests only
 *     deno task test tests/X_test.ts  some test files only
 *     deno task test --measured       the first line, with the coverage
 *     deno task test --all            that, those, all journeys on compiled programs, the oldest Deno, a sample of --long
 *     deno task test --all --beyond   only what --all has beyond --measured
 *     deno task test --long           all mutants, soak and faults: by hand, before a release; writes tests/long
 *     deno task test --compiled       compiles both programs and runs all journeys on them
 *     deno task test --oldest [GROUP] the groups on the oldest supported Deno, without checks of the source
 *                                     (this and --compiled take files too)
 *     deno task test --sample         a few mutants and faults, by a seed (SEED=1)
 *     deno task test --kept           the files with tests that a machine may skip (tests/skips), but those of --beyond
 *
 * `--write-count` raises tests/count to what ran.
 */

import { delimiter, dirname, join } from "node:path";
import { isOnPath } from "../tests/kit/on_path.ts";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { compile } from "./compile.ts";
import { check, inLanes, type Outcome } from "./gate_report.ts";
import { runLong, runSample } from "./long.ts";
import { oldestDeno, run } from "./process.ts";
import { type Run, runGroups, skippableFiles } from "./run_groups.ts";
import { setupFfmpeg } from "./setup.ts";
import { SOURCE_CHECKS } from "./source_checks.ts";
import {
  COMPILED_GROUP,
  groupFiles,
  groupsOnOldest,
  keptGroup,
  namedGroups,
  TEST_GROUPS,
  type TestGroup,
} from "./test_groups.ts";
import { OLDEST_CONFIG, writeTestImports } from "./test_imports.ts";

/** One part of the gate. */
type Part = () => Promise<Outcome[]>;

const OPTIONS = [
  ...["--all", "--beyond", "--measured", "--long"],
  ...["--compiled", "--oldest", "--sample", "--kept"],
];

/** The parts that were asked for, in the order in which they run. Undefined: there is no such thing. */
function readParts(args: readonly string[]): Part[] | undefined {
  const options = args.filter((arg) => arg.startsWith("--"));
  const names = args.filter((arg) => !arg.startsWith("--"));
  const has = (option: string) => options.includes(option);
  const writesCount = has("--write-count");
  const known = [...OPTIONS, "--write-count"];
  const isKnown = options.every((option) => known.includes(option));
  const among = has("--compiled") ? [COMPILED_GROUP] : TEST_GROUPS;
  const named = namedGroups(names, { among, root: PROJECT_ROOT });
  if (!isKnown || named === undefined || (has("--beyond") && !has("--all"))) return undefined;
  if (has("--oldest")) return [() => onOldest(named)];
  if (has("--compiled")) return [() => onCompiled(writesCount, named)];
  if (named.length > 0) return [() => runGroups({ groups: named, writesCount })];
  if (has("--kept")) {
    return [() => runGroups({ groups: [keptGroup(skippableFiles(), PROJECT_ROOT)] })];
  }
  if (has("--sample")) return [runSample];
  if (has("--long")) return [runLong];
  const isMeasured = has("--measured") || has("--all");
  const first = () => readmeCommand({ writesCount, isMeasured });
  if (!has("--all")) return [first];
  const beyond = [() => onlyInAll(writesCount), () => onOldest([]), runSample];
  return has("--beyond") ? beyond : [first, ...beyond];
}

/** What the README's command runs. To measure the coverage doubles what its groups take. */
async function readmeCommand(options: Pick<Run, "writesCount" | "isMeasured">): Promise<Outcome[]> {
  const outcomes = await inLanes(
    SOURCE_CHECKS,
    ({ name, problems }, since) => check(name, problems, since),
  );
  const groups = TEST_GROUPS.filter(({ isOnlyInAll = false }) => !isOnlyInAll);
  return [...outcomes, ...await runGroups({ groups, ...options })];
}

/**
 * The groups that are only in `--all`. Journeys run on compiled programs where there is a runtime to compile with, which is the
 * oldest one: all of them, so the others need not run from the source.
 */
async function onlyInAll(writesCount: boolean): Promise<Outcome[]> {
  const groups = TEST_GROUPS.filter(({ isOnlyInAll = false }) => isOnlyInAll);
  if (!Deno.env.get("DENORT_BIN")) {
    console.log("compiled: skipped, there is no runtime to compile with (DENORT_BIN is not set)");
    return await runGroups({ groups, writesCount });
  }
  const { folder } = COMPILED_GROUP;
  const others = groups.filter((group) => group.folder !== folder);
  return [...await runGroups({ groups: others, writesCount }), ...await onCompiled(writesCount)];
}

async function onCompiled(
  writesCount: boolean,
  named: readonly TestGroup[] = [],
): Promise<Outcome[]> {
  const programs = join(PROJECT_ROOT, "dist");
  const compiled = await check("compile", async () => {
    try {
      await compile({ root: PROJECT_ROOT, outputFolder: programs });
      return "";
    } catch (error) {
      return String(error);
    }
  });
  if (compiled.failed > 0) return [compiled];
  const groups = named.length > 0 ? named : [COMPILED_GROUP];
  return [compiled, ...await runGroups({ groups, programs, writesCount })];
}

/** Without names, what differs on the oldest Deno. */
async function onOldest(named: readonly TestGroup[]): Promise<Outcome[]> {
  const groups = named.length > 0 ? named : groupsOnOldest();
  const files = groups.flatMap((group) => groupFiles(group, PROJECT_ROOT));
  const got = await check("oldest", async () => {
    const cache = ["cache", "--quiet", "--no-lock", "--config", OLDEST_CONFIG];
    const command = [...oldestDeno(), ...cache, ...files];
    const { success, output } = await run(command, { cwd: PROJECT_ROOT });
    return success ? "" : output || "it ended without a word";
  });
  return [got, ...await runGroups({ groups, isOldest: true })];
}

async function setUp(): Promise<Outcome> {
  await Deno.mkdir(join(PROJECT_ROOT, "tests/tmp"), { recursive: true });
  writeTestImports();
  return await check("ffmpeg", async () => {
    const result = await setupFfmpeg(PROJECT_ROOT);
    if (!result.ok) return `Cannot set up ffmpeg: ${result.reason}`;
    // Wherever it was found, tests find it on PATH.
    if (!isOnPath("ffmpeg")) {
      Deno.env.set("PATH", `${Deno.env.get("PATH") ?? ""}${delimiter}${dirname(result.path)}`);
    }
    return "";
  });
}

if (import.meta.main) {
  const parts = readParts(Deno.args);
  if (parts === undefined) {
    console.error(`Unknown option or group of tests: ${Deno.args.join(" ")}`);
    Deno.exit(2);
  }
  const outcomes = [await setUp()];
  for (const part of parts) outcomes.push(...await part());
  const sum = (key: keyof Outcome) => outcomes.reduce((total, each) => total + each[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  Deno.exit(sum("failed") === 0 ? 0 : 1);
}
