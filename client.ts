/** The client program: assembles the command line, the full screen and the classic shells, and nothing else. */

import { answerVersion } from "./lib/terminal/programs/version_switch.ts";

/** Loads everything else, which `--version` does not wait for (decision 0096). */
async function start(): Promise<number> {
  const { emptyRootStore } = await import("./lib/net/dialling/root_store.ts");
  // Before anything uses TLS (SR-49).
  const env = emptyRootStore();
  if (env !== undefined) {
    const { CLIENT_FLAGS } = await import("./lib/commands/program_flags.ts");
    const { runAgain } = await import("./lib/terminal/programs/run_again.ts");
    return await runAgain(CLIENT_FLAGS, { env, clearEnv: true });
  }
  const { runClient } = await import("./lib/cli/main.ts");
  return await runClient(Deno.args, {
    openScreen: async (options) =>
      await (await import("./lib/tui/full_screen.ts")).FullScreen.open(options),
    openSettings: async (file) =>
      new (await import("./lib/tui/settings/line_settings.ts")).LineSettings(file),
    openShell: async (name) => (await import("./lib/classic/shells.ts")).SHELLS[name],
  });
}

if (import.meta.main) Deno.exit(answerVersion("heliograph", Deno.args) ? 0 : await start());
