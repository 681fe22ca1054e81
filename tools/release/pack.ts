/**
 * Packs files so that the same files make the same bytes, whoever packs them and when: sorted names, one time, owner 0. The tools of
 * the system do the packing: GNU tar, gzip, xz, zip, dpkg-deb, rpmbuild.
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { runHere } from "../process.ts";
import { type Item, textOf } from "./contents.ts";

/** Where a release is put together, and the time that its files have. */
export interface Workshop {
  /** What is made. */
  readonly output: string;
  /** What is needed on the way; removed by its owner. */
  readonly scratch: string;
  readonly seconds: number;
}

/** Lays the files out below `folder`, and `links` (path to target), with modes as they are packed. */
export async function layOut(
  folder: string,
  items: readonly Item[],
  links: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const { path, from, isProgram = false } of items) {
    const to = join(folder, path);
    await Deno.mkdir(dirname(to), { recursive: true });
    if ("file" in from) await Deno.copyFile(from.file, to);
    else await Deno.writeTextFile(to, await textOf(from));
    await Deno.chmod(to, isProgram ? 0o755 : 0o644);
  }
  for (const [path, target] of Object.entries(links)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.symlink(target, join(folder, path));
  }
}

/** Sets the time of everything below: folders after what is in them, since writing there changes their time. */
export async function setTimes(folder: string, seconds: number): Promise<void> {
  for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) await setTimes(path, seconds);
    else if (!isSymlink) await Deno.utime(path, seconds, seconds);
  }
  await Deno.chmod(folder, 0o755);
  await Deno.utime(folder, seconds, seconds);
}

/** What packs a release for an hour hangs; xz takes four minutes of a slow core. */
const TOOL_LIMIT_MS = 3_600_000;

/** Runs a tool to its end. Throws when it is missing or fails. */
export async function tool(
  command: readonly string[],
  { cwd, seconds }: { readonly cwd: string; readonly seconds: number },
): Promise<void> {
  const env = { SOURCE_DATE_EPOCH: String(seconds), TZ: "UTC", LC_ALL: "C" };
  const code = await runHere(command, { cwd, env, limitMs: TOOL_LIMIT_MS });
  if (code !== 0) throw new Error(`Cannot pack: ${command[0]} ended with ${code}`);
}

/** What to write, and how hard to press. */
interface ArchiveOptions {
  readonly file: string;
  readonly seconds: number;
  readonly isQuick?: boolean;
}

/**
 * How far back `xz` looks for what it has seen: farther than one program is long, since both carry the same runtime. Whoever
 * unpacks needs so much memory.
 */
const DICTIONARY = "128MiB";

/** `folder` below `parent` as a tar compressed by xz. */
export async function tarXz(
  parent: string,
  folder: string,
  { file, seconds, isQuick = false }: ArchiveOptions,
): Promise<void> {
  const tar = file.replace(/\.xz$/, "");
  const flags = ["--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
  await tool(["tar", ...flags, `--mtime=@${seconds}`, "-cf", tar, folder], {
    cwd: parent,
    seconds,
  });
  const level = isQuick ? "-0" : `--lzma2=preset=6,dict=${DICTIONARY}`;
  // More threads would cut it into blocks that do not know each other.
  await tool(["xz", "--force", "--threads=1", level, tar], { cwd: parent, seconds });
}

/** `folder` below `parent` as a zip. */
export async function zip(
  parent: string,
  folder: string,
  { file, seconds, isQuick = false }: ArchiveOptions,
): Promise<void> {
  await Deno.remove(file).catch(ignoreMissing);
  // Without the owner's id and the times of reading; by name, whatever order the disk has.
  const names = filesBelow(parent, folder).sort();
  await tool(["zip", "-q", "-X", isQuick ? "-1" : "-9", file, ...names], { cwd: parent, seconds });
}

function filesBelow(parent: string, folder: string): string[] {
  return [...Deno.readDirSync(join(parent, folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesBelow(parent, path) : [path];
  });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  using opened = await Deno.open(file);
  for await (const bytes of opened.readable) hash.update(bytes);
  return hash.digest("hex");
}

/** Writes `SHA256SUMS` of all else in the folder, as `sha256sum --check` reads it. */
export async function writeSums(folder: string): Promise<void> {
  const names = [...Deno.readDirSync(folder)]
    .filter(({ isFile, name }) => isFile && name !== "SHA256SUMS").map(({ name }) => name).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await sha256(join(folder, name))}  ${name}\n`);
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), lines.join(""));
}
