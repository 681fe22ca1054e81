import { deepEqual, ok } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findBreaches } from "./breaches.ts";
import { PROJECT_ROOT } from "./layers.ts";
import { listSources } from "./graph.ts";

/** The breaches of a project that consists of these files. */
async function breachesOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const scratch = join(PROJECT_ROOT, "tests/tmp");
  mkdirSync(scratch, { recursive: true });
  const root = await Deno.makeTempDir({ dir: scratch });
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await findBreaches(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("house: the project keeps layers, closures and import limits", async () => {
  ok(listSources(PROJECT_ROOT).length > 0, "no source was found");
  const breaches = await findBreaches(PROJECT_ROOT);
  ok(breaches.length === 0, breaches.join("\n"));
});

Deno.test("house: imports of the own module and of lower layers pass", async () => {
  deepEqual(
    await breachesOf({
      "lib/base/a.ts": "export const a = 1;",
      "lib/net/b.ts": 'import { a } from "../base/a.ts"; import "./c.ts"; import "npm:x@1"; a;',
      "lib/net/c.ts": 'import "node:fs"; new Worker(new URL("./c_worker.ts", import.meta.url));',
      "lib/net/c_worker.ts": 'import type { a } from "./c.ts"; import "../base/a.ts";',
      "lib/cli/d.ts": 'import "../client/e.ts"; const f = () => import("../net/b.ts");',
      "lib/client/e.ts":
        '// import("./nothing" + 1)\n/* new URL(x, import.meta.url) */\nexport {};',
      "client.ts": 'import "./lib/cli/d.ts";',
      "server.ts": 'import "./lib/net/b.ts";',
      "deno.json": '{"imports":{"x":"npm:x@1"}}',
    }),
    [],
  );
});

Deno.test("house: types are free, values are counted", async () => {
  const type = (i: number) =>
    i % 2 === 0
      ? `import type { B } from "./b${i}.ts";`
      : `import { type A, type B } from "./b${i}.ts";`;
  const indexes = Array.from({ length: 24 }, (_, i) => i);
  const others = Object.fromEntries(indexes.map((i) => [`lib/net/b${i}.ts`, ""]));
  const types = indexes.map(type).join("\n");
  deepEqual(await breachesOf({ ...others, "lib/net/a.ts": types }), []);
  const values = indexes.map((i) => `import { type A, b } from "./b${i}.ts";\n${type(i)}`).join(
    "\n",
  );
  deepEqual(await breachesOf({ ...others, "lib/net/a.ts": values }), [
    "lib/net/a.ts: 24 own imports, limit is 20",
  ]);
});

/** Name, files of a project, and the one breach that must be found in it. */
const planted: readonly [string, Readonly<Record<string, string>>, string][] = [
  [
    "an import that goes up a layer",
    { "lib/base/a.ts": 'import "../net/b.ts";', "lib/net/b.ts": "" },
    "lib/base/a.ts: imports lib/net/b.ts: up from base to net",
  ],
  [
    "an import of a later submodule",
    { "lib/server/store/a.ts": 'import "../auth/b.ts";', "lib/server/auth/b.ts": "" },
    "lib/server/store/a.ts: imports lib/server/auth/b.ts: up from store to auth",
  ],
  [
    "a type import of a later submodule",
    {
      "lib/server/store/a.ts": 'import type { B } from "../auth/b.ts";',
      "lib/server/auth/b.ts": "",
    },
    "lib/server/store/a.ts: imports lib/server/auth/b.ts: up from store to auth",
  ],
  [
    "a submodule that imports the module's own files",
    { "lib/server/routes/a.ts": 'import "../b.ts";', "lib/server/b.ts": "" },
    "lib/server/routes/a.ts: imports lib/server/b.ts: up from routes to the module's own files",
  ],
  [
    "a submodule that the order does not name",
    { "lib/server/utils/a.ts": 'import "../auth/b.ts";', "lib/server/auth/b.ts": "" },
    "lib/server/utils/a.ts: imports lib/server/auth/b.ts: submodule utils has no place",
  ],
  [
    "an import that goes sideways",
    { "lib/crypto/a.ts": 'import "../net/b.ts";', "lib/net/b.ts": "" },
    "lib/crypto/a.ts: imports lib/net/b.ts: sideways from crypto to net",
  ],
  [
    "a type import that goes up",
    { "lib/base/a.ts": 'import type { B } from "../net/b.ts";', "lib/net/b.ts": "" },
    "lib/base/a.ts: imports lib/net/b.ts: up from base to net",
  ],
  [
    "a type in an import() type that goes up",
    { "lib/base/a.ts": 'type B = import("../net/b.ts").B;', "lib/net/b.ts": "" },
    "lib/base/a.ts: imports lib/net/b.ts: up from base to net",
  ],
  [
    "a dynamic import that goes up",
    { "lib/base/a.ts": 'await import("../net/b.ts");', "lib/net/b.ts": "" },
    "lib/base/a.ts: imports lib/net/b.ts: up from base to net",
  ],
  [
    "a re-export that goes up",
    { "lib/base/a.ts": 'export * from "../net/b.ts";', "lib/net/b.ts": "" },
    "lib/base/a.ts: imports lib/net/b.ts: up from base to net",
  ],
  [
    "a Worker that lies on a higher layer",
    {
      "lib/media/a.ts": 'new Worker(new URL("../server/w_worker.ts", import.meta.url));',
      "lib/server/w_worker.ts": "",
    },
    "lib/media/a.ts: imports lib/server/w_worker.ts: up from media to server",
  ],
  [
    "a Worker that imports upwards",
    {
      "lib/media/a.ts": 'new Worker(new URL("./w_worker.ts", import.meta.url));',
      "lib/media/w_worker.ts": 'import "../server/b.ts";',
      "lib/server/b.ts": "",
    },
    "lib/media/w_worker.ts: imports lib/server/b.ts: up from media to server",
  ],
  [
    "a dynamic import that cannot be followed",
    { "lib/base/a.ts": "await import(`../net/${name}.ts`);" },
    "lib/base/a.ts: cannot be followed: import(`../net/${name}.ts`)",
  ],
  [
    "a URL that cannot be followed",
    { "lib/base/a.ts": "new URL(name, import.meta.url);" },
    "lib/base/a.ts: cannot be followed: new URL(name, import.meta.url",
  ],
  [
    "a module's place that is used in another way",
    { "lib/base/a.ts": "const here = import.meta.dirname;" },
    "lib/base/a.ts: cannot be followed: import.meta.dirname",
  ],
  ["an unknown module", { "lib/utils/a.ts": "" }, "lib/utils/a.ts: unknown module utils"],
  ["a file that lies in no module", { "lib/a.ts": "" }, "lib/a.ts: lies in no module of lib/"],
  [
    "a module that imports an entry",
    { "lib/base/a.ts": 'import "../../server.ts";', "server.ts": "" },
    "lib/base/a.ts: imports server.ts, which is not in lib/",
  ],
  [
    "a module that imports the tests",
    { "lib/base/a.ts": 'import "../../tests/kit/b.ts";' },
    "lib/base/a.ts: imports tests/kit/b.ts, which is not in lib/",
  ],
  [
    "an import cycle",
    { "lib/net/a.ts": 'import "./b.ts";', "lib/net/b.ts": 'import "./a.ts";' },
    "import cycle: lib/net/a.ts -> lib/net/b.ts -> lib/net/a.ts",
  ],
  [
    "an import cycle that is closed by a type",
    { "lib/net/a.ts": 'import "./b.ts";', "lib/net/b.ts": 'import type { A } from "./a.ts";' },
    "import cycle: lib/net/a.ts -> lib/net/b.ts -> lib/net/a.ts",
  ],
  [
    "a client whose graph has a module of the server",
    {
      "client.ts": 'import "./lib/cli/a.ts";',
      "lib/cli/a.ts": 'import("../server/b.ts");',
      "lib/server/b.ts": "",
    },
    "client.ts: its module graph reaches lib/server/b.ts",
  ],
  [
    "a server whose graph has a face of the client",
    { "server.ts": 'import "./lib/tui/a.ts";', "lib/tui/a.ts": "" },
    "server.ts: its module graph reaches lib/tui/a.ts",
  ],
  [
    "a server whose graph has the screen",
    { "server.ts": 'import "./lib/screen/a.ts";', "lib/screen/a.ts": "" },
    "server.ts: its module graph reaches lib/screen/a.ts",
  ],
  [
    "the application in the server",
    { "server.ts": 'import "./lib/app/a.ts";', "lib/app/a.ts": "" },
    "server.ts: its module graph reaches lib/app/a.ts",
  ],
  [
    "a file with 21 own imports",
    {
      "lib/net/a.ts": Array.from({ length: 21 }, (_, i) => `import "./b${i}.ts";`).join("\n"),
      ...Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`lib/net/b${i}.ts`, ""])),
    },
    "lib/net/a.ts: 21 own imports, limit is 20",
  ],
  [
    "an alias that leads into lib",
    { "deno.json": '{"imports":{"@/":"./lib/"}}' },
    "deno.json: alias @/ leads to ./lib/, only packages have aliases",
  ],
  [
    "an import map beside the configuration",
    { "deno.json": '{"importMap":"map.json"}' },
    "deno.json: importMap is not used here",
  ],
  [
    "a house rule that is ignored",
    { "lib/net/a.ts": "// deno-lint-ignore no-var house/no-any -- reason" },
    "lib/net/a.ts: may not be ignored: deno-lint-ignore no-var house/no-any -- reason",
  ],
  [
    "a file that switches the linter off",
    { "lib/net/a.ts": "// deno-lint-ignore-file" },
    "lib/net/a.ts: may not be ignored: deno-lint-ignore-file",
  ],
  ["a package.json", { "package.json": "{}" }, "package.json: must not exist"],
];

for (const [name, files, breach] of planted) {
  Deno.test(`house: ${name} is caught`, async () => {
    const found = await breachesOf(files);
    ok(found.includes(breach), `not found in:\n${found.join("\n")}`);
  });
}
