import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readGraph } from "./graph.ts";
import { type Ignorance, judgeIgnorance, KNOWS_NOTHING_OF } from "./ignorance.ts";
import { LAYERS, PROJECT_ROOT } from "./layers.ts";

Deno.test("house: each module knows nothing of what the table says", async () => {
  const breaches = judgeIgnorance(PROJECT_ROOT, await readGraph(PROJECT_ROOT));
  equal(breaches.join("\n"), "");
});

Deno.test("house: every module knows nothing of something", () => {
  const named = new Set(KNOWS_NOTHING_OF.map(({ module }) => module));
  deepEqual(Object.keys(LAYERS).filter((module) => !named.has(module)), []);
});

Deno.test("house: every path of the table is there", () => {
  const paths = new Set(KNOWS_NOTHING_OF.flatMap(({ paths = [] }) => paths));
  ok(paths.size > 0);
  for (const path of paths) ok(Deno.statSync(join(PROJECT_ROOT, "lib", path)), path);
});

/** The breaches of a row in a project that consists of these files. */
async function breachesOf(
  row: Ignorance,
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  const scratch = join(PROJECT_ROOT, "tests/tmp");
  mkdirSync(scratch, { recursive: true });
  const root = await Deno.makeTempDir({ dir: scratch });
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return judgeIgnorance(root, await readGraph(root), [row]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const row: Ignorance = { module: "net", of: "chat", paths: ["protocol/peer/"], names: /Deno\.\w+/ };

Deno.test("house: an import of what a module knows nothing of is found, types included", async () => {
  const files = {
    "lib/net/a.ts": 'import type { B } from "../protocol/peer/b.ts";',
    "lib/net/c.ts": 'import "../protocol/packet.ts"; // Deno.open\n',
    "lib/protocol/peer/b.ts": "",
    "lib/protocol/packet.ts": "",
  };
  deepEqual(await breachesOf(row, files), [
    "lib/net/a.ts: net knows nothing of chat, and this has lib/protocol/peer/b.ts",
  ]);
});

Deno.test("house: a name of the runtime that a module knows nothing of is found", async () => {
  deepEqual(await breachesOf(row, { "lib/net/a.ts": "await Deno.open(path);" }), [
    "lib/net/a.ts: net knows nothing of chat, and this has Deno.open",
  ]);
});
