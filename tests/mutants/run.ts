/**
 * Takes checks out of the code, one at a time, and sees whether a test notices. By hand and before a release:
 *
 *     deno run -A tests/mutants/run.ts [--sample] [COUNT] [SEED] [WORD…]
 *
 * COUNT checks (200) are drawn by SEED from those of the folders below whose path contains a WORD. All of them are put into
 * one copy of the project behind switches (`find.ts`), so that nothing is compiled twice. A first run of the unit tests notes
 * which file comes by which check, and then each check is switched off for these alone; what they do not miss is tried with
 * the scenarios in the same way. A check that nobody misses has survived: it is printed with what `explained.ts` says of it,
 * and without that the program ends with 1. One that is explained is tried with the unit tests only. What was found is kept in tests/tmp, so that a run can be ended and goes on.
 *
 * `--sample` takes no notes, which costs a run of all tests: each check is tried with the tests that reach its source by the
 * fewest imports. It leaves out checks for `undefined`, and its draw depends on each check alone, so a change elsewhere draws the
 * same ones.
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { seeded } from "../kit/seeded.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { Importers, nearness } from "../../tools/nearest_tests.ts";
import { MEASURED_MODULES } from "../../tools/test_groups.ts";
import { LIGHT_IMPORTS, lightImports } from "../../tools/test_imports.ts";
import { explanationOf } from "./explained.ts";
import { findMutants, type Mutant, withSwitches } from "./find.ts";
import { Progress } from "./progress.ts";

/** Where a check that is missing lets somebody in or loses something. */
const SOURCES: readonly RegExp[] = [
  /^lib\/crypto\//,
  /^lib\/relay\//,
  /^lib\/client\/(link|account|store|groups|sending|contacts|receiving|direct|transfers)\//,
  /^lib\/client\/(rooms|recovery|devices|sync|streams)\//,
  /^lib\/server\/(auth|rooms|moderation)\//,
  /^lib\/storage\/(safe_path|part_file|private_files|source_file|archive|tar)\.ts$/,
  /^lib\/protocol\/(packet|schema|scopes|permissions)\.ts$/,
];

/** Tests in memory: they need no program, no ffmpeg and no terminal, so they can run some hundred times. Quick ones first. */
const TIERS: readonly RegExp[] = [
  /^tests\/(unit\/(crypto|client|server|storage|protocol|relay)|properties|vectors)\/.*_test\.ts$/,
  /^tests\/scenarios\/(client|hostile|p2p)\/.*_test\.ts$/,
];

/** So many of the test files that come by a check are tried, the nearest and quickest first. */
const MAX_FILES = 40;
/** So many at once in one run of `deno test`: most checks are missed by the first. */
const FILES_AT_ONCE = 8;
/** So many in one run that takes notes: one that breaks takes the notes of these with it. */
const FILES_NOTED_AT_ONCE = 40;
/** Runs side by side. */
const WORKERS = 2;
/** A check whose lack makes a test wait for ever is missed. */
const HANG_MS = 600_000;

interface Placed extends Mutant {
  readonly id: number;
  readonly file: string;
}

interface Hits {
  readonly file: string;
  readonly hits: readonly number[];
  readonly ms: number;
}

async function projectFiles(): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await new Deno.Command("git", { args, cwd: PROJECT_ROOT }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((path) => path !== "");
}

/** A copy of the project with all checks of these files in switches. */
async function copyWithSwitches(folder: string, words: readonly string[]): Promise<Placed[]> {
  const placed: Placed[] = [];
  for (const file of await projectFiles()) {
    const to = join(folder, file);
    await Deno.mkdir(join(to, ".."), { recursive: true });
    const isSource = SOURCES.some((pattern) => pattern.test(file)) &&
      (words.length === 0 || words.some((word) => file.includes(word)));
    if (!isSource) {
      await Deno.copyFile(join(PROJECT_ROOT, file), to).catch(() => {});
      continue;
    }
    const source = await Deno.readTextFile(join(PROJECT_ROOT, file));
    const mutants = findMutants(source).map((mutant, i) => ({
      ...mutant,
      id: placed.length + i,
      file,
    }));
    placed.push(...mutants);
    await Deno.writeTextFile(to, withSwitches(source, mutants));
  }
  await Deno.symlink(join(PROJECT_ROOT, "node_modules"), join(folder, "node_modules"));
  const { imports } = JSON.parse(await Deno.readTextFile(join(PROJECT_ROOT, "deno.json")));
  await Deno.writeTextFile(join(folder, LIGHT_IMPORTS), JSON.stringify(lightImports(imports)));
  return placed;
}

