/** Homebrew's formula by Ruby, with a stand-in of Homebrew: which archive it takes on each system, and what it installs. */

import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { archiveFolder, archiveName, TARGETS } from "../../tools/release/facts.ts";
import { sha256 } from "../../tools/release/pack.ts";
import { isOnPath } from "../kit/on_path.ts";
import { printedBy } from "../release/made.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";
import { localRecipe } from "./recipe_folder.ts";

/** Whether this machine can run a formula. */
export const canTryFormula: boolean = Deno.build.target === "x86_64-unknown-linux-gnu" &&
  isOnPath("ruby");

const STAND_IN = join(PROJECT_ROOT, "tests/packages/formula.rb");

/** `release`: the folder with archive and formula; `version`: what its programs say. */
export async function tryFormula(
  { release, folder, version }: {
    readonly release: string;
    readonly folder: string;
    readonly version: string;
  },
): Promise<void> {
  const formula = join(folder, "heliograph.rb");
  await Deno.writeTextFile(formula, await localRecipe(release, "heliograph.rb"));
  const prefix = join(folder, "brew");
  const run = (system: string, cwd = folder) =>
    printedBy(["ruby", "-w", STAND_IN, formula, system, prefix], { cwd });
  for (const target of TARGETS.filter(({ os }) => os !== "windows")) {
    const said = await run(`${target.os}-${target.cpu === "arm64" ? "arm" : "intel"}`);
    match(said, new RegExp(`^url file://${release}/${archiveName(target)}$`, "m"));
  }

  const archive = join(release, archiveName(TARGETS[0]));
  match(await run("linux-intel"), new RegExp(`^sha256 ${await sha256(archive)}$`, "m"));
  await printedBy(["tar", "-xzf", archive, "-C", folder]);
  // Homebrew goes into the one folder of the archive.
  const said = await run("linux-intel", join(folder, archiveFolder(TARGETS[0])));
  match(said, /^tested$/m);
  match(said, new RegExp(`^service run ${prefix}/bin/heliograph-server serve --no-console$`, "m"));
  for (const program of ["heliograph", "heliograph-server"]) {
    equal(
      (await printedBy([join(prefix, "bin", program), "--version"])).trim(),
      `${program} ${version}`,
    );
  }
  for (
    const path of [
      "share/man/man1/heliograph.1",
      "etc/bash_completion.d/heliograph",
      "share/zsh/site-functions/_heliograph",
      "share/fish/vendor_completions.d/heliograph.fish",
      "libexec/videos/cockatoo.mp4",
      "libexec/THIRD-PARTY-LICENSES.txt",
    ]
  ) ok((await Deno.stat(join(prefix, path))).isFile, path);
}
