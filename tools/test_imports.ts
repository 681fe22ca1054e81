/**
 * What the imports of tests lead to where `deno.json` alone does not say it: on the oldest Deno, and in groups whose
 * passwords are stretched lightly. Both files are made anew by each run of the gate, and git leaves them out.
 */

import { join } from "node:path";
import { PROJECT_ROOT } from "../tests/tools/floors.ts";

/** The configuration for the oldest Deno, below the project. */
export const OLDEST_CONFIG = "tests/deno242.json";

/** The import map of groups with `isLight`, below the project. */
export const LIGHT_IMPORTS = "tests/light.json";

/** Where the stand-ins are; within it the names mean the libraries themselves. */
const LIGHT_FOLDER = "./kit/light/";

/** Libraries that stretch passwords, and what stands in for them (decision 0045). */
const LIGHT: Readonly<Record<string, string>> = {
  "@serenity-kit/opaque": `${LIGHT_FOLDER}opaque.ts`,
  "hash-wasm": `${LIGHT_FOLDER}hash_wasm.ts`,
};

type Imports = Readonly<Record<string, string>>;

/** An import map as a file: unlike `deno.json`, it must say that a package has paths. */
export function lightImports(imports: Imports): { imports: Imports; scopes: object } {
  const paths = Object.entries(imports).map(([name, target]) =>
    [`${name}/`, `${target.replace(/^npm:/, "npm:/")}/`] as const
  );
  const real = Object.keys(LIGHT).map((name) => [name, imports[name]] as const);
  return {
    imports: { ...imports, ...Object.fromEntries(paths), ...LIGHT },
    scopes: { [LIGHT_FOLDER]: Object.fromEntries(real) },
  };
}

/**
 * Writes both files, out of deno.json. The oldest Deno refuses keys that it does not know, and must not share a node_modules
 * folder with another version, so its configuration stands in `tests/`.
 */
export function writeTestImports(): void {
  const { nodeModulesDir, imports, compilerOptions } = JSON.parse(
    Deno.readTextFileSync(join(PROJECT_ROOT, "deno.json")),
  );
  write(OLDEST_CONFIG, { nodeModulesDir, imports, compilerOptions });
  write(LIGHT_IMPORTS, lightImports(imports));
}

function write(path: string, value: unknown): void {
  Deno.writeTextFileSync(join(PROJECT_ROOT, path), JSON.stringify(value, null, 2));
}
