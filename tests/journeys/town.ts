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
  const town = await preparedByPrograms("town", () => build(TOWN));
  const files = ["server", ...people, ...people.map((person) => `${person}.recovery`)];
  for (const file of files) await copyAll(join(town, file), join(folder, file));
}

/** As `prepared`, by the real programs: the folder that `build` returned. Each pair of programs has its own: what is stored changes with them. */
export async function preparedByPrograms(
  name: string,
  build: () => Promise<string>,
): Promise<string> {
  const folder = await prepared(`${name}-${await programs()}`, async (site) => {
    await Deno.rename(await build(), join(site, name));
  });
  return join(folder, name);
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
