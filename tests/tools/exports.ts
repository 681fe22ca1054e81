/** Which exported functions, classes and constants nobody imports: they are private, or dead. Types are what signatures need. */

import { dirname, join, normalize } from "node:path";
import { readFileSync } from "node:fs";

const DECLARATION = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let|enum) (\w+)/gm;
const IMPORT = /\b(?:import|export)\s+(?:type\s+)?(\{[^}]*\}|\*(?: as \w+)?)\s+from\s+"(\.[^"]+)"/g;
const DYNAMIC = /\bimport\(\s*"(\.[^"]+)"/g;

/** Stands for every name of a file. */
const ALL = "*";

/** `file: name` for each of `paths` below `lib/`. `paths`: all sources, tests and tools of the project in `root`. */
export function unusedExports(root: string, paths: readonly string[]): string[] {
  const sources = new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
  const used = new Set<string>();
  for (const [path, source] of sources) {
    const note = (target: string, name: string) => {
      used.add(`${normalize(join(dirname(path), target)).replaceAll("\\", "/")}: ${name}`);
    };
    for (const [, what, target] of source.matchAll(IMPORT)) {
      if (what.startsWith(ALL)) note(target, ALL);
      else for (const name of namesIn(what)) note(target, name);
    }
    for (const [, target] of source.matchAll(DYNAMIC)) note(target, ALL);
  }
  const found: string[] = [];
  for (const [path, source] of sources) {
    if (!path.startsWith("lib/") || used.has(`${path}: ${ALL}`)) continue;
    for (const [, name] of source.matchAll(DECLARATION)) {
      if (!used.has(`${path}: ${name}`)) found.push(`${path}: ${name}`);
    }
  }
  return found.sort();
}

function namesIn(braces: string): string[] {
  return braces.slice(1, -1).split(",")
    .map((each) => each.trim().replace(/^type\s+/, "").split(/\s+as\s+/)[0])
    .filter((name) => name !== "");
}
