/** Which tests say the most about files that changed, by what they import and by their names. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";

/** How many folders and name parts a test shares with a source: `unit/crypto/mls/open_test.ts` is near `crypto/mls/open.ts`. */
export function nearness(test: string, source: string): number {
  const words = new Set(source.split(/[/_.]/));
  return test.split(/[/_.]/).filter((word) => words.has(word)).length;
}

/** Those that a change of every source concerns: layers, cycles, closures. */
const OF_ALL_SOURCES: readonly string[] = [
  "tests/tools/graph_test.ts",
  "tests/tools/house_rules_test.ts",
  "tests/tools/oldest_test.ts",
];

/**
 * Of `tests`, at most `most`: those that changed themselves, those of all sources, and those that import what changed, the nearest
 * first. What tests share says nothing about which of them it concerns. `left` counts what there was no room for.
 */
export function nearestTests(
  changed: readonly string[],
  tests: readonly string[],
  most: number,
): { chosen: readonly string[]; left: number } {
  const sources = changed.filter((path) => /^(lib|tools)\/.*\.ts$/.test(path));
  const always = tests.filter((test) =>
    changed.includes(test) || (sources.length > 0 && OF_ALL_SOURCES.includes(test))
  );
  const others = tests.filter((test) => !always.includes(test)).flatMap((test) => {
    const imported = importsOf(test).filter((path) => sources.includes(path));
    return imported.length === 0
      ? []
      : [{ test, near: Math.max(...imported.map((path) => nearness(test, path))) }];
  }).sort((one, other) => other.near - one.near).map(({ test }) => test);
  const chosen = [...always, ...others].slice(0, most);
  return { chosen, left: always.length + others.length - chosen.length };
}

/** Which file imports which, both ways round: read once for all questions. */
export class Importers {
  readonly #importers = new Map<string, string[]>();

  /** `files`: paths below the project, tests too. */
  constructor(files: readonly string[]) {
    for (const file of files.filter((path) => path.endsWith(".ts"))) {
      for (const path of importsOf(file)) {
        this.#importers.set(path, [...this.#importers.get(path) ?? [], file]);
      }
    }
  }

  /** Those of `tests` that reach `source`, by the fewest imports first, and of these the nearest by name. */
  testsOf(source: string, tests: readonly string[]): string[] {
    const wanted = new Set(tests);
    const seen = new Set([source]);
    const found: string[] = [];
    let present = [source];
    while (present.length > 0) {
      const next = new Set(present.flatMap((path) => this.#importers.get(path) ?? []));
      present = [...next].filter((path) => !seen.has(path));
      for (const path of present) seen.add(path);
      found.push(
        ...present.filter((path) => wanted.has(path))
          .sort((one, other) => nearness(other, source) - nearness(one, source)),
      );
    }
    return found;
  }
}

/** Own files that a file imports itself, by their paths below the project. */
function importsOf(path: string): string[] {
  if (!existsSync(join(PROJECT_ROOT, path))) return [];
  const source = readFileSync(join(PROJECT_ROOT, path), "utf8");
  return [...source.matchAll(/\bfrom "(\.{1,2}\/[^"]+)"/g)]
    .map(([, target]) => normalize(join(dirname(path), target)).replaceAll("\\", "/"));
}
