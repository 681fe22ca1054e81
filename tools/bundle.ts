/**
 * A program as a few minified scripts, which hold only what is run: they load faster and take less memory than the sources and
 * all of node_modules (decision 0096). esbuild makes them; it is a tool of the build only and has a folder of its own,
 * tools/bundler, so that nothing of it lies where a plain `deno compile` would embed it.
 */

import { basename, join, resolve } from "node:path";
import { type GraphFile, reachedFrom } from "../tests/tools/graph.ts";

const BUNDLER: readonly string[] = [
  ...["run", "-A", "--quiet", "--config", "deno.json", "--frozen", "bundle.js"],
];

/** What is bundled, and where to. */
export interface BundleOptions {
  readonly root: string;
  readonly graph: ReadonlyMap<string, GraphFile>;
  /** The program's entry, below `root`. */
  readonly entry: string;
  /** What `version` says that it was made of. */
  readonly commit?: string;
  readonly outputFolder: string;
}

/** A bundle. */
export interface Bundle {
  /** The script that starts the program, below the folder. */
  readonly script: string;
  /** Workers and data files, which the program names by URL, below the folder. */
  readonly named: readonly string[];
  /** Where the npm packages lie that are in it, in part at least. */
  readonly packageFolders: readonly string[];
}

/** Bundles a program with its Workers and copies its data files beside them. Throws when that cannot be done. */
export async function bundle(options: BundleOptions): Promise<Bundle> {
  const { root, graph, entry, commit } = options;
  // The bundler is at home elsewhere.
  const outputFolder = resolve(options.outputFolder);
  const urls = new Set(
    [...reachedFrom(graph, entry)].flatMap((path) => graph.get(path)?.urls ?? []),
  );
  const workers = [...urls].filter(isScript);
  const names = [entry, ...urls].map(scriptName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`Cannot bundle ${entry}: two files become ${twice}`);
  await Deno.mkdir(outputFolder, { recursive: true });
  const inside = await runBundler({
    ...{ root, outputFolder, commit },
    entryPoints: [entry, ...workers],
  });
  for (const path of urls) {
    if (!isScript(path)) Deno.copyFileSync(join(root, path), join(outputFolder, basename(path)));
  }
  const folders = inside.map(packageFolder).filter((folder) => folder !== undefined);
  const [script, ...named] = names;
  return { script, named, packageFolders: [...new Set(folders)].map((path) => join(root, path)) };
}

/** The paths below `root` of all files that are in what it made. */
async function runBundler(
  options: {
    readonly root: string;
    readonly outputFolder: string;
    readonly entryPoints: readonly string[];
    readonly commit: string | undefined;
  },
): Promise<string[]> {
  const cwd = join(options.root, "tools/bundler");
  const args = [...BUNDLER, JSON.stringify(options)];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd })
    .output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`Cannot bundle ${options.entryPoints[0]}: ${decoder.decode(stderr).trim()}`);
  }
  return JSON.parse(decoder.decode(stdout));
}

function isScript(path: string): boolean {
  return path.endsWith(".ts");
}

/** As the bundler names it. */
function scriptName(path: string): string {
  return basename(path).replace(/\.ts$/, ".js");
}

/** `node_modules/.deno/…/node_modules/ts-mls` for a file in it; undefined for a file of our own. */
function packageFolder(path: string): string | undefined {
  return path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0];
}
