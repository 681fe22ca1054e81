import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unusedExports } from "./exports.ts";
import { PROJECT_ROOT } from "./layers.ts";
import { listSources } from "./graph.ts";

/** All TypeScript of these folders, paths below the project. */
function filesOf(folders: readonly string[]): string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(join(PROJECT_ROOT, folder))) {
      const path = `${folder}/${name}`;
      if (path === "tests/tmp") continue;
      if (isDirectory) walk(path);
      else if (/\.tsx?$/.test(name)) found.push(path);
    }
  };
  for (const folder of folders) walk(folder);
  return found;
}

Deno.test("house: whatever is exported is imported somewhere", () => {
  const sources = listSources(PROJECT_ROOT);
  ok(sources.length > 500);
  const unused = unusedExports(PROJECT_ROOT, [...sources, ...filesOf(["tests", "tools"])]);
  equal(unused.join("\n"), "");
});

Deno.test("house: exports that nobody imports are found", async () => {
  const root = await Deno.makeTempDir({ dir: join(PROJECT_ROOT, "tests/tmp") });
  const files = {
    "lib/one.ts": [
      "export function used(): void {}",
      "export async function unused(): Promise<void> {}",
      "export const RENAMED = 1;",
      "export interface Type {}",
      "export class Lonely {}",
    ].join("\n"),
    "lib/all.ts": "export const A = 1;",
    "lib/late.ts": "export const B = 1;",
    "lib/two.ts": [
      'import { RENAMED as other, type Lonely2,\n  used } from "./one.ts";',
      'import * as all from "./all.ts";',
      'const late = await import("./late.ts");',
    ].join("\n"),
    "tests/some_test.ts": "export const ofATest = 1;",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  deepEqual(unusedExports(root, Object.keys(files)), ["lib/one.ts: Lonely", "lib/one.ts: unused"]);
  await Deno.remove(root, { recursive: true });
});
