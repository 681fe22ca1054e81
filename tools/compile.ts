/**
 * `deno task compile`: makes `dist/heliograph-server` and `dist/heliograph`, each one file that needs no Deno, and the licences
 * that go with them.
 *
 *     deno task compile                       for this machine
 *     deno task compile --target TRIPLE       for another, as dist/NAME-TRIPLE
 *
 * `deno task release` packs them (tools/release).
 *
 * `deno compile` embeds all of node_modules, so it runs in a staging folder that holds only what the two programs
 * reach and only the packages that they need at run time. With DENORT_BIN set, Deno 2.4.2 compiles, because that
 * variable names the runtime of exactly one version; else the Deno that runs this does.
 */

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { copyGraph, type GraphFile, reachedFrom, readGraph } from "../tests/tools/graph.ts";
import { CLIENT_PERMISSIONS, SERVER_PERMISSIONS } from "./permissions.ts";
import { licenseNotices, NOTICES_FILE, packagesBelow, runtimeImports } from "./licenses.ts";
import { oldestDeno, runHere } from "./process.ts";

/** One program: its entry, the name of its file, and what it may do. */
interface Program {
  readonly entry: string;
  readonly name: string;
  readonly permissions: readonly string[];
}

export const SERVER_PROGRAM: Program = {
  entry: "server.ts",
  name: "heliograph-server",
  permissions: SERVER_PERMISSIONS,
};

const PROGRAMS: readonly Program[] = [
  SERVER_PROGRAM,
  { entry: "client.ts", name: "heliograph", permissions: CLIENT_PERMISSIONS },
];

/** Where to compile from and to, and what for. `target` undefined is this machine. */
export interface CompileOptions {
  readonly root: string;
  readonly outputFolder: string;
  readonly programs?: readonly Program[];
  readonly target?: string;
}

/** The Deno that compiles: the running one, or the one that DENORT_BIN is the runtime of. */
function compiler(command: "compile" | "install"): string[] {
  if (!Deno.env.get("DENORT_BIN")) return [Deno.execPath(), command, "--quiet"];
  // The lock file and node_modules of a newer Deno are not for this one.
  return [...oldestDeno(), command, "--quiet", "--no-lock"];
}

/** Compiles the programs. Returns the paths of what it made; throws when one could not be compiled. */
export async function compile(options: CompileOptions): Promise<string[]> {
  const { root, outputFolder, programs = PROGRAMS, target } = options;
  const graph = await readGraph(root);
  await Deno.mkdir(outputFolder, { recursive: true });
  // One name and one time for all: both are in what is compiled, and the same source shall make the same bytes.
  const staging = join(outputFolder, "staging");
  await Deno.mkdir(staging);
  try {
    stage(root, staging, programs.flatMap(({ entry }) => [...reachedFrom(graph, entry)]));
    await install(root, staging);
    const made = [join(outputFolder, "LICENSE"), join(outputFolder, "THIRD-PARTY-LICENSES.txt")];
    Deno.copyFileSync(join(root, "LICENSE"), made[0]);
    Deno.copyFileSync(join(staging, NOTICES_FILE), made[1]);
    dateAll(staging);
    for (const program of programs) {
      made.push(await compileOne(program, { graph, staging, outputFolder, target }));
    }
    return made;
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

/** Fills the staging folder: sources, a configuration with the runtime imports only, and the lock file. */
function stage(root: string, staging: string, paths: readonly string[]): void {
  copyGraph(root, new Set(paths), staging);
  const config = JSON.parse(readFileSync(join(root, "deno.json"), "utf8"));
  const imports = runtimeImports(root);
  const { version, compilerOptions } = config;
  const staged = { version, nodeModulesDir: "auto", imports, compilerOptions };
  Deno.writeTextFileSync(join(staging, "deno.json"), JSON.stringify(staged, null, 2));
  const lock = join(root, "deno.lock");
  if (existsSync(lock)) Deno.copyFileSync(lock, join(staging, "deno.lock"));
}

/** Fetches what will be embedded, and writes the notices of exactly that. Throws when a package has no licence text. */
async function install(root: string, staging: string): Promise<void> {
  const code = await runHere(compiler("install"), { cwd: staging });
  if (code !== 0) throw new Error(`Cannot install the packages: the installer ended with ${code}`);
  const packages = packagesBelow(staging, Object.keys(runtimeImports(staging)));
  Deno.writeTextFileSync(join(staging, NOTICES_FILE), licenseNotices(root, packages));
  for (const { folder } of packages) leaveOut(folder);
}

/** The installer's notes for the next time: they name this machine's folders. */
const INSTALLER_NOTES = "node_modules/.deno/.setup-cache.bin";

/** Gives everything below `folder` the same time, and takes out what differs from machine to machine. */
function dateAll(folder: string): void {
  const notes = join(folder, INSTALLER_NOTES);
  if (existsSync(notes)) Deno.removeSync(notes);
  // The compiler would write them again, and goes on when it cannot.
  Deno.mkdirSync(notes);
  const seconds = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? 0);
  const walk = (path: string) => {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(path)) {
      if (isDirectory) walk(join(path, name));
      else if (!isSymlink) Deno.utimeSync(join(path, name), seconds, seconds);
    }
    Deno.utimeSync(path, seconds, seconds);
  };
  walk(folder);
}

