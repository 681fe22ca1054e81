/** Which server a bench measures: the built one where it can be built. */

import { join } from "node:path";
import { compile, SERVER_PROGRAM } from "../../../tools/compile.ts";
import { PROJECT_ROOT } from "../../tools/layers.ts";

/** Which server is measured, in words; what `programCommand` starts from now on. `folder` is where it is built. */
export async function chooseServer(folder: string): Promise<string> {
  if (Deno.env.get("HELIOGRAPH_BIN")) return "the built server of HELIOGRAPH_BIN";
  if (!Deno.env.get("DENORT_BIN")) return "the server from the source (DENORT_BIN is not set)";
  const outputFolder = join(folder, "bin");
  await compile({ root: PROJECT_ROOT, outputFolder, programs: [SERVER_PROGRAM] });
  Deno.env.set("HELIOGRAPH_BIN", outputFolder);
  return "the server as compiled by Deno 2.4.2";
}
