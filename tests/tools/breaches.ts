/** Judges the module graph: layers, cycles, closures, aliases and the number of imports (craft guide §1 and §3). */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  BOUNDARIES,
  CLOSED_ROOMS,
  ENTRIES,
  FAMILY_TABLES,
  LAYERS,
  moduleOf,
  submoduleOf,
  SUBMODULES,
} from "./layers.ts";
import { type GraphFile, reachedFrom, readGraph } from "./graph.ts";

/** Every breach of the project in `root`, one sentence each; none when the house stands. */
export async function findBreaches(root: string): Promise<string[]> {
  const graph = await readGraph(root);
  return [
    ...[...graph.values()].flatMap(judgeFile),
    ...[...graph.keys()].flatMap((path) => judgeIgnores(root, path)),
    ...judgeCycles(graph),
    ...judgeClosures(graph),
    ...judgeConfig(root),
  ];
}

function judgeFile(file: GraphFile): string[] {
  const { path, imports, values, urls, unreadable } = file;
  const breaches = unreadable.map((text) => `${path}: cannot be followed: ${text}`);
  const module = moduleOf(path);
  if (module === "") breaches.push(`${path}: lies in no module of lib/`);
  if (module !== undefined && module !== "" && !(module in LAYERS)) {
    breaches.push(`${path}: unknown module ${module}`);
  }
  for (const target of new Set([...imports, ...urls])) {
    const breach = judgeEdge(path, target);
    if (breach) breaches.push(`${path}: ${breach}`);
  }
  const isTable = ENTRIES.includes(path) || FAMILY_TABLES.includes(path);
  if (!isTable && values.length > BOUNDARIES.ownImports) {
    breaches.push(`${path}: ${values.length} own imports, limit is ${BOUNDARIES.ownImports}`);
  }
  return breaches;
}

/** House rules have no exceptions, and no file switches the linter off as a whole. */
function judgeIgnores(root: string, path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  return [...source.matchAll(/deno-lint-ignore(-file\b|.*\bhouse\/).*/g)]
    .map(([text]) => `${path}: may not be ignored: ${text}`);
}

function judgeEdge(path: string, target: string): string | undefined {
  const from = moduleOf(path);
  const to = moduleOf(target);
  if (to === undefined) return `imports ${target}, which is not in lib/`;
  // An entry stands above all layers; what it must not reach, its closure says.
  if (from === undefined) return undefined;
  if (from === to) return judgeSubmodules(SUBMODULES[from], path, target);
  const above = LAYERS[from];
  const below = LAYERS[to];
  if (above === undefined || below === undefined) return `imports unknown module ${to}`;
  if (below === above) return `imports ${target}: sideways from ${from} to ${to}`;
  return below > above ? `imports ${target}: up from ${from} to ${to}` : undefined;
}

/** Within a big module. `order` is undefined for modules that have none. */
function judgeSubmodules(
  order: readonly string[] | undefined,
  path: string,
  target: string,
): string | undefined {
  const from = submoduleOf(path);
  const to = submoduleOf(target);
  if (order === undefined || from === to) return undefined;
  const unknown = [from, to].find((name) => name !== undefined && !order.includes(name));
  if (unknown !== undefined) return `imports ${target}: submodule ${unknown} has no place`;
  // The module's own files lie above all.
  const [above, below] = [from, to].map((name) => order.indexOf(name ?? "") >>> 0);
  return below > above
    ? `imports ${target}: up from ${from} to ${to ?? "the module's own files"}`
    : undefined;
}

/** Import cycles, type imports too. A Worker that is named by URL is no import: its types may point back. */
function judgeCycles(graph: ReadonlyMap<string, GraphFile>): string[] {
  const done = new Set<string>();
  const trail: string[] = [];
  const breaches: string[] = [];
  const visit = (path: string) => {
    if (done.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      breaches.push(`import cycle: ${[...trail.slice(start), path].join(" -> ")}`);
      return;
    }
    trail.push(path);
    for (const target of graph.get(path)?.imports ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return breaches;
}

function judgeClosures(graph: ReadonlyMap<string, GraphFile>): string[] {
  return Object.entries(CLOSED_ROOMS).flatMap(([entry, closed]) =>
    [...reachedFrom(graph, entry)]
      .filter((path) => path !== entry && (ENTRIES.includes(path) || isIn(path, closed)))
      .map((path) => `${entry}: its module graph reaches ${path}`)
  );
}

function isIn(path: string, modules: readonly string[]): boolean {
  return modules.includes(moduleOf(path) ?? "");
}

/** No alias leads into lib/, and no package.json changes how packages are found. */
function judgeConfig(root: string): string[] {
  const breaches: string[] = [];
  if (existsSync(join(root, "package.json"))) breaches.push("package.json: must not exist");
  const config = join(root, "deno.json");
  if (!existsSync(config)) return breaches;
  const { imports = {}, scopes, importMap } = JSON.parse(readFileSync(config, "utf8"));
  if (scopes !== undefined) breaches.push("deno.json: scopes are not used here");
  if (importMap !== undefined) breaches.push("deno.json: importMap is not used here");
  for (const [alias, target] of Object.entries(imports)) {
    if (/^(npm|node):/.test(String(target))) continue;
    breaches.push(`deno.json: alias ${alias} leads to ${target}, only packages have aliases`);
  }
  return breaches;
}
