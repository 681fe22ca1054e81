/**
 * The walls around ffmpeg (SR-72): programs of the system that start it with fewer rights. Each is tried once by running it; what does
 * not exist or is forbidden here is left out and said so. Deno's own permissions do not confine a child (SR-73).
 */

import { logger } from "../../base/log.ts";
import { describeError } from "../../base/errors.ts";

const log = logger("media", "sandbox");

/** What a child may use. */
export interface SandboxLimits {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  readonly openFiles: number;
  /** 0 = may not write any file; pipes are not files. */
  readonly fileSizeBytes: number;
  /** Files, devices and sockets outside the system's own folders that it may open: absolute paths. */
  readonly reads: readonly string[];
}

/** A program and its arguments, as a list: nothing is ever read by a shell. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

/** One wall. `state` says whether it holds on this system; `reason` is for `status` and `doctor`. */
export type SandboxLayer =
  | { readonly name: string; readonly state: "on" }
  | { readonly name: string; readonly state: "off"; readonly reason: string };

/** The walls of this system, and how to go inside them. */
export interface Sandbox {
  readonly layers: readonly SandboxLayer[];
  /** For a program that does not start in here: the same without the wall that hides the disk, where that one holds. */
  readonly weaker?: Sandbox;
  /** The command inside all walls that hold. The process keeps its id through them, so a kill reaches it. */
  wrap(command: CommandLine, limits: SandboxLimits): CommandLine;
}

/** No walls: systems other than Linux. */
export const openSandbox: Sandbox = {
  layers: [{ name: "sandbox", state: "off", reason: "not on this system" }],
  wrap: (command) => command,
};

/** Its options, by the limits and the command that stands innermost. */
type Wrapper = (limits: SandboxLimits, command: CommandLine) => readonly string[];

/**
 * From the outermost to the innermost. `unshare` leaves a network with a downed `lo` only; `mount` hides the disk, in a namespace
 * of its own whether or not the first one holds: what it does to its root must never be done to the system's. `setpriv` comes after it, because entering a user
 * namespace may clear the death signal; `prlimit` is last, so that its limits count for ffmpeg alone.
 */
const LAYERS: readonly {
  readonly name: string;
  readonly tool: string;
  readonly options: Wrapper;
}[] = [
  { name: "unshare", tool: "unshare", options: () => ["--map-root-user", "--net", "--"] },
  { name: "mount", tool: "unshare", options: mountWallOptions },
  {
    name: "setpriv",
    tool: "setpriv",
    options: () => ["--pdeathsig", "KILL", "--no-new-privs", "--"],
  },
  {
    name: "prlimit",
    tool: "prlimit",
    options: (limits) => [
      `--as=${limits.memoryBytes}`,
      `--cpu=${limits.cpuSeconds}`,
      `--nofile=${limits.openFiles}`,
      `--fsize=${limits.fileSizeBytes}`,
      "--core=0",
      "--",
    ],
  },
];

/** Folders that only the system's administrator can write: programs elsewhere on PATH are not taken for a wall. */
const SYSTEM_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
const TRIAL_LIMITS: SandboxLimits = {
  memoryBytes: 2 ** 31,
  cpuSeconds: 10,
  openFiles: 64,
  fileSizeBytes: 0,
  reads: [],
};

interface Wall {
  readonly name: string;
  readonly program: string;
  readonly options: Wrapper;
}

/** How walls are tried. */
export interface SandboxTrial {
  readonly os?: typeof Deno.build.os;
  /** Where programs are looked for. */
  readonly folders?: readonly string[];
  /** Whether what they are for runs inside these. Left out: whether a harmless program does. */
  readonly runsInside?: (walls: Sandbox) => Promise<boolean>;
}

/**
 * Tries the walls all at once, and one by one, each around what the walls before it already do, only where that fails: a trial
 * takes as long as the start of ffmpeg. Never throws unless `runsInside` does: a wall that fails is off.
 */
export async function trySandbox(trial: SandboxTrial = {}): Promise<Sandbox> {
  const { os = Deno.build.os, folders = SYSTEM_FOLDERS } = trial;
  if (os !== "linux") return openSandbox;
  const harmless = await findSystemProgram("true", folders);
  if (harmless === undefined) return openSandbox;
  const runsHarmless = async ({ wrap }: Sandbox) =>
    await whyNot(wrap(bare(harmless), TRIAL_LIMITS)) === undefined;
  const found = await Promise.all(LAYERS.map(async ({ name, tool, options }) => ({
    ...{ name, options },
    program: await findSystemProgram(tool, folders),
  })));
  const all = found.every(isThere) ? sandboxOf(found) : undefined;
  const holds = all !== undefined && await (trial.runsInside ?? runsHarmless)(all);
  const sandbox = holds ? all : await tryEach(found, harmless);
  const states = sandbox.layers.map(({ name, state }) => [name, state] as const);
  log.info("sandbox tried", Object.fromEntries(states));
  return sandbox;
}

/** Of walls that hold. `layers`: those that do not, too. */
function sandboxOf(
  walls: readonly Wall[],
  layers: readonly SandboxLayer[] = walls.map(({ name }) => ({ name, state: "on" })),
): Sandbox {
  const whole = { layers, wrap: wrapper(walls) };
  if (!walls.some(({ name }) => name === "mount")) return whole;
  const reason = "ffmpeg does not start in it";
  const weaker = {
    layers: layers.map((layer) =>
      layer.name === "mount" ? { name: layer.name, state: "off" as const, reason } : layer
    ),
    wrap: wrapper(walls.filter(({ name }) => name !== "mount")),
  };
  return { ...whole, weaker };
}

