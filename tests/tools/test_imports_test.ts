import { deepEqual, equal } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TEST_GROUPS } from "../../tools/test_groups.ts";
import { lightImports } from "../../tools/test_imports.ts";
import { PROJECT_ROOT } from "./layers.ts";

const config = JSON.parse(Deno.readTextFileSync(join(PROJECT_ROOT, "deno.json")));

Deno.test("light groups import everything as deno.json says, but for what stretches passwords or waits for the disk", () => {
  const { imports } = lightImports(config.imports);
  const others = Object.keys(imports).filter((name) =>
    !name.endsWith("/") && imports[name] !== config.imports[name]
  );
  deepEqual(others.sort(), ["@serenity-kit/opaque", "hash-wasm", "node:sqlite"]);
  for (const name of others) equal(existsSync(join(PROJECT_ROOT, "tests", imports[name])), true);
});

Deno.test("what stands in for something has that itself", () => {
  const { scopes } = lightImports(config.imports);
  deepEqual(scopes, {
    "./kit/light/": {
      "@serenity-kit/opaque": config.imports["@serenity-kit/opaque"],
      "hash-wasm": config.imports["hash-wasm"],
      "node:sqlite": "node:sqlite",
    },
  });
});

Deno.test("an import map names the paths of a package, which deno.json does by itself", () => {
  const { imports } = lightImports({ a: "npm:@b/c@1.0.0" });
  deepEqual([imports["a"], imports["a/"]], ["npm:@b/c@1.0.0", "npm:/@b/c@1.0.0/"]);
});

Deno.test("passwords are stretched in full where that is tested, and in the real programs", () => {
  const light = TEST_GROUPS.filter(({ isLight }) => isLight).map(({ name }) => name);
  deepEqual(light, ["unit", "scenarios", "long", "walks"]);
});
