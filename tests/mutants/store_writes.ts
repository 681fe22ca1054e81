/**
 * Takes the conditions of the store's writes out, one at a time, and sees whether a test notices. By hand, after a change of the
 * store:
 *
 *     deno run -A tests/mutants/store_writes.ts [WORD…]
 *
 * A condition is a part of a statement (`conditions.ts`) or a check in the code (`find.ts`) that is come by within a
 * transaction that writes: it judges that, or belongs to it. The tests of the store run once to note which of them come by which;
 * then each condition is out for these alone, the quickest first. All of it happens in one process beside this one
 * (`store_writes_child.ts`), which is started again when it ends or stands still without a condition. WORDs name files or
 * conditions: only those that contain one are tried. Ends with 1 when nobody misses one that `explained_writes.ts` does not
 * explain.
 */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { LIGHT_IMPORTS, lightImports } from "../../tools/test_imports.ts";
import { type Condition, findConditions, withMarks } from "./conditions.ts";
import { explanationOfWrite } from "./explained_writes.ts";
import { findMutants, withSwitches } from "./find.ts";

const SOURCES =
  /^lib\/(server\/store\/(sqlite\/(?!schema)|(room|upload)_rules|(account|room)_lookups)|relay\/log_rules)/;
/** What the child needs beside them. */
const COPIED = /^(lib|tests|deno\.(json|lock)$)/;
/** A condition without which nothing is heard for so long is missed. */
const HANG_MS = 120_000;

/** One that can be out: of SQL, or of code. */
export interface Placed {
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly becomes: Condition["becomes"];
  /** Of SQL: how its statement begins. */
  readonly within?: string;
}

/** What the child says, a line each. */
export type Told =
  | { readonly kind: "noted"; readonly reached: readonly number[]; readonly tests: number }
  | { readonly kind: "begun"; readonly id: number }
  | { readonly kind: "ended"; readonly id: number; readonly missedBy: string | undefined };

async function copyWithConditions(folder: string): Promise<readonly Placed[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await new Deno.Command("git", { args, cwd: PROJECT_ROOT }).output();
  const placed: Placed[] = [];
  for (const file of new TextDecoder().decode(stdout).split("\n")) {
    if (!COPIED.test(file)) continue;
    const to = join(folder, file);
    await Deno.mkdir(join(to, ".."), { recursive: true });
    if (SOURCES.test(file)) await Deno.writeTextFile(to, await prepare(file, placed));
    else await Deno.copyFile(join(PROJECT_ROOT, file), to).catch(() => {});
  }
  await Deno.symlink(join(PROJECT_ROOT, "node_modules"), join(folder, "node_modules"));
  const { imports } = JSON.parse(await Deno.readTextFile(join(PROJECT_ROOT, "deno.json")));
  await Deno.writeTextFile(join(folder, LIGHT_IMPORTS), JSON.stringify(lightImports(imports)));
  return placed;
}

/** The source with its conditions in marks and its checks in switches; they are added to `placed`. */
async function prepare(file: string, placed: Placed[]): Promise<string> {
  const source = await Deno.readTextFile(join(PROJECT_ROOT, file));
  const add = <Found extends { from: number; to: number; line: number }>(
    found: Found & Pick<Placed, "becomes" | "within">,
  ) => {
    const { from, to, line, becomes, within } = found;
    const text = source.slice(from, to).replace(/\s+/g, " ");
    const one = { id: placed.length, file, line, text, becomes };
    placed.push(within === undefined ? one : { ...one, within });
    return { ...found, id: placed.length - 1 };
  };
  const checks = findMutants(source).map(add);
  const marked = withMarks(source, findConditions(source).map(add));
  // No check stands in a statement: each moves by the marks before it, which its own text shows.
  const moved = checks.map((check, i) => ({ ...findMutants(marked)[i], id: check.id }));
  return withSwitches(marked, moved);
}

/** Runs the child until it has tried everything or stands still; calls `heard` with each line. */
async function runChild(
  folder: string,
  ids: readonly number[],
  heard: (told: Told) => void,
): Promise<void> {
  await Deno.writeTextFile(join(folder, "todo.json"), JSON.stringify(ids));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--no-lock", "-A", "--unstable-net"],
      ...[`--import-map=${LIGHT_IMPORTS}`, "tests/mutants/store_writes_child.ts"],
    ],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const end = () => child.kill("SIGKILL");
  let timer = setTimeout(end, 5 * HANG_MS);
  let rest = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("{")) continue;
      clearTimeout(timer);
      timer = setTimeout(end, HANG_MS);
      heard(JSON.parse(line));
    }
  }
  await child.status;
  clearTimeout(timer);
}

function describe({ file, line, text, becomes }: Placed): string {
  return `${file}:${line}  ${text} -> ${becomes}`;
}

async function main(words: readonly string[]): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "store-writes-" });
  try {
    const placed = await copyWithConditions(folder);
    await Deno.writeTextFile(join(folder, "placed.json"), JSON.stringify(placed));
    const wanted = placed.filter((one) =>
      words.length === 0 || words.some((word) => describe(one).includes(word))
    );
    console.log(`${placed.length} conditions found; the tests run once with all of them`);
    const survivors: Placed[] = [];
    let left = wanted.map(({ id }) => id);
    let tried = 0;
    let isNoted = false;
    while (left.length > 0) {
      let begun: number | undefined;
      const ended = (id: number, missedBy: string | undefined) => {
        begun = undefined;
        left = left.filter((other) => other !== id);
        tried++;
        const survived = missedBy === undefined;
        if (survived) survivors.push(placed[id]);
        const by = survived ? "" : `\n  ${missedBy}`;
        console.log(`${survived ? "survived" : "missed"}: ${describe(placed[id])}${by}`);
      };
      await runChild(folder, left, (told) => {
        switch (told.kind) {
          case "noted":
            isNoted = true;
            left = left.filter((id) => told.reached.includes(id));
            console.log(`${told.tests} tests come by ${left.length} of them in a transaction`);
            break;
          case "begun":
            begun = told.id;
            break;
          case "ended":
            ended(told.id, told.missedBy);
        }
      });
      if (!isNoted) throw new Error("The tests ended without a note of what they come by");
      if (begun !== undefined) ended(begun, "the tests end or stand still");
    }
    return report(tried, survivors);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function report(tried: number, survivors: readonly Placed[]): number {
  let unexplained = 0;
  for (const one of survivors) {
    const why = explanationOfWrite(one);
    if (why === undefined) unexplained++;
    console.log(`survived: ${describe(one)}\n  ${why ?? "NOT EXPLAINED"}`);
  }
  const explained = survivors.length - unexplained;
  console.log(
    `${tried} conditions: ${tried - survivors.length} missed, ${explained} explained, ` +
      `${unexplained} not`,
  );
  return unexplained === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