/**
 * Types, maps of sources, pages and C sources, what hash-wasm has beside the one file that is loaded, and files without an ending:
 * licences, which the notices have, and which the compiler would take for code and complain of with their path.
 */
const NEVER_RUN =
  /\.d\.[cm]?ts$|\.map$|\.md$|\.[ch]$|[/\\]hash-wasm[/\\]dist[/\\](?!index\.umd\.js$)|[/\\][^/\\.]+$/;

/** Takes out of a package what is never run: it would be a tenth of what is embedded besides the runtime. */
function leaveOut(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) leaveOut(path);
    else if (NEVER_RUN.test(path)) Deno.removeSync(path);
  }
}

interface Stage {
  readonly graph: ReadonlyMap<string, GraphFile>;
  readonly staging: string;
  readonly outputFolder: string;
  readonly target?: string;
}

async function compileOne(program: Program, stage: Stage): Promise<string> {
  const { graph, staging, outputFolder, target } = stage;
  const output = join(outputFolder, target ? `${program.name}-${target}` : program.name);
  // Workers and data files are named by URL; the compiler does not see them.
  const named = new Set(
    [...reachedFrom(graph, program.entry)].flatMap((path) => graph.get(path)?.urls ?? []),
  );
  const command = [
    ...compiler("compile"),
    "--no-check",
    // The cache is a file in $TMPDIR under a name that anybody can work out: another user could put code there first.
    "--no-code-cache",
    ...program.permissions,
    ...[...named].map((path) => `--include=${path}`),
    ...(target ? [`--target=${target}`] : []),
    `--output=${output}`,
    program.entry,
  ];
  const denort = Deno.env.get("DENORT_BIN");
  const env = denort ? { DENORT_BIN: resolve(denort) } : undefined;
  const code = await runHere(command, { cwd: staging, env });
  if (code !== 0) {
    throw new Error(`Cannot compile ${program.entry}: the compiler ended with ${code}`);
  }
  const isWindows = target?.includes("windows") ?? Deno.build.os === "windows";
  return isWindows ? `${output}.exe` : output;
}

if (import.meta.main) {
  const outputFolder = join(PROJECT_ROOT, "dist");
  const options = { root: PROJECT_ROOT, outputFolder };
  const [option, target] = Deno.args;
  const isKnown = option === undefined || (option === "--target" && target !== undefined);
  if (!isKnown) {
    console.error("Usage: deno task compile [--target TRIPLE]");
    Deno.exit(2);
  }
  try {
    for (const path of await compile({ ...options, target })) console.error(`made ${path}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
