/**
 * `deno task compile`: makes `dist/heliograph-server` and `dist/heliograph`, each one file that needs no Deno, and the licences
 * that go with them.
 *
 *     deno task compile                       for this machine
 *     deno task compile --target TRIPLE       for another, as dist/NAME-TRIPLE
 *
 * `deno task release` packs them (tools/release).
 *
 * Each is bundled first (`bundle.ts`, decision 0096), so that only what is run is embedded, and compiled in a folder that holds
 * nothing else. With DENORT_BIN set, Deno 2.4.2 compiles, because that variable names the runtime of exactly one version;
 * else the Deno that runs this does.
 */

import { basename, join, resolve } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";
import { readGraph } from "../tests/tools/graph.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { presentCommit } from "./commit.ts";
import { CLIENT_PERMISSIONS, SERVER_PERMISSIONS } from "./permissions.ts";
import { licenseNotices, NOTICES_FILE, packagesAt } from "./licenses.ts";
import { oldestDeno, runHere } from "./process.ts";

/** One program: its entry, the name of its file, and what it may do. */
interface Program {
  readonly entry: string;
  readonly name: string;
  readonly permissions: readonly string[];
  /** For V8, if any. */
  readonly v8Flags?: string;
}

/**
 * Of two times 16 MB of young objects a client fills most while somebody goes through rooms or watches a video, and keeps it. With
 * 2 MB the collector looks more often at less: the processor's time stays the same (decision 0096).
 * Old objects are collected for the first time at 16 MB, and V8 prefers little memory to speed: it waits for far more else, or until
 * nothing goes on.
 */
const CLIENT_V8_FLAGS = "--max-semi-space-size=2,--initial-old-space-size=16,--optimize-for-size";

export const SERVER_PROGRAM: Program = {
  entry: "server.ts",
  name: "heliograph-server",
  permissions: SERVER_PERMISSIONS,
};

const PROGRAMS: readonly Program[] = [
  SERVER_PROGRAM,
  {
    ...{ entry: "client.ts", name: "heliograph" },
    ...{ permissions: CLIENT_PERMISSIONS, v8Flags: CLIENT_V8_FLAGS },
  },
];

/** Where to compile from and to, and what for. `target` undefined is this machine. */
export interface CompileOptions {
  readonly root: string;
  readonly outputFolder: string;
  readonly programs?: readonly Program[];
  readonly target?: string;
}

/** Compiles the programs. Returns the paths of what it made; throws when one could not be compiled. */
export async function compile(options: CompileOptions): Promise<string[]> {
  const { root, outputFolder, programs = PROGRAMS, target } = options;
  const graph = await readGraph(root);
  const commit = await presentCommit(root);
  await Deno.mkdir(outputFolder, { recursive: true });
  // One name and one time for all: both are in what is compiled, and the same source shall make the same bytes.
  const staging = join(outputFolder, "staging");
  await Deno.mkdir(staging);
  try {
    const stages: Stage[] = [];
    for (const program of programs) {
      const folder = join(staging, program.name);
      const made = await bundle({
        ...{ root, graph, commit },
        entry: program.entry,
        outputFolder: folder,
      });
      stages.push({ program, folder, bundle: made });
    }
    const licenses = join(outputFolder, "THIRD-PARTY-LICENSES.txt");
    Deno.writeTextFileSync(licenses, noticesOf(root, stages));
    const made = [join(outputFolder, "LICENSE"), licenses];
    Deno.copyFileSync(join(root, "LICENSE"), made[0]);
    for (const stage of stages) {
      Deno.copyFileSync(licenses, join(stage.folder, basename(NOTICES_FILE)));
      dateAll(stage.folder);
      made.push(await compileOne(stage, { outputFolder, target }));
    }
    return made;
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
}

/** A program that is bundled, and where. */
interface Stage {
  readonly program: Program;
  readonly folder: string;
  readonly bundle: Bundle;
}

/** The notices of exactly what the bundles hold. Throws when a package has no licence text. */
function noticesOf(root: string, stages: readonly Stage[]): string {
  const folders = new Set(stages.flatMap((stage) => stage.bundle.packageFolders));
  return licenseNotices(root, packagesAt(folders));
}

/** Gives everything in `folder`, which is flat, the same time. */
function dateAll(folder: string): void {
  const seconds = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? 0);
  for (const { name } of Deno.readDirSync(folder)) {
    Deno.utimeSync(join(folder, name), seconds, seconds);
  }
  Deno.utimeSync(folder, seconds, seconds);
}

/** The Deno that compiles: the running one, or the one that DENORT_BIN is the runtime of. */
function compiler(): string[] {
  return Deno.env.get("DENORT_BIN") ? oldestDeno() : [Deno.execPath()];
}

async function compileOne(
  { program, folder, bundle: { script, named } }: Stage,
  { outputFolder, target }: Pick<CompileOptions, "outputFolder" | "target">,
): Promise<string> {
  const output = join(resolve(outputFolder), target ? `${program.name}-${target}` : program.name);
  const command = [
    ...compiler(),
    ...["compile", "--quiet", "--no-config", "--no-lock", "--node-modules-dir=none", "--no-check"],
    // The cache is a file in $TMPDIR under a name that anybody can work out: another user could put code there first.
    "--no-code-cache",
    ...program.permissions,
    ...(program.v8Flags === undefined ? [] : [`--v8-flags=${program.v8Flags}`]),
    // Workers and data files are named by URL; the compiler does not see them.
    ...named.map((name) => `--include=${name}`),
    ...(target ? [`--target=${target}`] : []),
    `--output=${output}`,
    script,
  ];
  const denort = Deno.env.get("DENORT_BIN");
  const env = denort ? { DENORT_BIN: resolve(denort) } : undefined;
  const code = await runHere(command, { cwd: folder, env });
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
