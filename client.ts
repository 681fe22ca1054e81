/** The client program: assembles the command line and the full screen, and nothing else. */

import { runClient } from "./lib/cli/main.ts";
import { CLIENT_FLAGS } from "./lib/commands/program_flags.ts";
import { emptyRootStore } from "./lib/net/root_store.ts";
import { runAgain } from "./lib/terminal/run_again.ts";
import { FullScreen } from "./lib/tui/full_screen.ts";

if (import.meta.main) {
  // Before anything uses TLS (SR-49).
  const env = emptyRootStore();
  Deno.exit(
    env === undefined
      ? await runClient(Deno.args, { openScreen: FullScreen.open })
      : await runAgain(CLIENT_FLAGS, { env, clearEnv: true }),
  );
}
