/** A server with people on it, made once for all journeys: registering takes seconds, and only some are about it. */

import { join } from "node:path";
import { copyAll, prepared } from "../kit/prepared.ts";

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

/** Registers people by the real programs. Returns the folder of their server, which has ended, and of their homes. */
export type BuildTown = (people: readonly string[]) => Promise<string>;

/** Copies the town's server and the homes of `people` to where a journey expects them. */
export async function moveIn(
  folder: string,
  people: readonly string[],
  build: BuildTown,
): Promise<void> {
  const town = join(await readyTown(build), "town");
  const files = ["server", ...people, ...people.map((person) => `${person}.recovery`)];
  for (const file of files) await copyAll(join(town, file), join(folder, file));
}

/** Each pair of programs has its own: what is stored changes with them. */
async function readyTown(build: BuildTown): Promise<string> {
  return await prepared(`town-${await programs()}`, async (site) => {
    await Deno.rename(await build(TOWN), join(site, "town"));
  });
}

async function programs(): Promise<string> {
  const folder = Deno.env.get("HELIOGRAPH_BIN");
  if (!folder) return "source";
  const names = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) =>
    name
  );
  const made = await Promise.all(names.map((name) => Deno.stat(join(folder, name))));
  return `compiled-${Math.max(...made.map(({ mtime }) => mtime?.getTime() ?? 0))}`;
}
