/** Temporary folders for the tests of this room. */

import { join } from "node:path";

/** A new private folder, removed when disposed of. */
export function temporaryFolder(): { path: string; file: (name: string) => string } & Disposable {
  Deno.mkdirSync("tests/tmp", { recursive: true });
  const path = Deno.realPathSync(Deno.makeTempDirSync({ dir: "tests/tmp" }));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

export function fileNames(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}
