/** Runs the programs of a folder one after the other, so that none measures the load of another. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { runHere } from "./process.ts";

/** Which programs to run. Without names, all of them. */
export interface ProgramChoice {
  readonly folder: string;
  /** How the file names of programs end; other files of the folder help them. */
  readonly ending: string;
  readonly names: readonly string[];
  /** A program that takes longer is ended and counts as failed; the others run all the same. */
  readonly limitMs: number;
}

/** The programs of a folder whose names contain one of the given words, in alphabetical order. */
export function choosePrograms(files: readonly string[], choice: ProgramChoice): string[] {
  const { ending, names } = choice;
  return files.filter((file) => file.endsWith(ending))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
    .sort();
}

/** Runs them here. Returns 0 when all ended well, 1 when one did not, 2 when there is none to run. */
export async function runPrograms(choice: ProgramChoice): Promise<number> {
  const folder = join(PROJECT_ROOT, choice.folder);
  const files = existsSync(folder) ? [...Deno.readDirSync(folder)].map(({ name }) => name) : [];
  const chosen = choosePrograms(files, choice);
  if (chosen.length === 0) {
    console.error(`Nothing to run: ${choice.folder} has no *${choice.ending} of that name`);
    return 2;
  }
  const failed: string[] = [];
  for (const file of chosen) {
    console.log(`\n== ${file}`);
    const startedMs = performance.now();
    const path = join(folder, file);
    const usesRunner = (await Deno.readTextFile(path)).includes("Deno.bench(");
    const verb = usesRunner ? ["bench", "--no-check"] : ["run", "--quiet", "--no-check"];
    const command = [Deno.execPath(), ...verb, "-A", "--unstable-net", path];
    const code = await runHere(command, { cwd: PROJECT_ROOT, limitMs: choice.limitMs });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`== ${file}: ${code === 0 ? "ok" : `FAILED with code ${code}`}, ${seconds} s`);
    if (code !== 0) failed.push(file);
  }
  if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}
