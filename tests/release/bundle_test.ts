/** What the programs are compiled from: the same bytes wherever it is made, and exactly what the licences name. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { bundle } from "../../tools/bundle.ts";
import { packagesAt, packagesBelow, runtimeImports } from "../../tools/licenses.ts";
import { readGraph } from "../tools/graph.ts";
import { ENTRIES, PROJECT_ROOT } from "../tools/layers.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What a bundle needs of a project. */
const PARTS: readonly string[] = ["lib", "tools", "deno.json", "deno.lock", ...ENTRIES];

async function copyOf(path: string, target: string): Promise<void> {
  const { isDirectory } = await Deno.stat(path);
  if (!isDirectory) return await Deno.copyFile(path, target);
  await Deno.mkdir(target, { recursive: true });
  for await (const { name } of Deno.readDir(path)) {
    // What the bundler is made of, it installs again.
    if (name !== "node_modules") await copyOf(join(path, name), join(target, name));
  }
}

/** The project once more, somewhere else and with a longer path, its packages too: the bundler follows links to where they lie. */
async function otherProject(folder: string): Promise<string> {
  const root = join(folder, "builder/of another length");
  await Deno.mkdir(root, { recursive: true });
  for (const part of PARTS) await copyOf(join(PROJECT_ROOT, part), join(root, part));
  const { success } = await new Deno.Command("cp", {
    args: ["-a", join(PROJECT_ROOT, "node_modules"), root],
  }).output();
  ok(success);
  return root;
}

function filesIn(folder: string): Map<string, string> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return new Map(names.map((name) => [name, Deno.readTextFileSync(join(folder, name))]));
}

Deno.test({
  name: "bundles of two folders have equal bytes, and no path of whoever made them",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "bundles-" }));
    await using _removed = {
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
    const other = await otherProject(folder);
    const graph = await readGraph(PROJECT_ROOT);
    for (const entry of ENTRIES) {
      const one = join(folder, "one", entry);
      const two = join(folder, "elsewhere/two", entry);
      await bundle({ root: PROJECT_ROOT, graph, entry, commit: COMMIT, outputFolder: one });
      await bundle({ root: other, graph, entry, commit: COMMIT, outputFolder: two });
      const files = filesIn(one);
      deepEqual([...filesIn(two)], [...files]);
      ok([...files.values()].some((text) => text.includes(COMMIT)), "no commit");
      for (const [name, text] of files) {
        for (const path of [PROJECT_ROOT, folder, "node_modules/.deno"]) {
          equal(text.includes(path), false, `${name} names ${path}`);
        }
      }
    }
  },
});

/** Nothing that we use of its importer calls it, so that the bundler leaves it out; a plain `deno compile` embeds it. */
const LEFT_OUT = "@eshaz/web-worker@1.2.2";

Deno.test("a bundle has its Workers and its data beside it, and the packages of both are those whose licences are printed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bundles-" });
  await using _removed = {
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  const graph = await readGraph(PROJECT_ROOT);
  const folders = new Set<string>();
  for (
    const [entry, ...workers] of [
      ["client.ts", "picture_worker.js", "still_worker.js", "strength_worker.js"],
      ["server.ts", "store_worker.js"],
    ]
  ) {
    const outputFolder = join(folder, entry);
    const made = await bundle({ root: PROJECT_ROOT, graph, entry, outputFolder });
    equal(made.script, entry.replace(".ts", ".js"));
    deepEqual([...made.named].sort(), [...workers, "third_party_licenses.txt"].sort());
    const files = filesIn(outputFolder);
    for (const name of made.named) {
      ok(files.has(name), name);
      ok([...files.values()].some((text) => text.includes(`"./${name}"`)), name);
    }
    // The entry answers --version; whatever else there is waits in other files.
    ok((files.get(made.script)?.length ?? Infinity) < 8192);
    for (const path of made.packageFolders) folders.add(path);
  }
  const named = (packages: ReturnType<typeof packagesAt>) =>
    packages.map(({ name, version }) => `${name}@${version}`);
  const licensed = named(packagesBelow(PROJECT_ROOT, Object.keys(runtimeImports(PROJECT_ROOT))));
  const bundled = named(packagesAt(folders));
  deepEqual(licensed.filter((name) => !bundled.includes(name)), [LEFT_OUT]);
  deepEqual(bundled.filter((name) => !licensed.includes(name)), []);
});

/** Its WebAssembly is a text of all bytes, which is smaller than base64; it is loaded once something is heard. */
const NOT_ASCII = /^opus-decoder-/;

Deno.test("scripts of a bundle are ASCII: the runtime would copy any other, and keep it with two bytes a letter beyond Latin-1", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bundles-" });
  await using _removed = {
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  const graph = await readGraph(PROJECT_ROOT);
  for (const entry of ENTRIES) {
    const outputFolder = join(folder, entry);
    await bundle({ root: PROJECT_ROOT, graph, entry, outputFolder });
    for (const [name, text] of filesIn(outputFolder)) {
      if (!name.endsWith(".js") || NOT_ASCII.test(name)) continue;
      const [found] = text.match(/.{0,40}[^\0-\x7f].{0,40}/) ?? [];
      equal(found, undefined, `${name} of ${entry}: write it as \\u in its source`);
    }
  }
});
