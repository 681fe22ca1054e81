/** A release on this disk, as recipes fetch it: in them the address of the published one is that of the folder. */

import { join } from "node:path";
import { downloadFolder } from "../../tools/release/facts.ts";

/** The recipe of this name, fetching from `release` itself. */
export async function localRecipe(release: string, name: string): Promise<string> {
  const text = await Deno.readTextFile(join(release, name));
  return text.replaceAll(downloadFolder(), `file://${release}`);
}

/** What stands below the line `== NAME`. Throws when there is none. */
export function sectionOf(output: string, name: string): string {
  const [, text] = `\n${output}`.split(`\n== ${name}\n`);
  if (text === undefined) throw new Error(`It did not come to ${name}:\n${output}`);
  return `${text.split("\n== ")[0].trimEnd()}\n`;
}