/** Those whose passwords are stretched as in earnest, as in their group of the gate: stretching is what some of them judge. */
function isEarnest(file: string): boolean {
  return MEASURED_MODULES.some((module) => file.startsWith(`tests/unit/${module}/`)) ||
    /^tests\/(properties|vectors)\//.test(file);
}

/** Files that can run together, at most so many. */
function batches(files: readonly string[], most: number): string[][] {
  const found: string[][] = [];
  for (const file of files) {
    const last = found.find((batch) =>
      batch.length < most && isEarnest(batch[0]) === isEarnest(file)
    );
    if (last === undefined) found.push([file]);
    else last.push(file);
  }
  return found;
}

/** Runs tests of one kind in the copy. True when all passed. Ended after `hangMs`. */
async function test(
  folder: string,
  files: readonly string[],
  env: Readonly<Record<string, string>>,
  { option, hangMs }: { readonly option: string; readonly hangMs: number },
): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--quiet", "--no-check", "--no-lock", "-A", "--unstable-net"],
      ...(isEarnest(files[0]) ? [] : [`--import-map=${LIGHT_IMPORTS}`]),
      "--preload=tests/mutants/recorder.ts",
      option,
      ...files,
    ],
    cwd: folder,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), hangMs);
  const { success } = await child.status;
  clearTimeout(timer);
  return success;
}

/** Which test files come by which check: the nearest to its source first, then the quickest. */
async function record(folder: string, tier: RegExp): Promise<Map<number, string[]>> {
  const files = (await projectFiles()).filter((file) => tier.test(file));
  const hitsFolder = await Deno.makeTempDir({ dir: folder, prefix: "hits-" });
  const env = { HELIOGRAPH_MUTANT_HITS: hitsFolder };
  const failing = new Set<string>();
  for (const some of batches(files, FILES_NOTED_AT_ONCE)) {
    const options = { option: "--parallel", hangMs: 5 * HANG_MS };
    if (await test(folder, some, env, options)) continue;
    // A test that fails by itself would seem to miss everything.
    for (const file of some) {
      if (!await test(folder, [file], {}, options)) failing.add(file);
    }
  }
  if (failing.size > 0) console.log(`left out, for they fail by themselves: ${[...failing]}`);
  const notes: Hits[] = [];
  for (const { name } of Deno.readDirSync(hitsFolder)) {
    notes.push(JSON.parse(await Deno.readTextFile(join(hitsFolder, name))));
  }
  notes.sort((one, other) => one.ms - other.ms);
  const byId = new Map<number, string[]>();
  for (const { file, hits } of notes) {
    const path = file.slice(file.indexOf("/tests/") + 1);
    if (failing.has(path)) continue;
    for (const id of hits) byId.set(id, [...byId.get(id) ?? [], path]);
  }
  return byId;
}

/** `files` in the order in which they are tried. */
async function survives(
  folder: string,
  mutant: Placed,
  files: readonly string[],
): Promise<boolean> {
  for (const some of batches(files.slice(0, MAX_FILES), FILES_AT_ONCE)) {
    const env = { HELIOGRAPH_MUTANT: `${mutant.id}` };
    if (!await test(folder, some, env, { option: "--fail-fast", hangMs: HANG_MS })) return false;
  }
  return true;
}

function describe({ file, line, from, to, becomes }: Placed): string {
  const code = Deno.readTextFileSync(join(PROJECT_ROOT, file)).slice(from, to);
  return `${file}:${line}  ${code.replace(/\s+/g, " ")} -> ${becomes}`;
}

