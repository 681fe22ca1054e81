/** Makes the files of a release out of compiled programs: archives, packages, and what goes with all of them. */

import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import { isOnPath } from "../../tests/kit/on_path.ts";
import { PROJECT_ROOT } from "../../tests/tools/layers.ts";
import { contents, type Item } from "./contents.ts";
import {
  archiveFolder,
  archiveName,
  debName,
  downloadFolder,
  FACTS,
  OLDEST_GLIBC,
  rpmName,
  sbomName,
  type Target,
  TARGETS,
} from "./facts.ts";
import {
  debChangelog,
  debControl,
  isZipped,
  LINTIAN_OVERRIDES,
  packageFiles,
  type PackageKind,
  packageLinks,
  packagePath,
  rpmSpec,
  SETTINGS_FILE,
} from "./linux_packages.ts";
import { layOut, setTimes, sha256, tarXz, tool, type Workshop, writeSums, zip } from "./pack.ts";
import {
  aurBuild,
  composeFile,
  containerfile,
  homebrewFormula,
  nixFlake,
  NO_SUM,
  scoopManifest,
  type SumOf,
} from "./recipes.ts";
import { nodesComposeFile } from "./nodes_compose.ts";
import { sbom } from "./sbom.ts";

/** What to pack: the programs of one target, as they lie in a folder. */
export interface Packing {
  readonly target: Target;
  readonly programs: string;
  /** Lays out what an image is built of, too. */
  readonly withImage?: boolean;
  /** Packs quickly and badly: for tests. */
  readonly isQuick?: boolean;
  /** What to pack; left out: what belongs into a release. */
  readonly items?: readonly Item[];
  /** Whether this machine has a tool. */
  readonly has?: (program: string) => boolean;
}

/** Makes all for one target. Returns what was left out, and for want of which tool. */
export async function makePackages(packing: Packing, workshop: Workshop): Promise<string[]> {
  const { target, programs, withImage = false, has = isOnPath } = packing;
  const items = packing.items ?? contents(target, programs);
  const leftOut: string[] = [];
  const make = async (name: string, program: string, work: () => Promise<void>) => {
    if (has(program)) await work();
    else leftOut.push(`${name}: ${program} is not on this machine`);
  };
  const archiver = target.os === "windows" ? "zip" : "xz";
  await make(archiveName(target), archiver, () => makeArchive(items, packing, workshop));
  const { debian, rpm } = target;
  if (debian !== undefined) {
    await make(debName(debian), "dpkg-deb", () => makeDeb(items, packing, workshop));
    if (withImage) await layOutImage(items, debian, workshop);
  }
  if (rpm !== undefined) {
    await make(rpmName(rpm), "rpmbuild", () => makeRpm(items, packing, workshop));
  }
  return leftOut;
}

async function makeArchive(
  items: readonly Item[],
  { target, isQuick }: Packing,
  { output, scratch, seconds }: Workshop,
): Promise<void> {
  const folder = archiveFolder(target);
  await layOut(join(scratch, folder), items);
  await setTimes(join(scratch, folder), seconds);
  const pack = target.os === "windows" ? zip : tarXz;
  await pack(scratch, folder, { file: join(output, archiveName(target)), seconds, isQuick });
}

/** Lays out the tree of a package. Returns the paths of all files in it. */
async function layOutPackage(
  items: readonly Item[],
  kind: PackageKind,
  { root, seconds }: { readonly root: string; readonly seconds: number },
): Promise<string[]> {
  const placed = items.map((item) => ({ ...item, path: packagePath(item.path, kind) }));
  await layOut(root, placed, packageLinks());
  const zipped = placed.map(({ path }) => path).filter(isZipped);
  await tool(["gzip", "--no-name", "-9", ...zipped], { cwd: root, seconds });
  return packageFiles(items, kind);
}

async function makeDeb(
  items: readonly Item[],
  { target: { debian }, isQuick = false }: Packing,
  { output, scratch, seconds }: Workshop,
): Promise<void> {
  if (debian === undefined) return;
  const root = join(scratch, `deb-${debian}`);
  const own: Item[] = [
    { path: "changelog.Debian", from: { text: debChangelog(seconds) } },
    { path: "lintian", from: { text: LINTIAN_OVERRIDES } },
  ];
  const paths = await layOutPackage([...items, ...own], "deb", { root, seconds });
  const sizes = paths.map((path) => Deno.lstatSync(join(root, path)))
    .map(({ size, isSymlink }) => isSymlink ? 0 : Math.ceil(size / 1024));
  const sizeKib = sizes.reduce((sum, size) => sum + size, 0);
  const scripts = ["postinst", "prerm", "postrm"].map((name): Item => ({
    path: `DEBIAN/${name}`,
    from: { file: join(PROJECT_ROOT, "packaging/debian", name) },
    isProgram: true,
  }));
  await layOut(root, [
    ...scripts,
    { path: "DEBIAN/control", from: { text: debControl({ debian }, sizeKib) } },
    { path: "DEBIAN/conffiles", from: { text: `/${SETTINGS_FILE}\n` } },
    { path: "DEBIAN/md5sums", from: { text: md5sums(root, paths) } },
  ]);
  await setTimes(root, seconds);
  const file = join(output, debName(debian));
  const level = isQuick ? ["-Zgzip", "-z1"] : ["-Zxz", "-z6", "--threads-max=1"];
  const command = ["dpkg-deb", "--root-owner-group", ...level, "--build", root, file];
  await tool(command, { cwd: scratch, seconds });
}

