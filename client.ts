/** The client program: assembles the command line and the full screen, and nothing else. */

import { runClient } from "./lib/cli/main.ts";
import { FullScreen } from "./lib/tui/full_screen.ts";

if (import.meta.main) {
  Deno.exit(await runClient(Deno.args, { openScreen: FullScreen.open }));
}
