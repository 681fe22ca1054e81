/** A server with people on it, made once for all journeys of a run: registering takes seconds, and only some are about it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../tools/floors.ts";

/** Who has an account there. */
const TOWN: readonly string[] = [
  "alice",
  "bob",
  "carol",
  "dave",
  "yoda",
  "obiwan",
  "anakin",
  "gandalf",
  "sauron",
];

const SCRATCH = join(PROJECT_ROOT, "tests/tmp");

/** No run takes that long. */
const OLD_MS = 3_600_000;

/** Registers people by the real programs. Returns the folder of their server, which has ended, and of their homes. */
export type BuildTown = (people: readonly string[]) => Promise<string>;

/** Copies the town's server and the homes of `people` to where a journey expects them. */
export async function moveIn(
  folder: string,
  people: readonly string[],
  build: BuildTown,
): Promise<void> {
  const town = await readyTown(build);
  const files = ["server", ...people, ...people.map((person) => `${person}.recovery`)];
  for (const file of files) await copyAll(join(town, file), join(folder, file));
}

async function copyAll(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { mode: 0o700 });
  for await (const { name } of Deno.readDir(from)) await copyAll(join(from, name), join(to, name));
}

/** Each run of the tests has its own: what is stored changes with the source. */
async function readyTown(build: BuildTown): Promise<string> {
  const program = Deno.env.has("HELIOGRAPH_BIN") ? "compiled" : "source";
  const town = join(SCRATCH, `town-${program}-${Deno.pid}`);
  const site = `${town}-site`;
  while (!existsSync(town)) {
    // Files run side by side: one builds, the others wait for it.
    if (await beginSite(site)) {
      await removeOldTowns();
      try {
        await Deno.rename(await build(TOWN), town);
      } finally {
        await Deno.remove(site);
      }
    } else {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return town;
}

/** Whether nobody builds there yet. */
async function beginSite(site: string): Promise<boolean> {
  await Deno.mkdir(SCRATCH, { recursive: true });
  try {
    await Deno.mkdir(site);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

async function removeOldTowns(): Promise<void> {
  for await (const { name } of Deno.readDir(SCRATCH)) {
    if (!name.startsWith("town-")) continue;
    try {
      const { mtime } = await Deno.stat(join(SCRATCH, name));
      const isOld = Date.now() - (mtime?.getTime() ?? 0) > OLD_MS;
      if (isOld) await Deno.remove(join(SCRATCH, name), { recursive: true });
    } catch (error) {
      // Files run side by side: another one removed it.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
