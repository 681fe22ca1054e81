/**
 * The notices that the compiled programs owe: of every npm package that is embedded, and of what is in the runtime and in the
 * decoders of pictures (`packaging/licenses`, since no package brings those). `heliograph licenses` prints them.
 */

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** A package as it lies in node_modules. */
interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly folder: string;
}

/** Where the programs look for their notices; `compile` writes it anew for what it embeds. */
export const NOTICES_FILE = "lib/storage/third_party_licenses.txt";

/** Texts for packages that bring none, and of what is no package. */
const TEXTS_FOLDER = "packaging/licenses";
/** Packages of tests, measurements and builds. Everything else that deno.json imports is needed at run time. */
const DEV_ONLY: readonly string[] = [
  ...["@cwasm/jpeg-turbo", "@cwasm/lodepng", "@cwasm/webp"],
  ...["@xterm/headless", "fast-check", "sixel", "yaml"],
];
const TEXT_FILE = /^(?:licen[cs]e|copying|notice|copyright)/i;
const RULE = "=".repeat(100);

/** What deno.json imports for the programs: name and specifier. */
export function runtimeImports(root: string): Record<string, string> {
  const { imports = {} } = JSON.parse(readFileSync(join(root, "deno.json"), "utf8"));
  return Object.fromEntries(
    Object.entries<string>(imports).filter(([name]) => !DEV_ONLY.includes(name)),
  );
}

/** The packages with these names and all that they need, as Deno laid them out below `root`. */
export function packagesBelow(root: string, names: Iterable<string>): NpmPackage[] {
  const folders = new Set<string>();
  const open = [...names].map((name) => join(root, "node_modules", name));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const folder = realpathSync(path);
    if (folders.has(folder)) continue;
    folders.add(folder);
    // `.deno/NAME@VERSION/node_modules` holds the package and, as links, what it needs.
    const beside = folder.slice(0, folder.lastIndexOf("node_modules") + "node_modules".length);
    open.push(...packageFolders(beside));
  }
  return packagesAt(folders);
}

/** The packages in these folders, by name. */
export function packagesAt(folders: Iterable<string>): NpmPackage[] {
  return [...folders].map(readPackage).sort((one, other) =>
    `${one.name}@${one.version}` < `${other.name}@${other.version}` ? -1 : 1
  );
}

function packageFolders(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith(".")).flatMap((name) =>
    name.startsWith("@") ? packageFolders(join(folder, name)) : [join(folder, name)]
  );
}

function readPackage(folder: string): NpmPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return { name, version, license: license ?? "not named", folder };
}

/** The whole text. Throws when a package has no licence text, and names it. */
export function licenseNotices(root: string, packages: readonly NpmPackage[]): string {
  const texts = join(root, TEXTS_FOLDER);
  const others = readdirSync(texts).filter((name) => name.endsWith(".txt")).sort();
  // One text for all packages that have the same one.
  const byText = new Map<string, NpmPackage[]>();
  const without: string[] = [];
  for (const one of packages) {
    const text = textOf(one, texts);
    if (text === "") without.push(`${one.name}@${one.version}`);
    else byText.set(text, [...byText.get(text) ?? [], one]);
  }
  if (without.length > 0) {
    throw new Error(
      `No licence text for ${without.join(", ")}: add NAME.txt to ${TEXTS_FOLDER}/npm, ` +
        "with / as +, and where the text is from",
    );
  }
  const parts = [
    ...others.map((name) => plain(readFileSync(join(texts, name), "utf8"))),
    ...[...byText].map(([text, ones]) =>
      [...ones.map(({ name, version, license }) => `${name} ${version} (${license})`), "", text]
        .join("\n")
    ),
  ];
  return [HEAD, ...parts].join(`\n\n${RULE}\n`) + "\n";
}

const HEAD = `What is in heliograph and heliograph-server besides Heliograph

Heliograph itself is under the MIT licence (LICENSE). Its programs hold the software below, each part
under the text that follows it: the runtime Deno with its larger libraries, a JPEG decoder, and
packages of npm. This software is based in part on the work of the Independent JPEG Group.`;

/** Every licence and notice file of a package, else the text that we keep for it. Empty without both. */
function textOf({ name, folder }: NpmPackage, texts: string): string {
  const own = readdirSync(folder).filter((file) => TEXT_FILE.test(file)).sort()
    .map((file) => join(folder, file));
  const kept = join(texts, "npm", `${name.replaceAll("/", "+")}.txt`);
  const files = own.length > 0 ? own : existsSync(kept) ? [kept] : [];
  return files.map((file) => plain(readFileSync(file, "utf8"))).join("\n\n").trim();
}

/** Line feeds only, and nothing that a terminal would take for more than text. */
function plain(text: string): string {
  return text.replaceAll(/^\uFEFF|\r/g, "").replaceAll("\t", "    ")
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F]/g, "").replaceAll(/ +$/gm, "").trim();
}
