/** What a piece of the program asks of the file system, in its order: what a power cut may lose follows from that. */

import { basename } from "node:path";

/** The calls of the runtime that change names, and those of an open file that write and sync. */
const OF_FILES = ["write", "truncate", "sync", "syncData"] as const;

/**
 * Runs `action` and returns what it asked for, such as `write a.part`, `sync a.part`, `link a.part a`, `sync folder`; the same
 * twice in a row is said once. Nothing else may use files meanwhile.
 */
export async function recordFileOperations(action: () => Promise<unknown>): Promise<string[]> {
  const said: string[] = [];
  const note = (line: string) => {
    if (said.at(-1) !== line) said.push(line);
  };
  const name = (path: string | URL) => basename(String(path));
  const names = new WeakMap<Deno.FsFile, string>();
  const { open, link, rename, remove } = Deno;
  const files = Object.fromEntries(OF_FILES.map((one) => [one, Deno.FsFile.prototype[one]]));
  Deno.open = async (path, options) => {
    const file = await open(path, options);
    if (options?.createNew === true) note(`create ${name(path)}`);
    names.set(file, name(path));
    return file;
  };
  Deno.link = (from, to) => {
    note(`link ${name(from)} ${name(to)}`);
    return link(from, to);
  };
  Deno.rename = (from, to) => {
    note(`rename ${name(from)} ${name(to)}`);
    return rename(from, to);
  };
  Deno.remove = (path, options) => {
    note(`remove ${name(path)}`);
    return remove(path, options);
  };
  for (const one of OF_FILES) {
    Reflect.set(Deno.FsFile.prototype, one, function (this: Deno.FsFile, ...given: unknown[]) {
      note(`${one === "syncData" ? "sync" : one} ${names.get(this) ?? "?"}`);
      return Reflect.apply(files[one], this, given);
    });
  }
  try {
    await action();
  } finally {
    Object.assign(Deno, { open, link, rename, remove });
    for (const one of OF_FILES) Reflect.set(Deno.FsFile.prototype, one, files[one]);
  }
  return said;
}
