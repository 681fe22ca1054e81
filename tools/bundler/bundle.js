/**
 * Bundles one program by esbuild, for `tools/bundle.ts`, which starts it with one argument: JSON of `root`, `outputFolder`,
 * `entryPoints` and, where it is known, `commit`. Prints the paths of the files that are in the bundle, as JSON. A program of its own, because esbuild is
 * installed here and not among the packages of the project.
 */

import { basename } from "node:path";
import { build } from "esbuild";

const { root, outputFolder, entryPoints, commit } = JSON.parse(Deno.args[0]);

/** What a file names by its own place lies beside it in a bundle, which is flat; Workers are scripts then. */
const flatUrls = {
  name: "flat-urls",
  setup(building) {
    building.onLoad({ filter: /[\\/]lib[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await Deno.readTextFile(path);
      const contents = source.replaceAll(
        /new URL\(\s*"([^"]+)",\s*import\.meta\.url,?\s*\)/g,
        (_, target) => `new URL("./${basename(target).replace(/\.ts$/, ".js")}", import.meta.url)`,
      );
      return { loader: "ts", contents };
    });
  },
};

/**
 * The Opus decoder can run in Workers by this package, and does not here. It asks for Node's modules by `require`, which a module
 * has not: then nothing would be heard.
 */
const noWebWorker = {
  name: "no-web-worker",
  setup(building) {
    building.onResolve({ filter: /^@eshaz\/web-worker$/ }, ({ path }) => {
      return { path, namespace: "no-web-worker" };
    });
    building.onLoad({ filter: /.*/, namespace: "no-web-worker" }, () => {
      return { contents: "export default class {}" };
    });
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints,
  entryNames: "[name]",
  outdir: outputFolder,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  // Newer ones have what Deno 2.4.2 lacks, such as Uint8Array.fromBase64.
  target: "es2024",
  conditions: ["deno", "import", "module"],
  mainFields: ["module", "main"],
  minify: true,
  // lib/base/version.ts
  define: commit === undefined ? {} : { HELIOGRAPH_COMMIT: JSON.stringify(commit) },
  // Errors are known by their names.
  keepNames: true,
  // V8 keeps such a text with one byte a letter: 4 MB less.
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  plugins: [flatUrls, noWebWorker],
});
const inside = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
);
console.log(JSON.stringify([...new Set(inside)].sort()));
