/** The server program: assembles nothing but the command line. */

import { answerVersion } from "./lib/terminal/programs/version_switch.ts";

/** Loads everything else, which `--version` does not wait for (decision 0096). */
async function start(): Promise<number> {
  const { restrictUmask } = await import("./lib/storage/private_files.ts");
  // Before any file or socket (SR-52).
  restrictUmask();
  const { emptyRootStore } = await import("./lib/net/dialling/root_store.ts");
  // Before anything uses TLS (SR-49).
  const env = emptyRootStore();
  if (env !== undefined) {
    const { SERVER_FLAGS } = await import("./lib/commands/program_flags.ts");
    const { runAgain } = await import("./lib/terminal/programs/run_again.ts");
    return await runAgain(SERVER_FLAGS, { env, clearEnv: true });
  }
  const { runAdmin } = await import("./lib/admin/main.ts");
  const { processIo } = await import("./lib/admin/process_io.ts");
  return await runAdmin(Deno.args, processIo());
}

if (import.meta.main) Deno.exit(answerVersion("heliograph-server", Deno.args) ? 0 : await start());
