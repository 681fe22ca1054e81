/**
 * What many tests begin with and few are about: folders of servers and people, made once and copied. They are kept in tests/tmp
 * under a hash of the code that makes them, so that a later run finds them, and a change of that code makes them again.
 *
 * Nothing in them was stretched from a password by this process, so groups with light passwords share them with the others.
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/layers.ts";

const PREPARED = join(PROJECT_ROOT, "tests/tmp/prepared");

/** Names the folder for all files of a run. */
export const PREPARED_NAME = "HELIOGRAPH_PREPARED";

/** Clocks of tests begin now, so people of older folders were away for a while: at most two of these. */
const HOUR_MS = 3_600_000;
/** No run takes that long. */
const OLD_HOURS = 24;

/** Front ends make nothing that is stored. */
const LEAVES_NO_TRACE: readonly string[] = ["classic", "media", "screen", "terminal", "tui"];

let known: string | undefined;

/**
 * Where this run keeps what it prepares: `HASH-HOUR`, of everything that decides what is prepared (the code below the front ends,
 * the packages, the seeds) and of the hour in which the first was made.
 */
export function preparedName(): string {
  known ??= Deno.env.get(PREPARED_NAME) ?? newestName();
  return known;
}

function newestName(): string {
  const hash = hashSources();
  const hour = Math.floor(Date.now() / HOUR_MS);
  const before = `${hash}-${hour - 1}`;
  return existsSync(join(PREPARED, before)) ? before : `${hash}-${hour}`;
}

function hashSources(): string {
  const hash = createHash("sha256").update(JSON.stringify(Deno.version));
  const add = (path: string) => {
    hash.update(path).update("\0").update(Deno.readFileSync(join(PROJECT_ROOT, path))).update("\0");
  };
  const walk = (folder: string) => {
    const entries = [...Deno.readDirSync(join(PROJECT_ROOT, folder))];
    for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = `${folder}/${name}`;
      if (!isDirectory) add(path);
      else if (folder !== "lib" || !LEAVES_NO_TRACE.includes(name)) walk(path);
    }
  };
  walk("lib");
  walk("tests/kit");
  const makers = ["tests/journeys/town.ts", "tests/journeys/bot_test.ts"];
  for (const path of ["deno.lock", "tests/fixtures/identities.json", ...makers]) add(path);
  return hash.digest("hex").slice(0, 16);
}

/**
 * The folder of that name, as `build` made it in an empty one. It is everybody's: copy it. Files run side by side: one builds,
 * the others wait for it, and what was half done when a run was ended is nothing.
 */
export async function prepared(
  name: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const ours = join(PREPARED, preparedName());
  const folder = join(ours, name);
  if (existsSync(folder)) return folder;
  await Deno.mkdir(ours, { recursive: true });
  // The system lets go of it when its holder ends, however that is.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  if (existsSync(folder)) return folder;
  await removeOld();
  const site = await Deno.makeTempDir({ dir: ours, prefix: `${name}-` });
  try {
    await build(site);
    await Deno.rename(site, folder);
  } catch (error) {
    await Deno.remove(site, { recursive: true });
    throw error;
  }
  return folder;
}

/** What no run can be using. */
async function removeOld(): Promise<void> {
  for (const { name } of [...Deno.readDirSync(PREPARED)]) {
    const madeHour = Number(name.split("-")[1]);
    if (Date.now() / HOUR_MS - madeHour < OLD_HOURS) continue;
    // Another file may be at it.
    await Deno.remove(join(PREPARED, name), { recursive: true }).catch(() => {});
  }
}

/** Copies a file or a folder to where nothing is. */
export async function copyAll(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { mode: 0o700 });
  await copyInto(from, to);
}

/** Copies what is in a folder into another one. */
export async function copyInto(from: string, to: string): Promise<void> {
  for await (const { name } of Deno.readDir(from)) await copyAll(join(from, name), join(to, name));
}
