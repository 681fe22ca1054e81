/** Ways to go on with a path that is being typed. */

import { nextWord, quoteWord } from "../../commands/words.ts";

/** Names in a folder, those of folders with a `/` behind them. Empty where there is none to read. */
export type FolderReader = (folder: string) => readonly string[];

/** Names of values that are paths, as tables of commands write them. */
export const PATH_VALUES: ReadonlySet<string> = new Set(["DIR", "FILE", "PATH"]);

/** A menu with more is not read, and a folder with more is not gone through while a key waits. */
const MAX_NAMES = 5_000;
const MAX_OFFERED = 200;

/**
 * Paths that begin as `typed` does, as words of a line. Hidden ones only after a dot; a name with a control character is none
 * that could be typed.
 */
export function completePath(typed: string, read: FolderReader): readonly string[] {
  const slash = typed.lastIndexOf("/") + 1;
  const folder = typed.slice(0, slash);
  const start = typed.slice(slash);
  return read(folder === "" ? "." : folder)
    .filter((name) => name.startsWith(start) && (start !== "" || !name.startsWith(".")))
    // deno-lint-ignore no-control-regex -- these are the names that are left out
    .filter((name) => !/[\u0000-\u001f\u007f-\u009f]/.test(name))
    .sort()
    .slice(0, MAX_OFFERED)
    // One may be meant as it is; into a folder the path goes on.
    .map((name) => quoteWord(folder + name) + (name.endsWith("/") ? "" : " "));
}

/** Reads folders of this machine. `resolve`: a path as the person means it. */
export function folderReader(resolve: (path: string) => string): FolderReader {
  return (folder) => {
    const path = resolve(folder);
    const names: string[] = [];
    try {
      for (const { name, isDirectory, isSymlink } of Deno.readDirSync(path)) {
        const leadsOn = isDirectory || isSymlink && isFolder(`${path}/${name}`);
        names.push(leadsOn ? `${name}/` : name);
        if (names.length >= MAX_NAMES) break;
      }
    } catch (error) {
      // No folder, or not this person's: there is nothing to offer.
      if (!isUnreadable(error)) throw error;
    }
    return names;
  };
}

/** `~/` is the person's home, as in a shell. */
export function expandHome(path: string, home: string | undefined): string {
  return home !== undefined && /^~(\/|$)/.test(path) ? home + path.slice(1) : path;
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return false;
  }
}

function isUnreadable(error: unknown): boolean {
  const { NotFound, NotADirectory, PermissionDenied, FilesystemLoop, NotCapable } = Deno.errors;
  return [NotFound, NotADirectory, PermissionDenied, FilesystemLoop, NotCapable]
    .some((kind) => error instanceof kind);
}

// The words of a line that is not finished. Pure.

/** A word of a line that is being typed. */
export interface TypedWord {
  readonly from: number;
  /** Without quotes. */
  readonly text: string;
}

/** The words from `start` on; the last is the one being typed, which may be empty, or quoted and not closed. */
export function typedWords(before: string, start: number): readonly TypedWord[] {
  const words: TypedWord[] = [];
  for (let at = start;;) {
    const from = before.length - before.slice(at).trimStart().length;
    const word = nextWord(before, at);
    if (word.kind === "end") return [...words, { from: before.length, text: "" }];
    if (word.kind === "open-quote") {
      const closed = nextWord(`${before}"`, at);
      return [...words, { from, text: closed.kind === "word" ? closed.text : "" }];
    }
    words.push({ from, text: word.text });
    if (word.end === before.length) return words;
    at = word.end;
  }
}
