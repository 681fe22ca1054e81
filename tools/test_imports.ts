/**
 * What the imports of tests lead to where `deno.json` alone does not say it: on the oldest Deno, and in groups whose
 * passwords are stretched lightly. The files are made anew by each run of the gate, and git leaves them out.
 */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/layers.ts";

/** The configuration for the oldest Deno, below the project. */
export const OLDEST_CONFIG = "tests/deno242.json";

/** The import map of groups with `isLight`, below the project. */
export const LIGHT_IMPORTS = "tests/light.json";

/** What counts assertions, in the place of the module that makes them (`assertions.ts`). */
const COUNTED_FOLDER = "./kit/counted/";
const COUNTED: Readonly<Record<string, string>> = {
  "node:assert/strict": `${COUNTED_FOLDER}assert_strict.ts`,
};

/** The import map of a group whose assertions are counted, below the project. */
export function countedImports({ isLight }: { readonly isLight: boolean }): string {
  return isLight ? "tests/counted_light.json" : "tests/counted.json";
}

/** Where the stand-ins are; within it the names mean the libraries themselves. */
const LIGHT_FOLDER = "./kit/light/";

/** What stretches passwords or waits for the disk, and what stands in for it (decisions 0045, 0113). */
const LIGHT: Readonly<Record<string, string>> = {
  "@serenity-kit/opaque": `${LIGHT_FOLDER}opaque.ts`,
  "hash-wasm": `${LIGHT_FOLDER}hash_wasm.ts`,
  "node:sqlite": `${LIGHT_FOLDER}sqlite.ts`,
};

type Imports = Readonly<Record<string, string>>;

/** An import map as a file. */
interface ImportMap {
  readonly imports: Imports;
  readonly scopes: Readonly<Record<string, Imports>>;
}

/** Unlike `deno.json`, an import map must say that a package has paths. */
function importMap(imports: Imports): ImportMap {
  const paths = Object.entries(imports).map(([name, target]) =>
    [`${name}/`, `${target.replace(/^npm:/, "npm:/")}/`] as const
  );
  return { imports: { ...imports, ...Object.fromEntries(paths) }, scopes: {} };
}

/** The imports of groups with `isLight`. */
export function lightImports(imports: Imports): ImportMap {
  const real = Object.keys(LIGHT).map((name) => [name, imports[name] ?? name] as const);
  const { imports: all } = importMap(imports);
  return {
    imports: { ...all, ...LIGHT },
    scopes: { [LIGHT_FOLDER]: Object.fromEntries(real) },
  };
}

/** The same imports, with assertions counted. */
function counting({ imports, scopes }: ImportMap): ImportMap {
  const real = Object.fromEntries(Object.keys(COUNTED).map((name) => [name, name]));
  return { imports: { ...imports, ...COUNTED }, scopes: { ...scopes, [COUNTED_FOLDER]: real } };
}

/**
 * Writes these files, out of deno.json. The oldest Deno refuses keys that it does not know, and must not share a node_modules
 * folder with another version, so its configuration stands in `tests/`.
 */
export function writeTestImports(): void {
  const { nodeModulesDir, imports, compilerOptions } = JSON.parse(
    Deno.readTextFileSync(join(PROJECT_ROOT, "deno.json")),
  );
  write(OLDEST_CONFIG, { nodeModulesDir, imports, compilerOptions });
  write(LIGHT_IMPORTS, lightImports(imports));
  write(countedImports({ isLight: false }), counting(importMap(imports)));
  write(countedImports({ isLight: true }), counting(lightImports(imports)));
}

function write(path: string, value: unknown): void {
  Deno.writeTextFileSync(join(PROJECT_ROOT, path), JSON.stringify(value, null, 2));
}
