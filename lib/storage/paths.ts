/**
 * Where the programs keep their files: the XDG base directories 0.8, and the places of macOS and Windows. Pure: the
 * environment and the system are passed in, nothing is created.
 */

import { posix, win32 } from "node:path";
import { StorageError, UsageError } from "../base/errors.ts";

/** Whose files they are. */
export type Program = "heliograph" | "heliograph-server";

/** What the places depend on. */
export interface PathEnvironment {
  readonly os: typeof Deno.build.os;
  /** `Deno.env.get` of a running program. */
  readonly env: (name: string) => string | undefined;
  /** What a relative `HELIOGRAPH_HOME` is relative to: `INIT_CWD` under `deno task`, else the working folder. */
  readonly workingFolder: string;
}

/** Absolute folders. They may not exist yet. */
export interface ProgramFolders {
  /** What a person edits. */
  readonly config: string;
  /** Keys and databases. A client's profiles are folders inside it. */
  readonly data: string;
  /** Logs, input history, window state: may be lost. */
  readonly state: string;
  /** Can be made again. */
  readonly cache: string;
  /** Sockets. Gone after logout or restart. */
  readonly runtime: string;
}

type FolderKind = keyof ProgramFolders;

const XDG: Readonly<Record<FolderKind, readonly [variable: string, belowHome: string]>> = {
  config: ["XDG_CONFIG_HOME", ".config"],
  data: ["XDG_DATA_HOME", ".local/share"],
  state: ["XDG_STATE_HOME", ".local/state"],
  cache: ["XDG_CACHE_HOME", ".cache"],
  // No default in the specification: state, which is private too.
  runtime: ["XDG_RUNTIME_DIR", ".local/state"],
};

/** Below the home folder, when the XDG variable is not set. */
const MACOS: Readonly<Record<FolderKind, string>> = {
  config: "Library/Application Support",
  data: "Library/Application Support",
  state: "Library/Application Support",
  cache: "Library/Caches",
  runtime: "Library/Application Support",
};

/** Where kinds share one base folder, each gets its own inside. */
const WINDOWS: Readonly<Record<FolderKind, readonly [variable: string, inside: string]>> = {
  config: ["APPDATA", "config"],
  data: ["LOCALAPPDATA", "data"],
  state: ["LOCALAPPDATA", "state"],
  cache: ["LOCALAPPDATA", "cache"],
  runtime: ["LOCALAPPDATA", "state"],
};

/**
 * The folders of `program`. `HELIOGRAPH_HOME=DIR` puts all of them below DIR. Relative XDG values are invalid and ignored, as the
 * specification says. Throws `StorageError` `not-found` when a folder has no place because there is no home folder.
 */
export function programFolders(program: Program, environment: PathEnvironment): ProgramFolders {
  const folder = (kind: FolderKind) => folderOf(kind, program, environment);
  return {
    config: folder("config"),
    data: folder("data"),
    state: folder("state"),
    cache: folder("cache"),
    runtime: folder("runtime"),
  };
}

function folderOf(kind: FolderKind, program: Program, environment: PathEnvironment): string {
  const { os, env } = environment;
  const path = os === "windows" ? win32 : posix;
  const own = env("HELIOGRAPH_HOME");
  if (own !== undefined && own !== "") {
    return path.join(path.resolve(environment.workingFolder, own), program, kind);
  }
  const [variable, belowHome] = XDG[kind];
  const xdg = absolute(env(variable), path);
  if (os === "windows") {
    const [windowsVariable, inside] = WINDOWS[kind];
    const base = absolute(env(windowsVariable), path);
    if (base === undefined) throw noPlace(kind, `%${windowsVariable}%`);
    return path.join(base, program, inside);
  }
  if (xdg !== undefined) return path.join(xdg, program);
  const home = absolute(env("HOME"), path);
  if (home === undefined) throw noPlace(kind, "HOME");
  return os === "darwin"
    ? path.join(home, MACOS[kind], program, kind === "cache" ? "" : kind)
    : path.join(home, belowHome, program, kind === "runtime" ? "run" : "");
}

/**
 * Where files go that were taken: a folder of ours in the person's downloads. `HELIOGRAPH_HOME=DIR` puts it below DIR, and
 * without any home it is in the working folder.
 */
export function downloadsFolder({ os, env, workingFolder }: PathEnvironment): string {
  const path = os === "windows" ? win32 : posix;
  const own = env("HELIOGRAPH_HOME");
  if (own !== undefined && own !== "") {
    return path.join(path.resolve(workingFolder, own), "downloads");
  }
  const chosen = absolute(env("XDG_DOWNLOAD_DIR"), path);
  const home = absolute(env(os === "windows" ? "USERPROFILE" : "HOME"), path);
  const downloads = chosen ?? (home === undefined ? undefined : path.join(home, "Downloads"));
  return path.join(downloads ?? workingFolder, "heliograph");
}

function absolute(value: string | undefined, path: typeof posix): string | undefined {
  return value !== undefined && path.isAbsolute(value) ? value : undefined;
}

function noPlace(kind: FolderKind, variable: string): StorageError {
  return new StorageError("not-found", `Cannot find the ${kind} folder: ${variable} is not set`);
}

/** Device names of Windows, which are no folders there whatever follows a dot. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/**
 * The folder of one profile of the client. Throws `UsageError` for a name that is not 1–64 letters, digits, `-` and `_`,
 * starting with a letter or digit: a name is typed by scripts, and must never leave the data folder.
 */
export function profileFolder(
  folders: ProgramFolders,
  profile: string,
  os: typeof Deno.build.os,
): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(profile) || WINDOWS_DEVICE.test(profile)) {
    throw new UsageError(
      "bad-profile",
      `Cannot use profile ${JSON.stringify(profile)}: allowed are 1 to 64 letters, digits, - and _`,
    );
  }
  return (os === "windows" ? win32 : posix).join(folders.data, profile);
}
