/**
 * Files that load many test files at once: Deno gives each file that it is named a program of its own, and to load what is under
 * test takes half a second of the processor, longer than most files' tests (decision 0130). Git leaves them out.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";

/** Below the project. Not in tests/tmp, where Deno looks for no tests. */
const FOLDER = "tests/bundles";

/** Files for each that runs at once: so many that none runs alone at the end for long, since each loads all anew. */
const EACH = 4;

/**
 * Writes the bundles of a group of which `atOnce` run side by side, and returns their paths below `root`; the files themselves
 * where they are few. Neighbours, which take about as long, go to different ones.
 */
export function writeBundles(
  name: string,
  files: readonly string[],
  { atOnce, root }: { readonly atOnce: number; readonly root: string },
): readonly string[] {
  const count = EACH * atOnce;
  if (files.length <= count) return files;
  Deno.mkdirSync(join(root, FOLDER), { recursive: true });
  return Array.from({ length: count }, (_, which) => {
    const path = `${FOLDER}/${name}_${which}_test.ts`;
    const own = files.filter((_, at) => at % count === which);
    const imports = own.map((file) => `import "../../${file}";\n`);
    Deno.writeTextFileSync(join(root, path), imports.join(""));
    return path;
  });
}

/** Takes away what was written for a run. */
export function removeBundles(root: string): void {
  const folder = join(root, FOLDER);
  if (existsSync(folder)) Deno.removeSync(folder, { recursive: true });
}