/** What `dpkg --verify` compares with. Settings are not among them: they may be changed. */
function md5sums(root: string, paths: readonly string[]): string {
  const files = paths.filter((path) => path !== SETTINGS_FILE)
    .filter((path) => !Deno.lstatSync(join(root, path)).isSymlink);
  const digest = (path: string) =>
    createHash("md5").update(Deno.readFileSync(join(root, path))).digest("hex");
  return files.map((path) => `${digest(path)}  ${path}\n`).join("");
}

async function makeRpm(
  items: readonly Item[],
  { target: { rpm }, isQuick = false }: Packing,
  { output, scratch, seconds }: Workshop,
): Promise<void> {
  if (rpm === undefined) return;
  const root = join(scratch, `rpm-${rpm}`);
  const paths = await layOutPackage(items, "rpm", { root, seconds });
  await setTimes(root, seconds);
  const spec = join(scratch, `${FACTS.name}-${rpm}.spec`);
  await Deno.writeTextFile(spec, rpmSpec(paths));
  const defined = {
    _topdir: join(scratch, `rpmbuild-${rpm}`),
    _rpmdir: output,
    _rpmfilename: rpmName(rpm),
    laid_out: root,
    _buildhost: "release",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _binary_payload: isQuick ? "w1.gzdio" : "w6.xzdio",
  };
  const defines = Object.entries(defined).flatMap(([name, value]) => [
    "--define",
    `${name} ${value}`,
  ]);
  const command = ["rpmbuild", "-bb", "--quiet", "--target", `${rpm}-linux`, ...defines, spec];
  await tool(command, { cwd: scratch, seconds });
}

/** `dist/image` beside the release: the Containerfile, the compose file, and the programs of each processor. */
async function layOutImage(
  items: readonly Item[],
  debian: string,
  { output, seconds }: Workshop,
): Promise<void> {
  const folder = join(dirname(output), "image");
  await layOut(join(folder, debian), items);
  await setTimes(join(folder, debian), seconds);
  await Deno.writeTextFile(join(folder, "Containerfile"), containerfile());
}

/** The files of the repository that are made out of the table of facts, by path; `deno task generate` writes them. */
export function repositoryFiles(): Record<string, string> {
  const linux = contents(TARGETS[0], "");
  return {
    "packaging/debian/control": debControl({ debian: "amd64" }, 0),
    "packaging/heliograph.spec": rpmSpec(packageFiles(linux, "rpm")),
    "packaging/container/Containerfile": containerfile(),
    ...installers(),
    ...Object.fromEntries(
      Object.entries(recipes(NO_SUM)).map(([name, text]) => [`packaging/${name}`, text]),
    ),
  };
}

/** The installers with this version and address in the lines that say so. */
function installers(): Record<string, string> {
  const fill = (name: string, lines: Readonly<Record<string, string>>) => {
    const path = `packaging/${name}`;
    const text = Object.entries(lines).reduce(
      (text, [begin, value]) =>
        text.split("\n").map((line) => line.startsWith(begin) ? begin + value : line).join("\n"),
      Deno.readTextFileSync(join(PROJECT_ROOT, path)),
    );
    return { [path]: text };
  };
  const folder = downloadFolder();
  return {
    ...fill("install.sh", {
      "version=": FACTS.version,
      "download=": folder,
      "oldest_glibc=": OLDEST_GLIBC,
    }),
    ...fill("install.ps1", {
      "$Version = ": `'${FACTS.version}'`,
      "$Download = ": `'${folder}'`,
    }),
  };
}

/** What goes into the repositories of other package managers. */
function recipes(sumOf: SumOf): Record<string, string> {
  return {
    "heliograph.rb": homebrewFormula(sumOf),
    "PKGBUILD": aurBuild(sumOf),
    "flake.nix": nixFlake(sumOf),
    "scoop.json": scoopManifest(sumOf),
    "compose.yaml": composeFile(),
    "compose-nodes.yaml": nodesComposeFile(),
  };
}

/** What a release has once: the bill of materials, the installers, the recipes, and the sums of everything. */
export async function finish(
  { output, seconds }: Workshop,
  { deno }: { readonly deno: string },
): Promise<void> {
  await Deno.writeTextFile(join(output, sbomName()), sbom({ deno, seconds }));
  for (const name of ["install.sh", "install.ps1"]) {
    await Deno.copyFile(join(PROJECT_ROOT, "packaging", name), join(output, name));
  }
  const sums = new Map<string, string>();
  for (const { name } of Deno.readDirSync(output)) {
    if (/\.(?:zip|tar\.xz)$/.test(name)) sums.set(name, await sha256(join(output, name)));
  }
  const sumOf: SumOf = (target) => sums.get(archiveName(target)) ?? NO_SUM(target);
  for (const [name, text] of Object.entries(recipes(sumOf))) {
    await Deno.writeTextFile(join(output, name), text);
  }
  await writeSums(output);
}
