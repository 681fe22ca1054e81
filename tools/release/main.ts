/**
 * `deno task release`: makes what is published, in `dist/release`, and beside it `NOTES.md`. The workflow and a person at home run the same.
 *
 *     deno task release                            for this machine
 *     deno task release --target TRIPLE …          for others
 *     deno task release --all                      for all five
 *     deno task release --programs DIR             takes the programs that lie there, instead of compiling
 *     deno task release --output DIR               puts it there
 *     deno task release --image                    lays out beside it what a container image is built of: dist/image
 */

import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compile } from "../compile.ts";
import { OLDEST_DENO } from "../process.ts";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import { FACTS, ownTarget, releaseSeconds, type Target, TARGETS } from "./facts.ts";
import { finish, makePackages } from "./make.ts";
import { releaseNotes } from "./notes.ts";

const USAGE =
  "Usage: deno task release [--target TRIPLE]... [--all] [--programs DIR] [--output DIR] [--image]";

interface Options {
  readonly targets: readonly Target[];
  readonly programs: string | undefined;
  readonly output: string;
  readonly withImage: boolean;
}

/** Throws when an option or a target is unknown. */
function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string", multiple: true },
      all: { type: "boolean", default: false },
      programs: { type: "string" },
      output: { type: "string", default: join(PROJECT_ROOT, "dist/release") },
      image: { type: "boolean", default: false },
    },
  });
  const { target: triples = [], all, programs, output, image } = values;
  const named = triples.map((triple) => {
    const found = TARGETS.find((each) => each.triple === triple);
    if (found === undefined) throw new Error(`Nothing is released for ${triple}`);
    return found;
  });
  const own = ownTarget();
  const targets = all ? TARGETS : named.length > 0 ? named : own === undefined ? [] : [own];
  if (targets.length === 0) throw new Error(`Nothing is released for ${Deno.build.target}`);
  return { targets, programs, output: resolve(output), withImage: image };
}

/** Compiles the programs of a target into `folder`, under the names that they have when installed. */
async function compileFor({ triple, os }: Target, folder: string): Promise<string> {
  const isOwn = triple === Deno.build.target;
  await compile({
    root: PROJECT_ROOT,
    outputFolder: folder,
    ...(isOwn ? {} : { target: triple }),
  });
  const ending = os === "windows" ? ".exe" : "";
  if (!isOwn) {
    for (const name of FACTS.programs) {
      await Deno.rename(join(folder, `${name}-${triple}${ending}`), join(folder, name + ending));
    }
  }
  return folder;
}

if (import.meta.main) {
  let options: Options;
  try {
    options = readOptions(Deno.args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    Deno.exit(2);
  }
  const { targets, programs, output, withImage } = options;
  const scratch = await Deno.makeTempDir({ prefix: "heliograph-release-" });
  try {
    await Deno.mkdir(output, { recursive: true });
    const seconds = releaseSeconds();
    const leftOut: string[] = [];
    for (const target of targets) {
      const folder = programs ?? await compileFor(target, join(scratch, target.triple));
      const workshop = { output, scratch, seconds };
      leftOut.push(...await makePackages({ target, programs: folder, withImage }, workshop));
    }
    const deno = Deno.env.get("DENORT_BIN") ? OLDEST_DENO : Deno.version.deno;
    await finish({ output, scratch, seconds }, { deno });
    await Deno.writeTextFile(join(dirname(output), "NOTES.md"), releaseNotes());
    for (const line of leftOut) console.error(`left out ${line}`);
    // Of a whole release nothing may be missing.
    if (targets === TARGETS && leftOut.length > 0) Deno.exitCode = 1;
    for (const { name } of Deno.readDirSync(output)) console.error(`made ${join(output, name)}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 1;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
