/** The notices of what the programs are made of: that nothing is embedded without one. */

import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { licenseNotices, packagesBelow, runtimeImports } from "../../tools/licenses.ts";
import { reachedFrom, readGraph } from "./graph.ts";
import { ENTRIES, PROJECT_ROOT } from "./layers.ts";

const named = (packages: ReturnType<typeof packagesBelow>) =>
  packages.map(({ name, version }) => `${name}@${version}`);

function embedded() {
  return packagesBelow(PROJECT_ROOT, Object.keys(runtimeImports(PROJECT_ROOT)));
}

Deno.test("licences: what is embedded is what the programs reach, and nothing else", async () => {
  const graph = await readGraph(PROJECT_ROOT);
  const reached = ENTRIES.flatMap((entry) => [...reachedFrom(graph, entry)])
    .flatMap((path) => graph.get(path)?.packages ?? []);
  ok(reached.includes("ts-mls"));
  deepEqual(named(packagesBelow(PROJECT_ROOT, new Set(reached))), named(embedded()));
});

Deno.test("licences: every package, the runtime and the decoders have a text with its authors", () => {
  const parts = licenseNotices(PROJECT_ROOT, embedded()).split(/^={100}$/m);
  for (const { name, version, license } of embedded()) {
    const part = parts.find((text) => text.includes(`\n${name} ${version} (${license})\n`));
    match(part ?? `nothing of ${name}`, /copyright|\(c\)|©/i, name);
  }
  for (
    const name of [
      "Deno,",
      "V8,",
      "ICU,",
      "rustls,",
      "ring,",
      "AWS-LC",
      "libjpeg-turbo",
      "LodePNG",
      "libwebp",
    ]
  ) {
    const part = parts.find((text) => text.startsWith(`\n${name}`));
    match(part ?? `nothing of ${name}`, /copyright/i, name);
  }
  match(parts[0], /based in part on the work of the Independent JPEG Group/);
});

Deno.test("licences: no text is kept for a package that brings its own or is gone", () => {
  const folder = join(PROJECT_ROOT, "packaging/licenses/npm");
  // Git keeps no empty folder.
  for (const { name } of existsSync(folder) ? Deno.readDirSync(folder) : []) {
    const owner = embedded().find((one) => `${one.name.replaceAll("/", "+")}.txt` === name);
    ok(owner, name);
    const files = [...Deno.readDirSync(owner.folder)].map((entry) => entry.name);
    equal(files.find((file) => /licen[cs]e/i.test(file)), undefined, name);
  }
});

/** A project with one package that needs another; `texts` are files by path below `node_modules/.deno`. */
async function plant(texts: Readonly<Record<string, string>>) {
  const root = await Deno.makeTempDir();
  const store = join(root, "node_modules/.deno");
  const folder = (name: string) => join(store, `${name}@1.0.0/node_modules/${name}`);
  for (const name of ["planted", "needed"]) {
    mkdirSync(folder(name), { recursive: true });
    const about = { name, version: "1.0.0", license: "MIT" };
    writeFileSync(join(folder(name), "package.json"), JSON.stringify(about));
  }
  symlinkSync(folder("planted"), join(root, "node_modules/planted"), "junction");
  symlinkSync(folder("needed"), join(dirname(folder("planted")), "needed"), "junction");
  mkdirSync(join(root, "packaging/licenses/npm"), { recursive: true });
  for (const [path, text] of Object.entries(texts)) writeFileSync(join(root, path), text);
  return {
    notices: () => licenseNotices(root, packagesBelow(root, ["planted"])),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

const OWN = "node_modules/.deno/planted@1.0.0/node_modules/planted/LICENSE";

Deno.test("licences: a planted package without a text is refused by name, and so is one that it needs", async () => {
  await using bare = await plant({});
  throws(() => bare.notices(), /No licence text for needed@1\.0\.0, planted@1\.0\.0/);
  await using half = await plant({ [OWN]: "Copyright me" });
  throws(() => half.notices(), /No licence text for needed@1\.0\.0: /);
  await using empty = await plant({ [OWN]: " \n" });
  throws(() => empty.notices(), /planted@1\.0\.0/);
});

Deno.test("licences: a text that we keep stands in, and nothing in it steers a terminal", async () => {
  await using whole = await plant({
    [OWN]: "Copyright me\r\n\u001b[2J\tall of it\f",
    "packaging/licenses/npm/needed.txt": "Copyright you",
  });
  const text = whole.notices();
  ok(text.includes("planted 1.0.0 (MIT)\n\nCopyright me\n[2J    all of it\n"));
  ok(text.includes("needed 1.0.0 (MIT)\n\nCopyright you\n"));
});
