/** Screens that are kept in files, to be looked at by people. `UPDATE_GOLDEN=1` writes them anew. */

import { equal } from "node:assert/strict";

const FOLDER = new URL("../screens/golden/", import.meta.url);

/** Compares rows with the file of that name. */
export async function golden(name: string, rows: readonly string[]): Promise<void> {
  const file = new URL(`${name}.txt`, FOLDER);
  const text = `${rows.join("\n")}\n`;
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  equal(text, await Deno.readTextFile(file));
}