/** A wall whose program may not be there. */
type Found = Omit<Wall, "program"> & { readonly program: string | undefined };

async function tryEach(found: readonly Found[], harmless: string): Promise<Sandbox> {
  const layers: SandboxLayer[] = [];
  const walls: Wall[] = [];
  for (const wall of found) {
    const { name } = wall;
    if (!isThere(wall)) {
      layers.push({ name, state: "off", reason: "not installed" });
      continue;
    }
    const reason = await whyNot(wrapIn([...walls, wall], bare(harmless), TRIAL_LIMITS));
    if (reason === undefined) walls.push(wall);
    layers.push(reason === undefined ? { name, state: "on" } : { name, state: "off", reason });
  }
  return sandboxOf(walls, layers);
}

function isThere(wall: Found): wall is Wall {
  return wall.program !== undefined;
}

function wrapper(walls: readonly Wall[]): Sandbox["wrap"] {
  return (command, limits) => wrapIn(walls, command, limits);
}

function wrapIn(
  walls: readonly Wall[],
  command: CommandLine,
  limits: SandboxLimits,
): CommandLine {
  return walls.reduceRight<CommandLine>(
    (wrapped, wall) => ({
      program: wall.program,
      args: [...wall.options(limits, command), wrapped.program, ...wrapped.args],
    }),
    command,
  );
}

function bare(program: string): CommandLine {
  return { program, args: [] };
}

async function findSystemProgram(
  name: string,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      const path = `${folder}/${name}`;
      if ((await Deno.stat(path)).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        log.debug("program not usable", { name, reason: describeError(error) });
      }
    }
  }
  return undefined;
}

async function whyNot(command: CommandLine): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(command.program, {
      args: [...command.args],
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    if (success) return undefined;
    const words = new TextDecoder().decode(stderr.subarray(0, 200)).replace(/[^ -~]/g, " ").trim();
    return words === "" ? "does not work here" : words;
  } catch (error) {
    return describeError(error);
  }
}

// The wall that hides the disk (SR-72): a root of its own, in which a child finds the system's programs and libraries, read-only,
// and of everything else only what its limits name. Made by programs of util-linux in a namespace of the child's; a script puts
// it together, since nothing that is in every system makes one in a single call.

/** Where programs and libraries lie: on most systems, on Debian's by way of alternatives, on NixOS and Guix. */
const SYSTEM_PLACES = [
  ...["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"],
  ...["/etc/alternatives", "/etc/ld.so.cache", "/nix/store", "/gnu/store"],
];

/** What C libraries and ffmpeg ask for. */
const DEVICES = ["/dev/null", "/dev/urandom"];

/**
 * Constant: every path comes as an argument, and nothing of them is read by the shell. `/sys` is only the place where the new
 * root is put together: it is a folder everywhere, and holds nothing that is shown. `-c`: paths are taken as they are. Within
 * a user namespace the options of a mount may only grow, so those that the one below may have are named too. `umount` asks
 * /proc. In the end all rights within the namespace are dropped: with them a child could undo the walls. Each program takes
 * about 1.5 ms, so there are few.
 */
const SCRIPT = `
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=/sys
mount -n -t tmpfs -o mode=0755,size=1m,nosuid,nodev none $root
show() {
  if [ -e "$root$1" ] || ! [ -e "$1" ]; then return 0; fi
  if ! [ -d "$root\${1%/*}" ]; then mkdir -p "$root\${1%/*}"; fi
  if [ -d "$1" ]; then mkdir "$root$1"; else : > "$root$1"; fi
  mount -n -c -o "$2" "$1" "$root$1"
}
links=
for place in ${SYSTEM_PLACES.join(" ")}; do
  if [ -L "$place" ]; then links="$links $place"; else show "$place" rbind,ro,nosuid,nodev; fi
done
if [ -n "$links" ]; then cp -P $links $root; fi
for place in ${DEVICES.join(" ")}; do show "$place" bind,ro,nosuid,noexec; done
show "$1" bind,ro,nosuid,nodev
count=$2
shift 2
while [ "$count" -gt 0 ]; do
  show "$1" bind,ro,nosuid,noexec
  shift
  count=$((count - 1))
done
mkdir $root/.old $root/.empty
cd $root
ln -s .old/proc proc
pivot_root . .old
umount -n -c -l /.old
rm -d /proc /.old
mount -n -o remount,ro /
cd /.empty
exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"
`;

/**
 * The options of `unshare`, which makes the namespace to do this in; the walls inside this one come next. `program` is the
 * innermost one, which may lie outside the system's folders.
 */
function mountWallOptions(
  { reads }: { readonly reads: readonly string[] },
  { program }: { readonly program: string },
): readonly string[] {
  // A name of the environment, such as XAUTHORITY, may be anything.
  const shown = reads.filter((path) => path.startsWith("/"));
  return [
    ...["--map-root-user", "--mount", "--", "/bin/sh", "-c", SCRIPT, "sh"],
    ...[program, String(shown.length), ...shown],
  ];
}
