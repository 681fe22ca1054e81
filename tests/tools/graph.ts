/**
 * The module graph of the project: what each file imports (types and dynamic imports too) by `deno info`, and which
 * Workers and data files it names by `new URL(…, import.meta.url)`, which `deno info` does not see.
 */

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ENTRIES, pathBelow, PROJECT_ROOT } from "./layers.ts";

/** One file of `lib/` or an entry; every path is below the project and has forward slashes. */
export interface GraphFile {
  readonly path: string;
  /** Own files that it imports. A path that begins with `../` lies outside of the project. */
  readonly imports: readonly string[];
  /** Those of them that it needs to run; of the others it takes types only. */
  readonly values: readonly string[];
  /** npm packages that it imports, types included. */
  readonly packages: readonly string[];
  /** Own files that it names by URL. */
  readonly urls: readonly string[];
  /** Source lines whose target cannot be known by reading. */
  readonly unreadable: readonly string[];
}

/** What `deno info --json` says, as far as it is used. */
interface ModuleInfo {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

/** All TypeScript of `lib/`, AssemblyScript excepted, and the entries that exist; paths below `root`. */
export function listSources(root: string): string[] {
  const found = ENTRIES.filter((entry) => existsSync(join(root, entry)));
  const walk = (folder: string) => {
    for (const entry of Deno.readDirSync(join(root, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) walk(path);
      else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith(".as.ts")) found.push(path);
    }
  };
  if (existsSync(join(root, "lib"))) walk("lib");
  return found.sort();
}

/** Reads the graph of the project in `root`. Runs `deno info` once, without npm, network, lock file or config. */
export async function readGraph(root: string): Promise<Map<string, GraphFile>> {
  const paths = listSources(root);
  const modules = await readModules(root, paths);
  const graph = new Map<string, GraphFile>();
  for (const path of paths) {
    const { types, urls, unreadable } = scan(root, path);
    const { imports, packages } = modules.get(path) ?? { imports: [], packages: [] };
    const values = imports.filter((target) => !types.has(target));
    graph.set(path, { path, imports, values, packages, urls, unreadable });
  }
  return graph;
}

type ImportsOf = ReadonlyMap<string, Pick<GraphFile, "imports" | "packages">>;

async function readModules(root: string, paths: readonly string[]): Promise<ImportsOf> {
  const scratch = join(PROJECT_ROOT, "tests/tmp");
  mkdirSync(scratch, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: scratch });
  try {
    const all = join(folder, "all.ts");
    const lines = paths.map((path) => `import ${JSON.stringify(urlOf(root, path))};`);
    await Deno.writeTextFile(all, lines.join("\n"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-config", "--no-lock", "--no-npm", "--no-remote", all],
    }).output();
    if (!success) throw new Error(`Cannot read module graph: ${new TextDecoder().decode(stderr)}`);
    return importsOf(root, JSON.parse(new TextDecoder().decode(stdout)));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function importsOf(root: string, info: ModuleInfo): ImportsOf {
  const found = new Map<string, Pick<GraphFile, "imports" | "packages">>();
  for (const { specifier, dependencies = [] } of info.modules) {
    const path = ownPath(root, specifier);
    if (path === undefined) continue;
    const targets = dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
      .map((target) => target && ownPath(root, target))
      .filter((target) => target !== undefined && target !== "");
    const packages = dependencies.map(({ specifier }) => packageOf(specifier))
      .filter((name) => name !== undefined);
    found.set(path, {
      imports: [...new Set(targets)].sort() as string[],
      packages: [...new Set(packages)].sort(),
    });
  }
  return found;
}

/** `@noble/hashes` for `@noble/hashes/sha2.js`; undefined for files and for what the runtime has. */
function packageOf(specifier: string): string | undefined {
  return /^(?:\.|[a-z]+:)/.test(specifier)
    ? undefined
    : specifier.match(/^(?:@[^/]+\/)?[^/]+/)?.[0];
}

function urlOf(root: string, path: string): string {
  return pathToFileURL(join(root, path)).href;
}

/** A file's path below `root`, or with a leading `../` when it lies elsewhere; undefined for npm, node and the web. */
function ownPath(root: string, specifier: string): string | undefined {
  if (!specifier.startsWith("file:")) return undefined;
  const path = fileURLToPath(specifier).replaceAll("\\", "/");
  return pathBelow(root.replaceAll("\\", "/"), path) ?? `../${path}`;
}

/** Comments out of the way; a `//` inside of a text may take the rest of its line along, which hides no import. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
}

function scan(
  root: string,
  path: string,
): Pick<GraphFile, "urls" | "unreadable"> & { types: ReadonlySet<string> } {
  const source = withoutComments(readFileSync(join(root, path), "utf8"));
  const typesFrom = new Set<string>();
  const valuesFrom = new Set<string>();
  const clauses =
    /\b(?:import|export)\s+(?:(type\s)|\{([^}]*)\}|[^;"'{]*)[^;"']*?from\s*["'](\.[^"']*)["']/g;
  for (const [, type, names, target] of source.matchAll(clauses)) {
    const own = ownPath(root, new URL(target, urlOf(root, path)).href) ?? target;
    const named = names?.split(",").map((name) => name.trim()).filter((name) => name !== "");
    const isType = type !== undefined || named?.every((name) => name.startsWith("type "));
    (isType === true ? typesFrom : valuesFrom).add(own);
  }
  const types = typesFrom.difference(valuesFrom);
  const urls: string[] = [];
  const unreadable: string[] = [];
  for (const [text, target] of source.matchAll(/\bimport\s*\(\s*("[^"]*"|'[^']*')?[^)]*\)?/g)) {
    if (target === undefined) unreadable.push(text);
  }
  const named = /\bnew\s+URL\s*\(\s*("[^"]*"|'[^']*')?([^)]*?),?\s*import\.meta\.url/g;
  const plain: string[] = [];
  for (const [text, target, rest] of source.matchAll(named)) {
    plain.push(text);
    if (target === undefined || rest.trim() !== "") unreadable.push(text);
    else urls.push(ownPath(root, new URL(target.slice(1, -1), urlOf(root, path)).href) ?? target);
  }
  // Any other way from a module's own place to a file could lead through a wall unseen.
  const uses = source.match(/\bimport\.meta\.(url|resolve|dirname|filename)\b/g) ?? [];
  if (uses.length > plain.length) unreadable.push(...uses.slice(plain.length));
  return { types, urls: [...new Set(urls)].sort(), unreadable };
}

/** Everything that the module graph of `entry` reaches, itself too. */
export function reachedFrom(graph: ReadonlyMap<string, GraphFile>, entry: string): Set<string> {
  const reached = new Set<string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const file = graph.get(path);
    if (file) open.push(...file.imports, ...file.urls);
  }
  return reached;
}
