/** What an older version left behind (`tests/fixtures/make_older.ts`), as a journey begins with it. */

import { equal } from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../tools/process.ts";
import { PROJECT_ROOT } from "../tools/layers.ts";

/** Unpacks it into the folder of a journey. */
export async function unpackOlder(version: string, folder: string): Promise<void> {
  const file = join(PROJECT_ROOT, "tests/fixtures/older", `${version}.tar.gz`);
  const { success, output } = await run(["tar", "-xzf", file], { cwd: folder });
  equal(success, true, output);
}
