/** The client program: assembles nothing but the command line. */

import { runClient } from "./lib/cli/main.ts";

if (import.meta.main) Deno.exit(await runClient(Deno.args));
