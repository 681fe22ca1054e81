/**
 * The file with which a shell completes a program: where the shell looks for it, and written and removed without touching one
 * that somebody else put there.
 */

import { basename, dirname, join, posix } from "node:path";
import { utf8 } from "../base/bytes.ts";
import { Refusal, StorageError, UsageError } from "../base/errors.ts";
import {
  foreignWords,
  installedWords,
  removedWords,
} from "../commands/completion/completion_rows.ts";
import { isShell, madeBy, type Shell, SHELLS } from "../commands/completion/shells.ts";
import { removeFile, writeFileAtomically } from "./atomic_file.ts";
import { storageError } from "./failures.ts";
import type { PathEnvironment } from "./paths.ts";

/** More is no script of ours. */
const LIMIT_BYTES = 1 << 20;
/** In these first lines a script says that it is ours. */
const HEAD_LINES = 3;

/** A file for completion. */
export interface CompletionFile {
  readonly program: string;
  readonly shell: Shell;
  readonly path: string;
}

type Environment = Pick<PathEnvironment, "env">;
type State = "ours" | "absent" | "foreign";

/** A shell by its name, else the one of `SHELL`. Throws UsageError when that is none of ours. */
export function shellOf(name: string | undefined, { env }: Environment): Shell {
  const shell = name ?? basename(env("SHELL") ?? "");
  if (isShell(shell)) return shell;
  throw new UsageError(
    "unknown-shell",
    `Cannot tell which shell you use: SHELL is ${JSON.stringify(env("SHELL") ?? "")}. ` +
      `Name it: ${SHELLS.join(", ")}`,
  );
}

/** Where this user's shell looks for completions. Throws UsageError as `shellOf`, StorageError without a home folder. */
export function completionFile(
  program: string,
  shell: string | undefined,
  environment: Environment,
): CompletionFile {
  const named = shellOf(shell, environment);
  const path = join(folderOf(named, environment.env), fileName(program, named));
  return { program, shell: named, path };
}

/** Writes the script, over one of ours, and says what to do next. Throws Refusal `not-ours`, StorageError. */
export async function installCompletion(file: CompletionFile, script: string): Promise<string> {
  if (await stateOf(file) === "foreign") throw notOurs(file, "install");
  const folder = dirname(file.path);
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    throw storageError(`Cannot make folder ${folder}`, error);
  }
  await writeFileAtomically(file.path, utf8(script));
  return installedWords(file);
}

/** Removes the script if it is ours, and says whether there was one. Throws Refusal `not-ours`, StorageError. */
export async function removeCompletion(file: CompletionFile): Promise<string> {
  const state = await stateOf(file);
  if (state === "foreign") throw notOurs(file, "remove");
  if (state === "ours") await removeFile(file.path);
  return removedWords(file, state === "ours");
}

function notOurs(file: CompletionFile, action: "install" | "remove"): Refusal {
  return new Refusal("not-ours", foreignWords(file, action));
}

async function stateOf({ path, program, shell }: CompletionFile): Promise<State> {
  try {
    // A link is somebody's arrangement, even if a script of ours is behind it.
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile || size > LIMIT_BYTES) return "foreign";
    const head = (await Deno.readTextFile(path)).split("\n", HEAD_LINES);
    return head.includes(madeBy(program, shell)) ? "ours" : "foreign";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "absent";
    throw storageError(`Cannot read ${path}`, error);
  }
}

function fileName(program: string, shell: Shell): string {
  return { bash: program, zsh: `_${program}`, fish: `${program}.fish` }[shell];
}

function folderOf(shell: Shell, env: PathEnvironment["env"]): string {
  const data = () => absolute(env("XDG_DATA_HOME")) ?? join(homeOf(env), ".local/share");
  switch (shell) {
    case "bash":
      return join(
        absolute(env("BASH_COMPLETION_USER_DIR")) ?? join(data(), "bash-completion"),
        "completions",
      );
    case "zsh":
      return join(data(), "zsh/site-functions");
    case "fish":
      return join(
        absolute(env("XDG_CONFIG_HOME")) ?? join(homeOf(env), ".config"),
        "fish/completions",
      );
  }
}

function homeOf(env: PathEnvironment["env"]): string {
  const home = absolute(env("HOME"));
  if (home !== undefined) return home;
  throw new StorageError("not-found", "Cannot find the folder of the shell: HOME is not set");
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && posix.isAbsolute(path) ? path : undefined;
}
