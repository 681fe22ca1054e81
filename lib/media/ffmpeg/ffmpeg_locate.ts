/** Finds ffmpeg once, as an absolute path that nobody else could have planted (SR-73). It is checked by `Ffmpeg.open`. */

import { delimiter, dirname, isAbsolute, join, relative, sep } from "node:path";
import { describeError } from "../../base/errors.ts";

/** Where to look. What is left out is taken from the running program. */
export interface LocateOptions {
  /** Another program, which has no variable: e.g. `mpv`. */
  readonly program?: string;
  /** `--ffmpeg PATH` or the configuration. It decides alone: when it is wrong, nothing else is tried. */
  readonly given?: string | undefined;
  /** Reads an environment variable. */
  readonly environment?: (name: string) => string | undefined;
  /** The program's own executable. */
  readonly executablePath?: string;
  /** The program's data folder, where `--get-ffmpeg` puts it. */
  readonly dataFolder?: string | undefined;
  /** The project, with the hidden folder of `deno task setup`. */
  readonly projectFolder?: string | undefined;
  /** Folders that foreign files come into: nothing in them is ever run. */
  readonly foreignFolders?: readonly string[];
  readonly os?: typeof Deno.build.os;
  readonly arch?: typeof Deno.build.arch;
}

/** A real, absolute path; or what was there and why it was not taken. */
export type LocateResult =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly tried: readonly { path: string; reason: string }[] };

/** The environment variable that names ffmpeg. */
const FFMPEG_VARIABLE = "HELIOGRAPH_FFMPEG";

/** Looks for ffmpeg at the given place, in the variable, on PATH, beside the executable, in the data folder, in the hidden folder. */
export async function locateFfmpeg(options: LocateOptions = {}): Promise<LocateResult> {
  const tried: { path: string; reason: string }[] = [];
  for (const path of candidates(options)) {
    const checked = await checkProgram(path, options);
    if ("path" in checked) return { found: true, path: checked.path };
    if (checked.reason !== undefined) tried.push({ path, reason: checked.reason });
  }
  return { found: false, tried };
}

/** Where ffmpeg is looked for, best first. */
function candidates(options: LocateOptions): readonly string[] {
  const environment = options.environment ?? ((name) => Deno.env.get(name));
  const os = options.os ?? Deno.build.os;
  const { program = "ffmpeg" } = options;
  const file = os === "windows" ? `${program}.exe` : program;
  const variable = program === "ffmpeg" ? environment(FFMPEG_VARIABLE) : undefined;
  const named = options.given ?? variable;
  if (named !== undefined && named !== "") return [named];
  const folders = (environment("PATH") ?? "").split(delimiter).filter(isAbsolute);
  folders.push(dirname(options.executablePath ?? Deno.execPath()));
  if (options.dataFolder !== undefined) folders.push(options.dataFolder);
  if (options.projectFolder !== undefined) {
    const platform = ffmpegPlatform(os, options.arch ?? Deno.build.arch);
    const modules = [".heliograph", "ffmpeg", "node_modules", "@ffmpeg-installer"];
    folders.push(join(options.projectFolder, ...modules, platform));
  }
  return folders.map((folder) => join(folder, file));
}

/** The last part of the name of the package `@ffmpeg-installer/…` for a system, in npm's words. */
export function ffmpegPlatform(os: typeof Deno.build.os, arch: typeof Deno.build.arch): string {
  const system = os === "windows" ? "win32" : os;
  return `${system}-${arch === "aarch64" ? "arm64" : "x64"}`;
}

/** The real path of a program that may be run, or why it may not; no reason when it just is not there. */
async function checkProgram(
  path: string,
  options: LocateOptions,
): Promise<{ readonly path: string } | { readonly reason?: string }> {
  const named = options.given !== undefined;
  try {
    const real = await Deno.realPath(path);
    const info = await Deno.stat(real);
    if (!info.isFile) return { reason: "not a file" };
    if (info.mode !== null && (info.mode & 0o111) === 0) return { reason: "not executable" };
    if (isWorldWritable(info)) return { reason: "anyone can write it" };
    for (const folder of options.foreignFolders ?? []) {
      if (await isInside(real, folder)) return { reason: "in a folder of foreign files" };
    }
    const writable = await plantableFolder(real);
    return writable === undefined ? { path: real } : { reason: `anyone can write ${writable}` };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !named) return {};
    if (error instanceof Deno.errors.NotADirectory && !named) return {};
    return { reason: describeError(error) };
  }
}

function isWorldWritable(info: Deno.FileInfo): boolean {
  return info.mode !== null && (info.mode & 0o002) !== 0;
}

/**
 * The folder by which another user could swap the program: its own when others can write it, or one above it that others can write
 * and that does not protect its entries (sticky, as /tmp).
 */
async function plantableFolder(path: string): Promise<string | undefined> {
  let folder = dirname(path);
  for (let own = true;; own = false) {
    const info = await Deno.stat(folder);
    const sticky = info.mode !== null && (info.mode & 0o1000) !== 0;
    if (isWorldWritable(info) && (own || !sticky)) return folder;
    const above = dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

async function isInside(path: string, folder: string): Promise<boolean> {
  try {
    const inner = relative(await Deno.realPath(folder), path);
    return inner !== ".." && !inner.startsWith(`..${sep}`) && !isAbsolute(inner);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
