/** The server program: assembles nothing but the command line. */

import { runAdmin } from "./lib/admin/main.ts";
import { processIo } from "./lib/admin/process_io.ts";
import { SERVER_FLAGS } from "./lib/commands/program_flags.ts";
import { emptyRootStore } from "./lib/net/root_store.ts";
import { restrictUmask } from "./lib/storage/private_files.ts";
import { runAgain } from "./lib/terminal/run_again.ts";

if (import.meta.main) {
  // Before any file or socket (SR-52).
  restrictUmask();
  // Before anything uses TLS (SR-49).
  const env = emptyRootStore();
  Deno.exit(
    env === undefined
      ? await runAdmin(Deno.args, processIo())
      : await runAgain(SERVER_FLAGS, { env, clearEnv: true }),
  );
}
