/**
 * What takes hours: every mutant, every soak, the property tests with many runs, the crash and exchange soaks with many faults, and
 * the packages on systems of their own. By hand before a release; `tests/long` has the last result of each, with its date and
 * commit. `ONLY=packages` runs one of them, and leaves the lines of the others. `--all` runs a sample of it.
 */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { presentCommit } from "./commit.ts";
import { check, inLanes, type Outcome, started } from "./gate_report.ts";
import { run } from "./process.ts";

const LONG_FILE = join(PROJECT_ROOT, "tests/long");

/** No file of a group: it installs packages, and takes minutes. */
const PACKAGES = "tests/packages/packages_trial.ts";

/** One thing that takes long: a program and how far it goes. */
interface LongRun {
  readonly name: string;
  /** After `deno`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What one of them came to. */
export interface LongResult {
  readonly name: string;
  readonly isGood: boolean;
  readonly minutes: number;
  /** The last line that it printed. */
  readonly said: string;
}

/** Another seed is another sample: that of a release is its date, say. */
function seed(): string {
  return Deno.env.get("SEED") ?? "1";
}

const PROGRAM = ["run", "--quiet", "--no-check", "-A", "--unstable-net"];

function soak(name: string, env: Readonly<Record<string, string>>): LongRun {
  return {
    name: `${name} soak`,
    args: [...PROGRAM, `tests/soak/${name}_soak.ts`],
    env: { SOAK_SEED: seed(), ...env },
  };
}

/** A few checks: it has two workers of its own. */
function sampleMutants(): LongRun {
  return { name: "mutants", args: [...PROGRAM, "tests/mutants/run.ts", "--sample", "4", seed()] };
}

/** A few faults of each kind, in lanes: nodes mostly wait, and for as long as the machine needs. */
function sampleSoaks(): LongRun[][] {
  return [
    [
      soak("nodes", {
        ...{ SOAK_FAULTS: "11", SOAK_PEOPLE: "8", SOAK_TEXTS: "30" },
        ...{ SOAK_HOLD_MS: "2000", SOAK_PAUSE_MS: "3000" },
      }),
    ],
    [
      soak("crash", { SOAK_KILLS: "4" }),
      soak("exchange", { SOAK_STEPS: "120" }),
      soak("rooms", { SOAK_STEPS: "40", SOAK_PEOPLE: "8" }),
      soak("fuzz", { SOAK_INPUTS: "20000", SOAK_PACKETS: "5000", SOAK_LINES: "5000" }),
    ],
  ];
}

/** All of it. What the soaks do by themselves stands in their first lines. */
function longRuns(): LongRun[] {
  return [
    { name: "mutants", args: [...PROGRAM, "tests/mutants/run.ts", "1000000", seed()] },
    soak("crash", { SOAK_KILLS: "1000" }),
    soak("exchange", { SOAK_STEPS: "20000" }),
    soak("rooms", { SOAK_STEPS: "2000" }),
    soak("nodes", {}),
    soak("fuzz", {}),
    soak("neighbours", {}),
    {
      name: "properties",
      args: ["test", "--quiet", "--no-check", "-A", "--unstable-net", "tests/properties"],
      env: { SLOW: "1" },
    },
    {
      name: "packages",
      args: ["test", "--quiet", "--no-check", "-A", "--unstable-net", PACKAGES],
    },
  ];
}

async function runOne(
  { name, args, env = {} }: LongRun,
  since = started(),
): Promise<LongResult & Outcome> {
  const startedMs = performance.now();
  let said = "";
  const outcome = await check(name, async () => {
    const { success, output } = await run([Deno.execPath(), ...args], { cwd: PROJECT_ROOT, env });
    said = output.trim().split("\n").at(-1) ?? "";
    return success ? "" : output || "it ended without a word";
  }, since);
  const minutes = Math.round((performance.now() - startedMs) / 60_000);
  return { ...outcome, name, isGood: outcome.failed === 0, minutes, said };
}

/** A few mutants and faults, by a seed that is printed. */
export async function runSample(): Promise<Outcome[]> {
  console.log(`sample         seed ${seed()} (SEED=N for another)`);
  return [await runOne(sampleMutants()), ...await inLanes(sampleSoaks(), runOne)];
}

/** All of it, and writes down what came out. */
export async function runLong(): Promise<Outcome[]> {
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    commit: await presentCommit(PROJECT_ROOT) ?? "unknown",
    deno: Deno.version.deno,
    seed: seed(),
  };
  const only = Deno.env.get("ONLY");
  const runs = longRuns().filter(({ name }) => only === undefined || name === only);
  if (runs.length === 0) throw new Error(`ONLY names none of: ${longNames().join(", ")}`);
  const results: (LongResult & Outcome)[] = [];
  for (const each of runs) {
    const result = await runOne(each);
    results.push(result);
    // After each: hours may be lost otherwise.
    const before = await Deno.readTextFile(LONG_FILE).catch(() => "");
    await Deno.writeTextFile(LONG_FILE, withResult(before, describeLong(facts, result)));
  }
  console.log("wrote tests/long: commit it");
  return results;
}

/** What a result is of. */
export interface LongFacts {
  readonly date: string;
  readonly commit: string;
  readonly deno: string;
  readonly seed: string;
}

/** A line of `tests/long`: `ok` or `FAILED`, minutes, name, what it was of, and the last words. */
export function describeLong(facts: LongFacts, result: LongResult): string {
  const { name, isGood, minutes, said } = result;
  const of = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`).join(", ");
  return `${isGood ? "ok" : "FAILED"} ${minutes} min ${name} (${of}): ${said}`;
}

/** The text with this line in place of the one of the same run. */
export function withResult(text: string, line: string): string {
  const nameOf = (one: string) => /^(?:ok|FAILED) \d+ min ([^(]+) \(/.exec(one)?.[1];
  const others = text.split("\n").filter((one) =>
    nameOf(one) !== undefined && nameOf(one) !== nameOf(line)
  );
  const order = (one: string) => longNames().indexOf(nameOf(one) ?? "");
  const lines = [...others, line].sort((one, other) => order(one) - order(other));
  return [
    "# The last run of each part of `deno task test --long`, written by it.",
    ...lines,
    "",
  ].join("\n");
}

function longNames(): string[] {
  return longRuns().map(({ name }) => name);
}