async function main(): Promise<number> {
  const isSample = Deno.args[0] === "--sample";
  const [count = "200", seed = "1", ...words] = isSample ? Deno.args.slice(1) : Deno.args;
  const folder = await Deno.makeTempDir({ prefix: "mutants-" });
  try {
    const placed = await copyWithSwitches(folder, words);
    if (isSample) return await sample(folder, placed, { count: Number(count), seed });
    console.log(`${placed.length} checks found; the tests run once with all of them`);
    const random = seeded(Number(seed));
    const drawn = placed.map((mutant) => ({ mutant, at: random(2 ** 30) }))
      .sort((one, other) => one.at - other.at).slice(0, Number(count))
      .map(({ mutant }) => mutant);
    let survivors = drawn;
    const reached = new Set<number>();
    const progress = await Progress.open(JSON.stringify(placed), await allTests());
    for (const [at, tier] of TIERS.entries()) {
      const filesOf = await progress.hits(at, () => record(folder, tier));
      for (const id of filesOf.keys()) reached.add(id);
      const verdict = async (mutant: Placed) => {
        const known = progress.survivedOf(mutant.id, at);
        if (known !== undefined) return known;
        if (at > 0 && explanationOf(describe(mutant)) !== undefined) return true;
        const near = [...filesOf.get(mutant.id) ?? []].sort((one, other) =>
          nearness(other, mutant.file) - nearness(one, mutant.file)
        );
        const survived = await survives(folder, mutant, near);
        await progress.tried(mutant.id, at, survived);
        console.log(`${survived ? "survived" : "missed"}: ${describe(mutant)}`);
        return survived;
      };
      survivors = await tryAll(survivors, verdict);
      console.log(`${survivors.length} of ${drawn.length} survived ${tier.source}`);
    }
    return report(drawn.length, survivors, reached);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * What is explained, and most of what asks whether something is there, is noticed late or by nobody: a sample would be tried with
 * everything for the sake of these.
 */
function isQuicklyMissed(mutant: Placed): boolean {
  const check = describe(mutant);
  return explanationOf(check) === undefined && !check.includes("=== undefined");
}

async function sample(
  folder: string,
  placed: readonly Placed[],
  { count, seed }: { readonly count: number; readonly seed: string },
): Promise<number> {
  const rank = (mutant: Placed) => {
    const check = describe(mutant).replace(/:\d+ /, "");
    return createHash("sha256").update(`${seed} ${check}`).digest("hex");
  };
  const drawn = placed.filter(isQuicklyMissed)
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .sort((one, other) => one.rank < other.rank ? -1 : 1).slice(0, count)
    .map(({ mutant }) => mutant);
  let survivors = drawn;
  const files = await projectFiles();
  const importers = new Importers(files.filter((file) => /^(lib|tests)\//.test(file)));
  for (const tier of TIERS) {
    const tests = files.filter((file) => tier.test(file));
    survivors = await tryAll(survivors, async (mutant) => {
      const survived = await survives(folder, mutant, importers.testsOf(mutant.file, tests));
      console.log(`${survived ? "survived" : "missed"}: ${describe(mutant)}`);
      return survived;
    });
  }
  return report(drawn.length, survivors, new Set(drawn.map(({ id }) => id)));
}

/** Everything that the tests of all tiers consist of. */
async function allTests(): Promise<string> {
  const files = (await projectFiles()).filter((file) => /^tests\/(?!mutants\/).*\.ts$/.test(file));
  const texts = files.map((file) => Deno.readTextFile(join(PROJECT_ROOT, file)));
  return (await Promise.all(texts)).join("\0");
}

/** Tries these side by side, and returns those that survived. */
async function tryAll(
  mutants: readonly Placed[],
  survives: (mutant: Placed) => Promise<boolean>,
): Promise<Placed[]> {
  const survivors: Placed[] = [];
  const work = mutants.values();
  const worker = async () => {
    for (const mutant of work) {
      if (await survives(mutant)) survivors.push(mutant);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return survivors;
}

function report(
  tried: number,
  survivors: readonly Placed[],
  reached: ReadonlySet<number>,
): number {
  let unexplained = 0;
  for (const mutant of survivors) {
    const code = describe(mutant);
    const why = explanationOf(code);
    if (why === undefined) unexplained++;
    const unseen = reached.has(mutant.id) ? "" : " (no test comes by)";
    console.log(`survived${unseen}: ${code}\n  ${why ?? "NOT EXPLAINED"}`);
  }
  const explained = survivors.length - unexplained;
  console.log(
    `${tried} mutants: ${
      tried - survivors.length
    } killed, ${explained} explained, ${unexplained} not`,
  );
  return unexplained === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
