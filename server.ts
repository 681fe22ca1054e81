/** The server program: assembles nothing but the command line. */

import { runAdmin } from "./lib/admin/main.ts";
import { processIo } from "./lib/admin/process_io.ts";
import { restrictUmask } from "./lib/storage/private_files.ts";

if (import.meta.main) {
  // Before any file or socket (SR-52).
  restrictUmask();
  Deno.exit(await runAdmin(Deno.args, processIo()));
}
